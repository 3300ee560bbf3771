//! A safe picture over dav1d.
//!
//! The port rav1d would need no unsafe memory, but its interface is C's all the same, and 1.1.0 panics in it on
//! every damaged stream: the process aborts. dav1d is the decoder of the browsers, fuzzed since 2018.
#![expect(unsafe_code, reason = "dav1d is a C library")]

use std::ffi::{c_int, c_uint};
use std::mem::MaybeUninit;
use std::ptr;

use libdav1d_sys as sys;
use sys::Dav1dPixelLayout as Layout;

use super::container::Cicp;
use crate::Size;

/// How much smaller the planes of colour are than that of brightness.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chroma {
    None,
    Full,
    HalfWidth,
    HalfBoth,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum Av1Error {
    #[error("the AV1 decoder answers {0}")]
    Decoder(c_int),
    #[error("the AV1 stream holds no picture")]
    NoPicture,
    #[error("the AV1 picture is not as large as the file says")]
    Size,
}

fn result(code: c_int) -> Result<(), Av1Error> {
    if code == 0 { Ok(()) } else { Err(Av1Error::Decoder(code)) }
}

/// One thread and no delay: what runs beside it is the caller's business.
struct Decoder(*mut sys::Dav1dContext);

impl Drop for Decoder {
    fn drop(&mut self) {
        // SAFETY: null, which is harmless, or opened by dav1d_open and closed only here.
        unsafe { sys::dav1d_close(&raw mut self.0) }
    }
}

impl Decoder {
    /// A stream that tells of more pixels than `size` is refused before they are allocated.
    fn new(size: Size) -> Result<Self, Av1Error> {
        let mut settings = MaybeUninit::<sys::Dav1dSettings>::uninit();
        // SAFETY: the call writes every field.
        let mut settings = unsafe {
            sys::dav1d_default_settings(settings.as_mut_ptr());
            settings.assume_init()
        };
        settings.n_threads = 1;
        settings.max_frame_delay = 1;
        settings.frame_size_limit = c_uint::try_from(size.pixels()).map_err(|_| Av1Error::Size)?;
        settings.logger.callback = None;
        let mut decoder = Self(ptr::null_mut());
        // SAFETY: both point at live values, the settings initialised.
        result(unsafe { sys::dav1d_open(&raw mut decoder.0, &raw const settings) })?;
        Ok(decoder)
    }
}

/// A copy of the stream in the decoder's own memory; frees what the decoder has not taken.
struct Data(sys::Dav1dData);

impl Drop for Data {
    fn drop(&mut self) {
        // SAFETY: made by dav1d_data_create, or zero, which is harmless.
        unsafe { sys::dav1d_data_unref(&raw mut self.0) }
    }
}

impl Data {
    fn copied(stream: &[u8]) -> Result<Self, Av1Error> {
        // SAFETY: the struct of numbers and pointers is valid zeroed; it is what dav1d's own examples begin with.
        let mut data = Self(unsafe { MaybeUninit::zeroed().assume_init() });
        // SAFETY: `data` is live; the answer is null or points at as many bytes as are asked for.
        unsafe {
            let start = sys::dav1d_data_create(&raw mut data.0, stream.len());
            if start.is_null() {
                return Err(Av1Error::NoPicture);
            }
            start.copy_from_nonoverlapping(stream.as_ptr(), stream.len());
        }
        Ok(data)
    }
}

/// A decoded picture in the decoder's memory.
pub(super) struct Picture {
    raw: sys::Dav1dPicture,
    size: Size,
}

impl Drop for Picture {
    fn drop(&mut self) {
        // SAFETY: filled by dav1d_get_picture, or zero, which is harmless.
        unsafe { sys::dav1d_picture_unref(&raw mut self.raw) }
    }
}

