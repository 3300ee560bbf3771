//! Pictures whose components lie in planes of their own, each in its own resolution, as JPEG and WebP store them.
//!
//! Between two such formats a picture that is only resized stays in planes: half of the samples are resized and none is
//! converted. Everything else joins the planes to pixels, after the resize.

use crate::copyright::Copyright;
use crate::raster::{Layout, Raster};

/// Which numbers 8 bits hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Range {
    /// 0 to 255: JPEG, and AVIF as written here.
    Full,
    /// Brightness 16 to 235, differences 16 to 240: WebP.
    Video,
}

/// One component.
#[derive(Debug, Clone)]
pub(crate) struct Plane {
    pub(crate) raster: Raster,
    /// Samples for a pixel of the original, along each axis.
    pub(crate) density: [f64; 2],
    /// Where the first sample lies in a plane of the whole original.
    pub(crate) origin: [u32; 2],
}

/// Planes by what their samples are.
#[derive(Debug, Clone)]
pub(crate) enum Planes<P = Plane> {
    /// Brightness, and of a picture in colour two differences from it, ITU-R BT.601.
    Luma(Range, P, Option<[P; 2]>),
    /// Red, green, blue.
    Rgb([P; 3]),
    /// Four inks; the most is all the ink there can be.
    Cmyk([P; 4]),
    /// Three inks as brightness and differences in full range, and black.
    Ycck([P; 4]),
}

/// A still picture in planes.
#[derive(Debug, Clone)]
pub struct Planar {
    pub(crate) planes: Planes,
    /// The colour profile of the pixels, if not sRGB.
    pub(crate) icc: Option<Vec<u8>>,
    /// All that is kept of the original's metadata.
    pub(crate) copyright: Copyright,
}

/// Brightness, and the two differences with half as many samples along each axis (rounded up); none of a grey picture.
#[derive(Debug, Clone)]
pub struct Halved {
    pub(crate) luma: Raster,
    pub(crate) chroma: Option<[Raster; 2]>,
    pub(crate) range: Range,
    /// All that is kept of the original's metadata.
    pub(crate) copyright: Copyright,
}

impl Planes {
    pub(crate) fn as_ref(&self) -> Planes<&Plane> {
        match self {
            Self::Luma(range, luma, chroma) => {
                Planes::Luma(*range, luma, chroma.as_ref().map(<[Plane; 2]>::each_ref))
            }
            Self::Rgb(planes) => Planes::Rgb(planes.each_ref()),
            Self::Cmyk(planes) => Planes::Cmyk(planes.each_ref()),
            Self::Ycck(planes) => Planes::Ycck(planes.each_ref()),
        }
    }
}

impl<P> Planes<P> {
    /// Pixels of what `resize` makes of each plane: rasters that are all of one size.
    pub(crate) fn join<E>(self, resize: impl Fn(P) -> Result<Raster, E>) -> Result<Raster, E> {
        let three = |[a, b, c]: [P; 3]| Ok([resize(a)?, resize(b)?, resize(c)?]);
        let four = |[a, b, c, d]: [P; 4]| Ok([resize(a)?, resize(b)?, resize(c)?, resize(d)?]);
        Ok(match self {
            Self::Luma(range, luma, None) => {
                let mut luma = resize(luma)?;
                range.change(Range::Full, &mut luma, &mut []);
                luma
            }
            Self::Luma(range, luma, Some([blue, red])) => {
                let mut planes = three([luma, blue, red])?;
                let [luma, chroma @ ..] = &mut planes;
                range.change(Range::Full, luma, chroma);
                interleaved(Layout::Rgb, &planes, to_rgb)
            }
            Self::Rgb(planes) => interleaved(Layout::Rgb, &three(planes)?, |rgb| rgb),
            Self::Cmyk(inks) => interleaved(Layout::Cmyk, &four(inks)?, |inks| inks),
            Self::Ycck(planes) => {
                interleaved(Layout::Cmyk, &four(planes)?, |[y, cb, cr, black]| {
                    let [c, m, y] = to_rgb([y, cb, cr]);
                    [c, m, y, black]
                })
            }
        })
    }
}

impl Halved {
    /// The same picture in this range.
    pub(crate) fn in_range(mut self, range: Range) -> Self {
        let chroma = self.chroma.as_mut().map_or(&mut [][..], |chroma| chroma);
        self.range.change(range, &mut self.luma, chroma);
        Self { range, ..self }
    }
}

fn map(plane: &mut Raster, table: &[u8; 256]) {
    for sample in &mut plane.pixels {
        *sample = table[usize::from(*sample)];
    }
}

impl Range {
    /// Black, the steps to white, and those from one end of a difference to the other.
    fn ends(self) -> (f32, f32, f32) {
        match self {
            Self::Full => (0.0, 255.0, 255.0),
            Self::Video => (16.0, 219.0, 224.0),
        }
    }

    /// From this range to another.
    fn change(self, other: Self, luma: &mut Raster, chroma: &mut [Raster]) {
        if self != other {
            map(luma, &self.luma_to(other));
            let table = self.chroma_to(other);
            for plane in chroma {
                map(plane, &table);
            }
        }
    }

    fn luma_to(self, other: Self) -> [u8; 256] {
        let ((black, white, _), (other_black, other_white, _)) = (self.ends(), other.ends());
        table(|sample| (sample - black) * (other_white / white) + other_black)
    }

    fn chroma_to(self, other: Self) -> [u8; 256] {
        let ((.., most), (.., other_most)) = (self.ends(), other.ends());
        table(|sample| (sample - 128.0) * (other_most / most) + 128.0)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "256 numbers; `as` saturates"
)]
fn table(value: impl Fn(f32) -> f32) -> [u8; 256] {
    std::array::from_fn(|sample| (value(sample as f32) + 0.5) as u8)
}

/// One pixel of each plane's samples at a time.
fn interleaved<const N: usize>(
    layout: Layout,
    planes: &[Raster; N],
    convert: impl Fn([u8; N]) -> [u8; N],
) -> Raster {
    let mut raster = Raster::blank(planes[0].size, layout);
    let (pixels, _) = raster.pixels.as_chunks_mut::<N>();
    let planes = planes.each_ref().map(|plane| &plane.pixels[..pixels.len()]);
    for (x, pixel) in pixels.iter_mut().enumerate() {
        *pixel = convert(planes.map(|plane| plane[x]));
    }
    raster
}

/// ITU-R BT.601 at full range, with 16 bits of fraction (`build_ycc_rgb_table` of libjpeg-turbo). Whole multiples are
/// taken out of the factors 1.402 (91881), 0.71414 (46802) and 1.772 (116130): what is left fits 16 bits, which vector
/// code multiplies fast.
#[inline]
#[expect(clippy::cast_sign_loss, reason = "clamped")]
fn to_rgb([y, cb, cr]: [u8; 3]) -> [u8; 3] {
    const HALF: i32 = 1 << 15;
    let [y, cb, cr] = [i16::from(y), i16::from(cb) - 128, i16::from(cr) - 128];
    let part = |cb_factor: i16, cr_factor: i16| {
        let sum = i32::from(cb) * i32::from(cb_factor) + i32::from(cr) * i32::from(cr_factor);
        ((sum + HALF) >> 16) as i16
    };
    let red = y + cr + part(0, 26_345);
    let green = y - cr + part(-22_554, 18_734);
    let blue = y + 2 * cb + part(-14_942, 0);
    [red, green, blue].map(|level| level.clamp(0, 255) as u8)
}
