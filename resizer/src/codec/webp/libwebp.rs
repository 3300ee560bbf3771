//! Safe functions over libwebp's C interface. Everything allocated in C has an owner that frees it.
#![expect(unsafe_code, reason = "libwebp is a C library")]

use std::borrow::Cow;
use std::ffi::c_int;
use std::mem::MaybeUninit;
use std::ptr;

use libwebp_sys as sys;
use sys::VP8StatusCode as Status;

use crate::Size;
use crate::planar::Halved;
use crate::raster::{Layout, Raster};

/// A call into libwebp failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum WebPError {
    #[error("the data ends too early")]
    NotEnoughData,
    #[error("libwebp answers {0:?}")]
    Decoding(Status),
    #[error("the animation cannot be decoded")]
    Animation,
    #[error("libwebp's encoder answers {0:?}")]
    Encoding(sys::WebPEncodingError),
    #[error("the animation cannot be encoded: {0}")]
    Assembling(String),
    #[error("libwebp's multiplexer answers {0:?}")]
    Multiplexing(sys::WebPMuxError),
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

/// [`sys::WebPBitstreamFeatures`]' number for it.
const LOSSY: c_int = 1;

/// What the header says.
pub(super) struct Features {
    pub(super) size: Size,
    pub(super) has_alpha: bool,
    pub(super) is_animated: bool,
    /// A still of which brightness and colour are stored in planes.
    pub(super) is_lossy: bool,
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
        is_lossy: raw.has_animation == 0 && raw.format == LOSSY,
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

/// The three planes of a lossy still of the size that [`features`] told, in video range. Without the filter that
/// smooths the borders of blocks it is faster, and for a small rendition as good.
pub(super) fn decode_planes(
    bytes: &[u8],
    size: Size,
    without_filter: bool,
) -> Result<[Raster; 3], WebPError> {
    let half = Size { width: size.width.div_ceil(2), height: size.height.div_ceil(2) };
    let [mut y, mut u, mut v] = [size, half, half].map(|size| Raster::blank(size, Layout::Gray));
    let mut config = sys::WebPDecoderConfig::new().map_err(|()| WebPError::Version)?;
    config.options.bypass_filtering = without_filter.into();
    config.output.colorspace = sys::WEBP_CSP_MODE::MODE_YUV;
    config.output.is_external_memory = 1;
    let stride = |raster: &Raster| c_int::try_from(raster.stride()).unwrap_or(c_int::MAX);
    config.output.u.YUVA = sys::WebPYUVABuffer {
        y: y.pixels.as_mut_ptr(),
        u: u.pixels.as_mut_ptr(),
        v: v.pixels.as_mut_ptr(),
        a: ptr::null_mut(),
        y_stride: stride(&y),
        u_stride: stride(&u),
        v_stride: stride(&v),
        a_stride: 0,
        y_size: y.pixels.len(),
        u_size: u.pixels.len(),
        v_size: v.pixels.len(),
        a_size: 0,
    };
    // SAFETY: the source is one live slice, only read. The targets are the rasters' memory with their true lengths,
    // which libwebp checks against stride and height before it writes.
    result(unsafe { sys::WebPDecode(bytes.as_ptr(), bytes.len(), &raw mut config) })?;
    Ok([y, u, v])
}

/// An encoder's input; frees the planes that an import allocated.
pub(super) struct Input(pub(super) sys::WebPPicture);

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

/// A file that libwebp allocated; empty until one of its functions has written it.
#[derive(Default)]
pub(super) struct File(pub(super) sys::WebPData);

impl Drop for File {
    fn drop(&mut self) {
        // SAFETY: empty, or allocated by libwebp and freed only here.
        unsafe { sys::WebPDataClear(&mut self.0) }
    }
}

impl File {
    pub(super) fn to_vec(&self) -> Vec<u8> {
        if self.0.bytes.is_null() {
            return Vec::new();
        }
        // SAFETY: libwebp wrote the pointer and as many initialised bytes as it says.
        unsafe { std::slice::from_raw_parts(self.0.bytes, self.0.size) }.to_vec()
    }
}

/// Lossy, at libwebp's default effort (method 4).
pub(super) fn lossy(quality: u8) -> Result<sys::WebPConfig, WebPError> {
    let mut config = sys::WebPConfig::new().map_err(|()| WebPError::Version)?;
    config.quality = f32::from(quality);
    Ok(config)
}

/// Encodes RGB or RGBA.
pub(super) fn encode(raster: &Raster, quality: u8) -> Result<Vec<u8>, WebPError> {
    write(import(raster, false)?, quality)
}

/// Encodes planes in video range.
pub(super) fn encode_halved(picture: &Halved, quality: u8) -> Result<Vec<u8>, WebPError> {
    let mut input = Input(sys::WebPPicture::new().map_err(|()| WebPError::Version)?);
    let Size { width, height } = picture.luma.size;
    let half = Size { width: width.div_ceil(2), height: height.div_ceil(2) };
    let neutral = || {
        let mut plane = Raster::blank(half, Layout::Gray);
        plane.pixels.fill(128);
        plane
    };
    let chroma = picture.chroma.as_ref();
    let chroma = chroma.map_or_else(|| Cow::Owned([neutral(), neutral()]), Cow::Borrowed);
    (input.0.width, input.0.height) = (width.cast_signed(), height.cast_signed());
    (input.0.y_stride, input.0.uv_stride) = (width.cast_signed(), half.width.cast_signed());
    // The encoder only reads them, whatever the type says.
    input.0.y = picture.luma.pixels.as_ptr().cast_mut();
    input.0.u = chroma[0].pixels.as_ptr().cast_mut();
    input.0.v = chroma[1].pixels.as_ptr().cast_mut();
    write(input, quality)
}

/// Input's planes outlive the call.
fn write(mut input: Input, quality: u8) -> Result<Vec<u8>, WebPError> {
    let config = lossy(quality)?;
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

/// Copies the pixels; as they are (`as_argb`), which an animation compares, or in the planes of a still.
pub(super) fn import(raster: &Raster, as_argb: bool) -> Result<Input, WebPError> {
    let mut input = Input(sys::WebPPicture::new().map_err(|()| WebPError::Version)?);
    input.0.use_argb = as_argb.into();
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
