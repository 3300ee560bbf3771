//! Safe handles over the TurboJPEG 3 C interface.
//!
//! Each call works on its own handle, which is destroyed on every path. libjpeg's errors come back as
//! return values: TurboJPEG catches its `longjmp` before it returns.
#![expect(unsafe_code, reason = "libjpeg-turbo is a C library")]

use std::ffi::{CStr, c_int, c_uint};
use std::ptr::{self, NonNull};

use turbojpeg_sys as sys;

use crate::raster::{Layout, Raster};
use crate::{Format, OriginalError, Size};

/// Scans of a progressive file; cameras and optimisers write up to about 20. Each may cost a pass over
/// the whole image, so a file of thousands would be a bomb.
const SCANS_MAX: c_int = 100;

/// The message of a failed TurboJPEG call; the library gives nothing finer.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(super) struct TurboError {
    message: String,
    is_warning: bool,
}

/// An owned TurboJPEG instance.
pub(super) struct Handle(NonNull<std::ffi::c_void>);

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: the pointer came from tj3Init and is destroyed only here.
        unsafe { sys::tj3Destroy(self.0.as_ptr()) }
    }
}

impl Handle {
    fn new(init: sys::TJINIT) -> Result<Self, TurboError> {
        // SAFETY: tj3Init takes any number and answers null for one that it does not know.
        let handle = unsafe { sys::tj3Init(c_int_of(init)) };
        let out_of_memory =
            || TurboError { message: "out of memory".to_owned(), is_warning: false };
        NonNull::new(handle).map(Self).ok_or_else(out_of_memory)
    }

    pub(super) fn raw(&self) -> *mut std::ffi::c_void {
        self.0.as_ptr()
    }

    fn set(&self, param: sys::TJPARAM, value: c_int) -> Result<(), TurboError> {
        // SAFETY: the handle is alive; unknown parameters and values are answered by an error code.
        self.result(unsafe { sys::tj3Set(self.0.as_ptr(), c_int_of(param), value) })
    }

    pub(super) fn get(&self, param: sys::TJPARAM) -> c_int {
        // SAFETY: as in `set`.
        unsafe { sys::tj3Get(self.0.as_ptr(), c_int_of(param)) }
    }

    /// A width or height; 0 where there is none.
    pub(super) fn length(&self, param: sys::TJPARAM) -> u32 {
        u32::try_from(self.get(param)).unwrap_or(0)
    }

    pub(super) fn result(&self, code: c_int) -> Result<(), TurboError> {
        if code == 0 {
            return Ok(());
        }
        // SAFETY: the handle is alive; the text is valid until its next call and is copied here.
        let message = unsafe { CStr::from_ptr(sys::tj3GetErrorStr(self.0.as_ptr())) };
        let message = message.to_string_lossy().into_owned();
        // SAFETY: the handle is alive.
        let severity = unsafe { sys::tj3GetErrorCode(self.0.as_ptr()) };
        Err(TurboError { message, is_warning: severity == c_int_of(sys::TJERR_TJERR_WARNING) })
    }
}

/// Constants are unsigned in the bindings and signed in the functions' arguments.
pub(super) fn c_int_of(constant: c_uint) -> c_int {
    constant.cast_signed()
}

/// A JPEG whose header TurboJPEG has read.
pub(super) struct Decompressor<'a> {
    pub(super) handle: Handle,
    pub(super) bytes: &'a [u8],
}

impl<'a> Decompressor<'a> {
    /// `size` is what the limits have passed; a file that tells libjpeg of more is refused.
    pub(super) fn new(bytes: &'a [u8], size: Size) -> Result<Self, OriginalError> {
        let open = || {
            let handle = Handle::new(sys::TJINIT_TJINIT_DECOMPRESS)?;
            handle.set(sys::TJPARAM_TJPARAM_SCANLIMIT, SCANS_MAX)?;
            let pixels_max = c_int::try_from(size.pixels()).unwrap_or(c_int::MAX);
            handle.set(sys::TJPARAM_TJPARAM_MAXPIXELS, pixels_max)?;
            // SAFETY: pointer and length are one live slice, which is only read.
            let code = unsafe {
                sys::tj3DecompressHeader(
                    handle.0.as_ptr(),
                    bytes.as_ptr(),
                    bytes.len() as sys::size_t,
                )
            };
            forgiving(handle.result(code))?;
            Ok(Self { handle, bytes })
        };
        open().map_err(refusal)
    }

    /// Pixels at `eighths`/8 of the size, rounded up.
    pub(super) fn decompress(self, layout: Layout, eighths: u8) -> Result<Raster, OriginalError> {
        self.try_decompress(layout, eighths).map_err(refusal)
    }

