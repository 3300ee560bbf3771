//! Safe functions over libwebp's C interface. Everything allocated in C has an owner that frees it.
#![expect(unsafe_code, reason = "libwebp is a C library")]

use std::ffi::c_int;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};

use libwebp_sys as sys;
use sys::VP8StatusCode as Status;

use crate::Size;
use crate::raster::{Layout, Raster};

/// A call into libwebp failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum WebPError {
    #[error("the data ends too early")]
    NotEnoughData,
    #[error("libwebp answers {0:?}")]
    Decoding(Status),
    #[error("the animation cannot be decoded")]
    Animation,
    #[error("libwebp's encoder answers {0:?}")]
    Encoding(sys::WebPEncodingError),
    #[error("libwebp's headers and library differ")]
    Version,
}

fn result(status: Status) -> Result<(), WebPError> {
    match status {
        Status::VP8_STATUS_OK => Ok(()),
        Status::VP8_STATUS_NOT_ENOUGH_DATA | Status::VP8_STATUS_SUSPENDED => {
            Err(WebPError::NotEnoughData)
        }
        status => Err(WebPError::Decoding(status)),
    }
}

/// What the header says.
pub(super) struct Features {
    pub(super) size: Size,
    pub(super) has_alpha: bool,
    pub(super) is_animated: bool,
}

pub(super) fn features(bytes: &[u8]) -> Result<Features, WebPError> {
    let mut raw = MaybeUninit::<sys::WebPBitstreamFeatures>::zeroed();
    // SAFETY: pointer and length are one live slice, only read; the struct of integers is valid zeroed and
    // is written by the call.
    let raw = unsafe {
        result(sys::WebPGetFeatures(bytes.as_ptr(), bytes.len(), raw.as_mut_ptr()))?;
        raw.assume_init()
    };
    Ok(Features {
        size: Size { width: raw.width.unsigned_abs(), height: raw.height.unsigned_abs() },
        has_alpha: raw.has_alpha != 0,
        is_animated: raw.has_animation != 0,
    })
}

/// Decodes a still of the size that [`features`] told, to RGB or RGBA.
pub(super) fn decode(bytes: &[u8], size: Size, layout: Layout) -> Result<Raster, WebPError> {
    let mut raster = Raster::blank(size, layout);
    let mut config = sys::WebPDecoderConfig::new().map_err(|()| WebPError::Version)?;
    let colorspace = if layout == Layout::Rgba {
        sys::WEBP_CSP_MODE::MODE_RGBA
    } else {
        sys::WEBP_CSP_MODE::MODE_RGB
    };
    config.output.colorspace = colorspace;
    config.output.is_external_memory = 1;
    config.output.u.RGBA = sys::WebPRGBABuffer {
        rgba: raster.pixels.as_mut_ptr(),
        stride: c_int::try_from(raster.stride()).unwrap_or(c_int::MAX),
        size: raster.pixels.len(),
    };
    // SAFETY: the source is one live slice, only read. The target is the raster's memory with its true length,
    // which libwebp checks against stride and height before it writes.
    result(unsafe { sys::WebPDecode(bytes.as_ptr(), bytes.len(), &raw mut config) })?;
    Ok(raster)
}

/// An animation's decoder; reads from the bytes as long as it lives.
pub(super) struct Animation<'a> {
    decoder: NonNull<sys::WebPAnimDecoder>,
    bytes: PhantomData<&'a [u8]>,
    size: Size,
}

impl Drop for Animation<'_> {
    fn drop(&mut self) {
        // SAFETY: the pointer came from WebPAnimDecoderNew and is deleted only here.
        unsafe { sys::WebPAnimDecoderDelete(self.decoder.as_ptr()) }
    }
}

