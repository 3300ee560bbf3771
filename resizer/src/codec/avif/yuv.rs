//! Brightness and colour differences to red, green and blue (ITU-T H.273, 8.3).

use super::container::Cicp;
use super::dav1d::{Chroma, Depth, Picture};
use crate::raster::{Layout, Raster, Sample};

/// How samples of one depth and range become numbers: brightness from 0 to 1, differences from -0.5 to 0.5.
#[derive(Clone, Copy)]
struct Range {
    black: f32,
    luma: f32,
    neutral: f32,
    chroma: f32,
}

impl Range {
    fn new(bits: u32, is_full: bool) -> Self {
        let code = |of_eight_bits: u16| f32::from(of_eight_bits << (bits - 8));
        let neutral = code(128);
        if is_full {
            let most = f32::from((1u16 << bits) - 1);
            return Self { black: 0.0, luma: 1.0 / most, neutral, chroma: 1.0 / most };
        }
        Self { black: code(16), luma: 1.0 / code(219), neutral, chroma: 1.0 / code(224) }
    }

    fn luma(self, sample: u16) -> f32 {
        (f32::from(sample) - self.black) * self.luma
    }
}

/// From three planes to red, green and blue.
#[derive(Clone, Copy)]
enum Matrix {
    /// The planes are green, blue and red.
    Identity,
    /// Green against magenta and orange against blue.
    YCgCo,
    /// The parts of red and blue in brightness.
    Weighted { red: f32, blue: f32 },
}

impl Matrix {
    /// None for those that a still picture has hardly ever.
    fn of(cicp: Cicp) -> Option<Self> {
        let weighted = |red, blue| Some(Self::Weighted { red, blue });
        match (cicp.matrix, cicp.primaries) {
            (0, _) => Some(Self::Identity),
            // 12 follows from the primaries.
            (1, _) | (12, 1 | 2) => weighted(0.2126, 0.0722),
            (4, _) => weighted(0.30, 0.11),
            // 2 is "unspecified", which everybody reads as BT.601.
            (2 | 5 | 6, _) => weighted(0.299, 0.114),
            (7, _) => weighted(0.212, 0.087),
            (8, _) => Some(Self::YCgCo),
            (9, _) | (12, 9) => weighted(0.2627, 0.0593),
            (12, 12) => weighted(0.228_975, 0.079_287),
            _ => None,
        }
    }

    fn rgb(self, [luma, u, v]: [f32; 3]) -> [f32; 3] {
        match self {
            Self::Identity => [v, luma, u],
            Self::YCgCo => [luma - u + v, luma + u, luma - u - v],
            Self::Weighted { red, blue } => {
                let (r, b) = (luma + 2.0 * (1.0 - red) * v, luma + 2.0 * (1.0 - blue) * u);
                [r, (luma - red * r - blue * b) / (1.0 - red - blue), b]
            }
        }
    }
}

/// What of the colour is not understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct UnknownMatrix;

/// The picture as grey or RGB in full range, `T` for its samples and `O` for the result's.
pub(super) fn to_rgb<T: Depth, O: Sample>(
    picture: &Picture,
    cicp: Cicp,
) -> Result<Raster<O>, UnknownMatrix> {
    let range = Range::new(picture.bits(), cicp.full_range);
    if picture.chroma() == Chroma::None {
        return Ok(gray::<T, O>(picture, range));
    }
    let matrix = Matrix::of(cicp).ok_or(UnknownMatrix)?;
    if matches!(matrix, Matrix::Identity) && picture.chroma() != Chroma::Full {
        return Err(UnknownMatrix);
    }
    let mut raster = Raster::<O>::blank(picture.size(), Layout::Rgb);
    let width = picture.size().width as usize;
    let (mut blue, mut red) = (vec![0.0; width], vec![0.0; width]);
    let stride = raster.stride();
    for (y, row) in raster.pixels.chunks_exact_mut(stride).enumerate() {
        upsampled::<T>(picture, 1, y, &mut blue);
        upsampled::<T>(picture, 2, y, &mut red);
        let (pixels, _) = row.as_chunks_mut::<3>();
        let luma = picture.row::<T>(0, y);
        for (((pixel, luma), u), v) in pixels.iter_mut().zip(luma).zip(&blue).zip(&red) {
            let luma = range.luma((*luma).into());
            let planes = if matches!(matrix, Matrix::Identity) {
                // Here all three planes are of the kind of brightness.
                [luma, (u - range.black) * range.luma, (v - range.black) * range.luma]
            } else {
                [luma, (u - range.neutral) * range.chroma, (v - range.neutral) * range.chroma]
            };
            *pixel = matrix.rgb(planes).map(O::of);
        }
    }
    Ok(raster)
}

