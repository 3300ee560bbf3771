//! A safe function over `encoder.c`, which calls libaom.
#![expect(unsafe_code, reason = "libaom is a C library")]

use std::ffi::{CStr, c_char, c_int, c_uint};
use std::ptr;

use super::planes::Planes;
use crate::Size;

#[repr(C)]
struct RawPicture {
    width: u32,
    height: u32,
    luma: *const u8,
    blue: *const u8,
    red: *const u8,
}

// SAFETY: as `encoder.c` defines them.
unsafe extern "C" {
    fn darkroom_av1_encode(
        picture: *const RawPicture,
        quantizer: c_uint,
        obus: *mut *mut u8,
        bytes: *mut usize,
    ) -> c_int;
    fn darkroom_av1_free(obus: *mut u8);
    fn darkroom_av1_message(error: c_int) -> *const c_char;
}

/// libaom refused.
#[derive(Debug, thiserror::Error)]
pub(super) enum AomError {
    #[error("the planes are not of the picture's size")]
    Planes,
    #[error("libaom says: {0}")]
    Library(String),
}

/// A temporal delimiter, which begins every AV1 stream but, by its format, not that of an AVIF item.
const TEMPORAL_DELIMITER: [u8; 2] = [0x12, 0x00];

/// One AV1 picture; `quantizer` from 0, the best, to 63.
pub(super) fn encode(planes: &Planes<'_>, size: Size, quantizer: u8) -> Result<Vec<u8>, AomError> {
    let (width, height) = (size.width as usize, size.height as usize);
    let quarter = width.div_ceil(2) * height.div_ceil(2);
    let [blue, red] = match &planes.chroma {
        Some(chroma) if chroma.iter().any(|plane| plane.len() != quarter) => {
            return Err(AomError::Planes);
        }
        Some(chroma) => [chroma[0].as_ptr(), chroma[1].as_ptr()],
        None => [ptr::null(); 2],
    };
    if planes.luma.len() != width * height {
        return Err(AomError::Planes);
    }
    let luma = planes.luma.as_ptr();
    let picture = RawPicture { width: size.width, height: size.height, luma, blue, red };
    let (mut obus, mut bytes) = (ptr::null_mut(), 0);
    // SAFETY: the planes are live, only read and, as checked above, as large as the size says.
    let error = unsafe {
        darkroom_av1_encode(&raw const picture, quantizer.into(), &raw mut obus, &raw mut bytes)
    };
    if error != 0 || obus.is_null() {
        // SAFETY: libaom answers every number with a text that lives for ever.
        let message = unsafe { CStr::from_ptr(darkroom_av1_message(error)) };
        return Err(AomError::Library(message.to_string_lossy().into_owned()));
    }
    // SAFETY: after success `obus` is that many initialised bytes and ours to free, once.
    let stream = unsafe {
        let stream = std::slice::from_raw_parts(obus, bytes).to_vec();
        darkroom_av1_free(obus);
        stream
    };
    Ok(stream.strip_prefix(&TEMPORAL_DELIMITER).map(<[u8]>::to_vec).unwrap_or(stream))
}
