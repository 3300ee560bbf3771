//! EXIF into a finished file, over libwebp's multiplexer.
#![expect(unsafe_code, reason = "libwebp is a C library")]

use std::ptr::NonNull;

use libwebp_sys as sys;
use sys::WebPMuxError as Status;

use super::libwebp::{File, WebPError};

/// A file that is taken apart; reads from its bytes, which outlive it here.
struct Mux(NonNull<sys::WebPMux>);

impl Drop for Mux {
    fn drop(&mut self) {
        // SAFETY: the pointer came from WebPMuxCreateInternal and is deleted only here.
        unsafe { sys::WebPMuxDelete(self.0.as_ptr()) }
    }
}

/// `file`, still or animated, with a chunk for `exif` and the extended header that announces it.
pub(super) fn with_exif(file: &[u8], exif: &[u8]) -> Result<Vec<u8>, WebPError> {
    let (file, exif) = (data(file), data(exif));
    let version = sys::WEBP_MUX_ABI_VERSION.cast_signed();
    // SAFETY: `file` is one live slice, only read, and outlives what is made of it.
    let mux = unsafe { sys::WebPMuxCreateInternal(&raw const file, 0, version) };
    let mux = Mux(NonNull::new(mux).ok_or(WebPError::Version)?);
    // SAFETY: the multiplexer is alive, the name has four characters, and `exif` is one live slice, only read,
    // that outlives it.
    result(unsafe { sys::WebPMuxSetChunk(mux.0.as_ptr(), c"EXIF".as_ptr(), &raw const exif, 0) })?;
    let mut described = File::default();
    // SAFETY: the multiplexer is alive and `described` is written.
    result(unsafe { sys::WebPMuxAssemble(mux.0.as_ptr(), &raw mut described.0) })?;
    Ok(described.to_vec())
}

fn data(bytes: &[u8]) -> sys::WebPData {
    sys::WebPData { bytes: bytes.as_ptr(), size: bytes.len() }
}

fn result(status: Status) -> Result<(), WebPError> {
    match status {
        Status::WEBP_MUX_OK => Ok(()),
        status => Err(WebPError::Multiplexing(status)),
    }
}