impl Picture {
    /// The first picture of a stream, which has to be of the size that the limits have passed.
    pub(super) fn decode(stream: &[u8], size: Size) -> Result<Self, Av1Error> {
        if stream.is_empty() {
            return Err(Av1Error::NoPicture);
        }
        let decoder = Decoder::new(size)?;
        let mut data = Data::copied(stream)?;
        // SAFETY: as for `Data`; the first value of its one enumeration is 0.
        let mut picture = Self { raw: unsafe { MaybeUninit::zeroed().assume_init() }, size };
        // SAFETY: the context is alive, the data initialised; the decoder takes from it what it has read.
        result(unsafe { sys::dav1d_send_data(decoder.0, &raw mut data.0) })?;
        // The second call tells the decoder that nothing more will come.
        picture.get(&decoder).or_else(|_| picture.get(&decoder))?;
        let width = u32::try_from(picture.raw.p.w);
        let height = u32::try_from(picture.raw.p.h);
        if (width, height) != (Ok(size.width), Ok(size.height)) {
            return Err(Av1Error::Size);
        }
        Ok(picture)
    }

    fn get(&mut self, decoder: &Decoder) -> Result<(), Av1Error> {
        // SAFETY: the context is alive, and the picture is zero until the answer is 0.
        result(unsafe { sys::dav1d_get_picture(decoder.0, &raw mut self.raw) })
    }

    pub(super) fn size(&self) -> Size {
        self.size
    }

    /// Bits of a sample: 8, 10 or 12.
    pub(super) fn bits(&self) -> u32 {
        self.raw.p.bpc.unsigned_abs()
    }

    pub(super) fn chroma(&self) -> Chroma {
        match self.raw.p.layout {
            Layout::DAV1D_PIXEL_LAYOUT_I400 => Chroma::None,
            Layout::DAV1D_PIXEL_LAYOUT_I420 => Chroma::HalfBoth,
            Layout::DAV1D_PIXEL_LAYOUT_I422 => Chroma::HalfWidth,
            _ => Chroma::Full,
        }
    }

    /// What the stream itself says of its colours.
    pub(super) fn cicp(&self) -> Cicp {
        let header = self.raw.seq_hdr;
        // SAFETY: a decoded picture has its header, alive as long as the picture is. A stream may hold numbers that
        // the bindings' enumerations lack, so no reference to the header is made and numbers are read.
        let [primaries, transfer, matrix, range] = unsafe {
            [
                (&raw const (*header).pri).cast::<c_uint>().read(),
                (&raw const (*header).trc).cast::<c_uint>().read(),
                (&raw const (*header).mtrx).cast::<c_uint>().read(),
                c_uint::from((&raw const (*header).color_range).read()),
            ]
        };
        let code = |code: c_uint| u8::try_from(code).unwrap_or(u8::MAX);
        Cicp {
            primaries: code(primaries),
            transfer: code(transfer),
            matrix: code(matrix),
            full_range: range != 0,
        }
    }

    /// Samples of one row; `T` is `u8` for 8 bits and `u16` for more, which [`Depth`] guarantees.
    pub(super) fn row<T: Depth>(&self, plane: usize, y: usize) -> &[T] {
        assert_eq!(self.bits() == 8, size_of::<T>() == 1, "the sample type is that of the depth");
        let (width, height) = self.plane_size(plane);
        let Some(start) = self.raw.data.get(plane).filter(|start| !start.is_null() && y < height)
        else {
            return &[];
        };
        let stride = self.raw.stride[plane.min(1)];
        // SAFETY: a decoded plane has `height` rows of at least `width` samples of this type, `stride` bytes
        // apart, aligned for it, and lives as long as the picture.
        unsafe {
            let row = start.cast::<u8>().offset(stride * y.cast_signed());
            std::slice::from_raw_parts(row.cast::<T>(), width)
        }
    }

    fn plane_size(&self, plane: usize) -> (usize, usize) {
        let (width, height) = (self.size.width as usize, self.size.height as usize);
        match (plane, self.chroma()) {
            (0, _) | (1 | 2, Chroma::Full) => (width, height),
            (1 | 2, Chroma::HalfWidth) => (width.div_ceil(2), height),
            (1 | 2, Chroma::HalfBoth) => (width.div_ceil(2), height.div_ceil(2)),
            _ => (0, 0),
        }
    }
}

/// The two types of samples that the decoder writes.
pub(super) trait Depth: Copy + Into<u16> {}
impl Depth for u8 {}
impl Depth for u16 {}