fn gray<T: Depth, O: Sample>(picture: &Picture, range: Range) -> Raster<O> {
    let mut raster = Raster::<O>::blank(picture.size(), Layout::Gray);
    let stride = raster.stride();
    for (y, row) in raster.pixels.chunks_exact_mut(stride).enumerate() {
        for (pixel, luma) in row.iter_mut().zip(picture.row::<T>(0, y)) {
            *pixel = O::of(range.luma((*luma).into()));
        }
    }
    raster
}

/// One row of a colour plane as wide and as high as the picture; between samples, which lie in the middle of the
/// pixels they stand for, it is linear.
fn upsampled<T: Depth>(picture: &Picture, plane: usize, y: usize, row: &mut [f32]) {
    let number = |sample: &T| f32::from((*sample).into());
    let chroma = picture.chroma();
    if chroma == Chroma::Full {
        for (value, sample) in row.iter_mut().zip(picture.row::<T>(plane, y)) {
            *value = number(sample);
        }
        return;
    }
    let (near, far) = if chroma == Chroma::HalfBoth {
        let near = y / 2;
        let far = if y.is_multiple_of(2) { near.saturating_sub(1) } else { near + 1 };
        (picture.row::<T>(plane, near), picture.row::<T>(plane, far))
    } else {
        (picture.row::<T>(plane, y), picture.row::<T>(plane, y))
    };
    // Below the last row lies nothing.
    let far = if far.is_empty() { near } else { far };
    let column = |x: usize| Some(0.75 * number(near.get(x)?) + 0.25 * number(far.get(x)?));
    let mut left = column(0).unwrap_or_default();
    let mut here = left;
    let (pairs, last) = row.as_chunks_mut::<2>();
    for (x, pair) in pairs.iter_mut().enumerate() {
        let right = column(x + 1).unwrap_or(here);
        *pair = [0.75 * here + 0.25 * left, 0.75 * here + 0.25 * right];
        (left, here) = (here, right);
    }
    if let [last] = last {
        *last = 0.75 * here + 0.25 * left;
    }
}

/// A decoded alpha plane.
#[derive(Clone, Copy)]
pub(super) struct Opacity<'a> {
    pub(super) planes: &'a Picture,
    pub(super) full_range: bool,
    /// Whether colours were multiplied by it.
    pub(super) is_premultiplied: bool,
}

impl Opacity<'_> {
    /// The colours with this opacity.
    pub(super) fn behind<T: Depth, O: Sample>(self, color: Raster<O>) -> Raster<O> {
        let range = Range::new(self.planes.bits(), self.full_range);
        let mut raster = color.into_rgba();
        let stride = raster.stride();
        for (y, row) in raster.pixels.chunks_exact_mut(stride).enumerate() {
            let (pixels, _) = row.as_chunks_mut::<4>();
            for (pixel, sample) in pixels.iter_mut().zip(self.planes.row::<T>(0, y)) {
                let alpha = range.luma((*sample).into()).clamp(0.0, 1.0);
                pixel[3] = O::of(alpha);
                if self.is_premultiplied && alpha > 0.0 {
                    pixel[..3].iter_mut().for_each(|color| *color = O::of(color.unit() / alpha));
                }
            }
        }
        raster
    }
}
