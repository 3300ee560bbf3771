//! Planes in and out of libjpeg-turbo, without a conversion of colours.
#![expect(unsafe_code, reason = "libjpeg-turbo is a C library")]

use std::borrow::Cow;
use std::ptr;

use turbojpeg_sys as sys;

use super::turbo::{Compressor, Decompressor, TurboError, forgiving, refusal};
use crate::planar::{Halved, Plane, Planes, Range};
use crate::raster::{Layout, Raster};
use crate::{OriginalError, Size};

impl Decompressor<'_> {
    /// Brightness and colour differences at the file's own size; none where they are stored in another way.
    pub(super) fn decompress_planes(self) -> Result<Option<Planes>, OriginalError> {
        let space = self.handle.get(sys::TJPARAM_TJPARAM_COLORSPACE).cast_unsigned();
        let subsampling = self.handle.get(sys::TJPARAM_TJPARAM_SUBSAMP);
        let (is_gray, across, down) = match (space, subsampling) {
            (sys::TJCS_TJCS_GRAY, _) => (true, 1, 1),
            (sys::TJCS_TJCS_YCbCr, sys::TJSAMP_TJSAMP_444) => (false, 1, 1),
            (sys::TJCS_TJCS_YCbCr, sys::TJSAMP_TJSAMP_422) => (false, 2, 1),
            (sys::TJCS_TJCS_YCbCr, sys::TJSAMP_TJSAMP_420) => (false, 2, 2),
            (sys::TJCS_TJCS_YCbCr, sys::TJSAMP_TJSAMP_440) => (false, 1, 2),
            _ => return Ok(None),
        };
        let width = self.handle.length(sys::TJPARAM_TJPARAM_JPEGWIDTH);
        let height = self.handle.length(sys::TJPARAM_TJPARAM_JPEGHEIGHT);
        // Else the library's planes are larger than the picture.
        if !width.is_multiple_of(across) || !height.is_multiple_of(down) {
            return Ok(None);
        }
        let plane = |across: u32, down: u32| {
            let size = Size { width: width / across, height: height / down };
            let density = [1.0 / f64::from(across), 1.0 / f64::from(down)];
            Plane { raster: Raster::blank(size, Layout::Gray), density, origin: [0; 2] }
        };
        let mut luma = plane(1, 1);
        let mut chroma = (!is_gray).then(|| [plane(across, down), plane(across, down)]);
        self.fill(&mut luma, chroma.as_mut()).map_err(refusal)?;
        Ok(Some(Planes::Luma(Range::Full, luma, chroma)))
    }

    fn fill(&self, luma: &mut Plane, chroma: Option<&mut [Plane; 2]>) -> Result<(), TurboError> {
        let mut starts = [luma.raster.pixels.as_mut_ptr(), ptr::null_mut(), ptr::null_mut()];
        for (start, plane) in starts[1..].iter_mut().zip(chroma.into_iter().flatten()) {
            *start = plane.raster.pixels.as_mut_ptr();
        }
        // SAFETY: the source is one live slice, only read. Each target is as wide and high as tj3YUVPlaneWidth and
        // tj3YUVPlaneHeight say of this handle's own header (multiples of the sampling factors, divided by them), with
        // rows unpadded (no strides); the header that is read again comes from the same bytes.
        let code = unsafe {
            sys::tj3DecompressToYUVPlanes8(
                self.handle.raw(),
                self.bytes.as_ptr(),
                self.bytes.len() as sys::size_t,
                starts.as_mut_ptr(),
                ptr::null_mut(),
            )
        };
        forgiving(self.handle.result(code))
    }
}

impl Compressor {
    /// As [`Compressor::compress`], of planes in full range.
    pub(super) fn compress_planes(
        self,
        picture: &Halved,
        quality: u8,
    ) -> Result<Vec<u8>, TurboError> {
        let size = picture.luma.size;
        let mut starts = [ptr::null(); 3];
        // The library reads whole pairs of columns and rows.
        let even =
            Size { width: size.width.next_multiple_of(2), height: size.height.next_multiple_of(2) };
        let luma = match &picture.chroma {
            Some(_) if even != size => Cow::Owned(picture.luma.extended(even)),
            _ => Cow::Borrowed(&picture.luma),
        };
        starts[0] = luma.pixels.as_ptr();
        for (start, plane) in starts[1..].iter_mut().zip(picture.chroma.iter().flatten()) {
            *start = plane.pixels.as_ptr();
        }
        let (width, height) = (size.width.cast_signed(), size.height.cast_signed());
        self.write(quality, picture.chroma.is_none(), |handle, file| {
            // SAFETY: the planes are live, only read, and as wide and high as tj3YUVPlaneWidth and tj3YUVPlaneHeight
            // say of this size with 4:2:0, or of a grey picture, with rows unpadded (no strides).
            unsafe {
                sys::tj3CompressFromYUVPlanes8(
                    handle,
                    starts.as_ptr(),
                    width,
                    ptr::null(),
                    height,
                    &raw mut file.start,
                    &raw mut file.bytes,
                )
            }
        })
    }
}