impl<'a> Animation<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Result<Self, WebPError> {
        let data = sys::WebPData { bytes: bytes.as_ptr(), size: bytes.len() };
        // SAFETY: no options are defaults (RGBA, one thread); `data` is copied, the bytes outlive the decoder.
        let decoder = unsafe { sys::WebPAnimDecoderNew(&raw const data, ptr::null()) };
        let decoder = NonNull::new(decoder).ok_or(WebPError::Animation)?;
        let mut animation =
            Self { decoder, bytes: PhantomData, size: Size { width: 0, height: 0 } };
        let mut info = sys::WebPAnimInfo::default();
        // SAFETY: the decoder is alive and `info` is written.
        if unsafe { sys::WebPAnimDecoderGetInfo(animation.decoder.as_ptr(), &raw mut info) } == 0 {
            return Err(WebPError::Animation);
        }
        animation.size = Size { width: info.canvas_width, height: info.canvas_height };
        Ok(animation)
    }

    /// The next whole picture and the millisecond at which it gives way to the one after it.
    pub(super) fn next_frame(&mut self) -> Result<Option<(Raster, u32)>, WebPError> {
        let decoder = self.decoder.as_ptr();
        // SAFETY: the decoder is alive.
        if unsafe { sys::WebPAnimDecoderHasMoreFrames(decoder) } == 0 {
            return Ok(None);
        }
        let (mut canvas, mut until_ms) = (ptr::null_mut(), 0);
        // SAFETY: the decoder is alive; both results are written when it answers non-zero.
        if unsafe { sys::WebPAnimDecoderGetNext(decoder, &raw mut canvas, &raw mut until_ms) } == 0
        {
            return Err(WebPError::Animation);
        }
        let mut raster = Raster::blank(self.size, Layout::Rgba);
        // SAFETY: the canvas is RGBA of the size that the decoder told, valid until its next call.
        let pixels = unsafe { std::slice::from_raw_parts(canvas, raster.pixels.len()) };
        raster.pixels.copy_from_slice(pixels);
        Ok(Some((raster, until_ms.unsigned_abs())))
    }
}

/// An encoder's input; frees the planes that an import allocated.
struct Input(sys::WebPPicture);

impl Drop for Input {
    fn drop(&mut self) {
        // SAFETY: initialised by WebPPictureInit; freeing twice or unallocated planes is harmless.
        unsafe { sys::WebPPictureFree(&raw mut self.0) }
    }
}

/// An encoder's output.
struct Output(sys::WebPMemoryWriter);

impl Drop for Output {
    fn drop(&mut self) {
        // SAFETY: initialised by WebPMemoryWriterInit and cleared only here.
        unsafe { sys::WebPMemoryWriterClear(&raw mut self.0) }
    }
}

/// Encodes RGB or RGBA, lossy, at libwebp's default effort (method 4).
pub(super) fn encode(raster: &Raster, quality: u8) -> Result<Vec<u8>, WebPError> {
    let mut config = sys::WebPConfig::new().map_err(|()| WebPError::Version)?;
    config.quality = f32::from(quality);
    let mut input = import(raster)?;
    let mut memory = MaybeUninit::<sys::WebPMemoryWriter>::uninit();
    // SAFETY: the call initialises every field.
    let mut output = Output(unsafe {
        sys::WebPMemoryWriterInit(memory.as_mut_ptr());
        memory.assume_init()
    });
    input.0.writer = Some(sys::WebPMemoryWrite);
    input.0.custom_ptr = (&raw mut output.0).cast();
    // SAFETY: config and picture are initialised and valid; the writer outlives the call.
    if unsafe { sys::WebPEncode(&raw const config, &raw mut input.0) } == 0 {
        return Err(WebPError::Encoding(input.0.error_code));
    }
    // SAFETY: after success the writer holds `size` initialised bytes.
    Ok(unsafe { std::slice::from_raw_parts(output.0.mem, output.0.size) }.to_vec())
}

fn import(raster: &Raster) -> Result<Input, WebPError> {
    let mut input = Input(sys::WebPPicture::new().map_err(|()| WebPError::Version)?);
    input.0.width = raster.size.width.cast_signed();
    input.0.height = raster.size.height.cast_signed();
    let stride = c_int::try_from(raster.stride()).unwrap_or(c_int::MAX);
    // SAFETY: the raster is live, only read, and has `height` rows of `stride` bytes in the layout that is told.
    let imported = unsafe {
        let (picture, pixels) = (&raw mut input.0, raster.pixels.as_ptr());
        match raster.layout {
            Layout::Rgba => sys::WebPPictureImportRGBA(picture, pixels, stride),
            _ => sys::WebPPictureImportRGB(picture, pixels, stride),
        }
    };
    if imported == 0 { Err(WebPError::Encoding(input.0.error_code)) } else { Ok(input) }
}
