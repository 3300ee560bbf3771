//! Step: round the corners off.

use std::fmt;

use crate::decimal;
use crate::raster::{Picture, Raster, multiply};

/// The radius of rounded corners.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Corners {
    /// In pixels of the result, from 1; no more than half of its shorter edge has an effect.
    Radius(u32),
    /// Half of the shorter edge: of a square the circle is left.
    Max,
}

impl Corners {
    /// The value of a transform's text: pixels, or `max`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "max" => Some(Corners::Max),
            _ => decimal::parse(text, 0).filter(|radius| *radius > 0).map(Corners::Radius),
        }
    }
}

impl fmt::Display for Corners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Corners::Radius(pixels) => write!(f, "{pixels}"),
            Corners::Max => f.write_str("max"),
        }
    }
}

pub(crate) fn round(picture: Picture, corners: Option<Corners>) -> Picture {
    match corners {
        None => picture,
        Some(corners) => picture.map(|raster| rounded(raster, corners)),
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most half an edge")]
fn rounded(raster: Raster, corners: Corners) -> Raster {
    let (width, height) = (raster.size.width as usize, raster.size.height as usize);
    let half = f64::from(raster.size.width.min(raster.size.height)) / 2.0;
    let radius = match corners {
        Corners::Radius(pixels) => f64::from(pixels).min(half),
        Corners::Max => half,
    };
    let mut raster = raster.into_rgba();
    let (pixels, _) = raster.pixels.as_chunks_mut::<4>();
    let edge = radius.ceil() as usize;
    for y in 0..edge.min(height) {
        for x in 0..edge.min(width) {
            let coverage = coverage(x, y, radius);
            let (right, below) = (width - 1 - x, height - 1 - y);
            // On an odd edge the middle row or column is its own mirror image.
            let columns = [Some(x), (right >= edge).then_some(right)];
            let rows = [Some(y), (below >= edge).then_some(below)];
            for row in rows.into_iter().flatten() {
                for column in columns.into_iter().flatten() {
                    let alpha = &mut pixels[row * width + column][3];
                    *alpha = multiply(*alpha, coverage);
                }
            }
        }
    }
    raster
}

/// How much of a pixel lies within the circle around (`radius`, `radius`), of 255; its rim is taken as straight.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "edges are below 2^24, and `as` saturates"
)]
fn coverage(x: usize, y: usize, radius: f64) -> u8 {
    let away = |at: usize| (radius - (at as f64 + 0.5)).max(0.0);
    let inside = radius - away(x).hypot(away(y)) + 0.5;
    (inside.clamp(0.0, 1.0) * 255.0).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Size;
    use crate::raster::Layout;

    fn opacity(width: u32, height: u32, corners: Corners) -> Vec<u8> {
        let size = Size { width, height };
        let raster =
            Raster { size, layout: Layout::Gray, pixels: vec![9; (width * height) as usize] };
        rounded(raster, corners).pixels.as_chunks::<4>().0.iter().map(|[.., a]| *a).collect()
    }

    #[test]
    fn what_is_left_has_the_area_of_the_circle() {
        for edge in [1, 2, 7, 40, 41] {
            let area = f64::from(
                opacity(edge, edge, Corners::Max).iter().map(|a| u32::from(*a)).sum::<u32>(),
            ) / 255.0;
            let circle = std::f64::consts::PI * f64::from(edge * edge) / 4.0;
            assert!((area - circle).abs() < 0.25 + circle * 0.01, "{edge}: {area}, not {circle}");
        }
    }

    #[test]
    fn all_four_corners_are_alike_and_the_rest_stays() {
        let alpha = opacity(9, 5, Corners::Radius(2));
        let row = |y: usize| &alpha[y * 9..][..9];
        assert!(row(0)[0] < 128 && row(0)[2..7] == [255; 5]);
        assert_eq!(row(0), row(4));
        assert!(row(0).iter().eq(row(0).iter().rev()));
        assert_eq!(row(2), [255; 9]);
    }
}