    fn try_decompress(self, layout: Layout, eighths: u8) -> Result<Raster, TurboError> {
        let handle = &self.handle;
        // The library knows its factors only in lowest terms.
        let common = 1 << eighths.trailing_zeros().min(3);
        let scale = sys::tjscalingfactor { num: c_int::from(eighths) / common, denom: 8 / common };
        // SAFETY: the handle is alive; factors that the library does not know are answered by an error code.
        handle.result(unsafe { sys::tj3SetScalingFactor(handle.0.as_ptr(), scale) })?;
        let scaled = |length: u32| (length * u32::from(eighths)).div_ceil(8);
        let size = Size {
            width: scaled(handle.length(sys::TJPARAM_TJPARAM_JPEGWIDTH)),
            height: scaled(handle.length(sys::TJPARAM_TJPARAM_JPEGHEIGHT)),
        };
        let mut raster = Raster::blank(size, layout);
        // SAFETY: the source is one live slice, only read. The target is as large as this handle's own header
        // says at this scale, with rows unpadded (pitch 0), in the pixel format that the raster's layout has;
        // the header that is read again comes from the same bytes.
        let code = unsafe {
            let (source, bytes) = (self.bytes.as_ptr(), self.bytes.len() as sys::size_t);
            sys::tj3Decompress8(
                handle.0.as_ptr(),
                source,
                bytes,
                raster.pixels.as_mut_ptr(),
                0,
                pixel_format(layout),
            )
        };
        forgiving(handle.result(code))?;
        Ok(raster)
    }
}

fn pixel_format(layout: Layout) -> c_int {
    match layout {
        Layout::Gray => sys::TJPF_TJPF_GRAY,
        Layout::Rgb => sys::TJPF_TJPF_RGB,
        Layout::Rgba => sys::TJPF_TJPF_RGBA,
        Layout::Cmyk => sys::TJPF_TJPF_CMYK,
    }
}

/// Complaints of libjpeg (jerror.h) after which pixels are missing or wrong; all other warnings pass.
const PREMATURE_END: &str = "premature end of jpeg file";
const DAMAGE: [&str; 5] = [
    "premature end of data segment",
    "bad huffman code",
    "bad arithmetic code",
    "instead of rst",
    "inconsistent progression",
];

pub(super) fn forgiving(result: Result<(), TurboError>) -> Result<(), TurboError> {
    match result {
        Err(error) if error.is_warning => {
            let message = error.message.to_ascii_lowercase();
            let harmful = message.contains(PREMATURE_END)
                || DAMAGE.iter().any(|damage| message.contains(damage));
            if harmful { Err(error) } else { Ok(()) }
        }
        other => other,
    }
}

pub(super) fn refusal(error: TurboError) -> OriginalError {
    if error.message.to_ascii_lowercase().contains(PREMATURE_END) {
        return OriginalError::Truncated { format: Format::Jpeg };
    }
    OriginalError::malformed(Format::Jpeg, error)
}

/// Makes one JPEG.
pub(super) struct Compressor {
    handle: Handle,
}

/// A file in memory that TurboJPEG allocated.
pub(super) struct Allocated {
    pub(super) start: *mut u8,
    pub(super) bytes: sys::size_t,
}

impl Drop for Allocated {
    fn drop(&mut self) {
        // SAFETY: null, or allocated by TurboJPEG and freed only here.
        unsafe { sys::tj3Free(self.start.cast()) }
    }
}

impl Compressor {
    pub(super) fn new() -> Result<Self, TurboError> {
        Ok(Self { handle: Handle::new(sys::TJINIT_TJINIT_COMPRESS)? })
    }

    pub(super) fn compress(self, raster: &Raster, quality: u8) -> Result<Vec<u8>, TurboError> {
        let (width, height) = (raster.size.width.cast_signed(), raster.size.height.cast_signed());
        self.write(quality, raster.layout == Layout::Gray, |handle, file| {
            // SAFETY: the source is a live raster of this size, layout and unpadded rows (pitch 0), only read.
            unsafe {
                let (source, format) = (raster.pixels.as_ptr(), pixel_format(raster.layout));
                let (start, bytes) = (&raw mut file.start, &raw mut file.bytes);
                sys::tj3Compress8(handle, source, width, 0, height, format, start, bytes)
            }
        })
    }

    /// The file that `compress` lets the library allocate and write.
    pub(super) fn write(
        self,
        quality: u8,
        is_gray: bool,
        compress: impl FnOnce(*mut std::ffi::c_void, &mut Allocated) -> c_int,
    ) -> Result<Vec<u8>, TurboError> {
        let handle = &self.handle;
        let subsampling = if is_gray { sys::TJSAMP_TJSAMP_GRAY } else { sys::TJSAMP_TJSAMP_420 };
        handle.set(sys::TJPARAM_TJPARAM_QUALITY, quality.into())?;
        handle.set(sys::TJPARAM_TJPARAM_SUBSAMP, subsampling)?;
        handle.set(sys::TJPARAM_TJPARAM_OPTIMIZE, 1)?;
        let mut file = Allocated { start: ptr::null_mut(), bytes: 0 };
        handle.result(compress(handle.raw(), &mut file))?;
        let bytes = usize::try_from(file.bytes).unwrap_or_default();
        if file.start.is_null() {
            return Ok(Vec::new());
        }
        // SAFETY: after success the file is that many initialised bytes.
        Ok(unsafe { std::slice::from_raw_parts(file.start, bytes) }.to_vec())
    }
}
