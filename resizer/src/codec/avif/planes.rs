//! Brightness and colour in planes: those of a picture that was read, and those that the encoder takes.

use std::borrow::Cow;

use super::container::Cicp;
use super::dav1d::{Chroma, Picture};
use crate::Size;
use crate::planar::{self, Plane, Range};
use crate::raster::{Layout, Raster};

/// The planes of a picture whose 8 bits mean what JPEG's and WebP's do.
pub(super) fn read(picture: &Picture, cicp: Cicp) -> Option<planar::Planes> {
    // BT.601, and "unspecified", which everybody reads as it.
    if picture.bits() != 8 || !matches!(cicp.matrix, 2 | 5 | 6) {
        return None;
    }
    let range = if cicp.full_range { Range::Full } else { Range::Video };
    let (across, down) = match picture.chroma() {
        // Grey of fewer numbers would have to be spread first.
        Chroma::None if !cicp.full_range => return None,
        Chroma::None => return Some(planar::Planes::Luma(range, plane(picture, 0, 1, 1), None)),
        Chroma::Full => (1, 1),
        Chroma::HalfWidth => (2, 1),
        Chroma::HalfBoth => (2, 2),
    };
    let chroma = [1, 2].map(|number| plane(picture, number, across, down));
    Some(planar::Planes::Luma(range, plane(picture, 0, 1, 1), Some(chroma)))
}

/// One plane, with the picture's width and height divided and rounded up.
fn plane(picture: &Picture, number: usize, across: u32, down: u32) -> Plane {
    let Size { width, height } = picture.size();
    let size = Size { width: width.div_ceil(across), height: height.div_ceil(down) };
    let mut raster = Raster::blank(size, Layout::Gray);
    let stride = raster.stride();
    for (y, row) in raster.pixels.chunks_exact_mut(stride).enumerate() {
        for (to, from) in row.iter_mut().zip(picture.row::<u8>(number, y)) {
            *to = *from;
        }
    }
    Plane { raster, density: [1.0 / f64::from(across), 1.0 / f64::from(down)], origin: [0; 2] }
}

/// Planes of an 8 bit picture in full range, colour halved both ways; BT.601, as JPEG has it.
pub(super) struct Planes<'a> {
    pub(super) luma: Cow<'a, [u8]>,
    /// Blue's and red's difference; none of a grey picture.
    pub(super) chroma: Option<[Cow<'a, [u8]>; 2]>,
}

impl<'a> Planes<'a> {
    pub(super) fn of(raster: &'a Raster) -> Self {
        match raster.layout {
            Layout::Gray => Self { luma: Cow::Borrowed(&raster.pixels), chroma: None },
            Layout::Rgb => Self::of_pixels::<3>(raster),
            Layout::Rgba | Layout::Cmyk => Self::of_pixels::<4>(raster),
        }
    }

    /// The opacity of a picture, as a grey picture.
    pub(super) fn of_alpha(raster: &Raster) -> Self {
        let (pixels, _) = raster.pixels.as_chunks::<4>();
        Self { luma: pixels.iter().map(|[.., alpha]| *alpha).collect(), chroma: None }
    }

    fn of_pixels<const N: usize>(raster: &Raster) -> Self {
        let width = raster.size.width as usize;
        let (pixels, _) = raster.pixels.as_chunks::<N>();
        let luma = pixels.iter().map(|pixel| luma(rgb(pixel))).collect();
        let quarter = pixels.len() / 4 + width;
        let mut chroma = [Vec::with_capacity(quarter), Vec::with_capacity(quarter)];
        for rows in pixels.chunks(2 * width) {
            let (upper, lower) = rows.split_at(width);
            // At an odd edge the last row or column counts twice.
            let lower = if lower.is_empty() { upper } else { lower };
            for (upper, lower) in upper.chunks(2).zip(lower.chunks(2)) {
                let four = [upper.first(), upper.last(), lower.first(), lower.last()];
                let [blue, red] = differences(four.into_iter().flatten().map(rgb));
                chroma[0].push(blue);
                chroma[1].push(red);
            }
        }
        Self { luma, chroma: Some(chroma.map(Cow::Owned)) }
    }
}

fn rgb<const N: usize>(pixel: &[u8; N]) -> [i32; 3] {
    [pixel[0], pixel[1], pixel[2]].map(i32::from)
}

/// Sixteen fraction bits, rounded.
fn byte(fixed: i32) -> u8 {
    u8::try_from(((fixed + (1 << 15)) >> 16).clamp(0, 255)).unwrap_or(u8::MAX)
}

fn luma([r, g, b]: [i32; 3]) -> u8 {
    byte(19_595 * r + 38_470 * g + 7_471 * b)
}

/// The mean of four pixels' differences.
fn differences(four: impl Iterator<Item = [i32; 3]>) -> [u8; 2] {
    let [r, g, b] = four.fold([0; 3], |sum, pixel| [0, 1, 2].map(|i| sum[i] + pixel[i]));
    let neutral = 128 << 16;
    [
        byte(neutral + (-11_059 * r - 21_709 * g + 32_768 * b) / 4),
        byte(neutral + (32_768 * r - 27_439 * g - 5_329 * b) / 4),
    ]
}
