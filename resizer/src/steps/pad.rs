//! Step: lay the image on a larger canvas, as `fit=contain` and padding ask.

use std::fmt;

use crate::decimal;
use crate::raster::{Layout, Picture, Raster};
use crate::{Plan, Size};

/// Pixels of background around the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[expect(missing_docs, reason = "edges need no words")]
pub struct Padding {
    pub top: u32,
    pub right: u32,
    pub bottom: u32,
    pub left: u32,
}

impl Padding {
    /// The same on all edges.
    pub fn even(pixels: u32) -> Self {
        Self { top: pixels, right: pixels, bottom: pixels, left: pixels }
    }

    /// The value of a transform's text: `10` on all edges, or `10_20_10_20` from the top clockwise.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let pixels: Option<Vec<u32>> =
            text.split('_').map(|edge| decimal::parse(edge, 0)).collect();
        let padding = match pixels?[..] {
            [all] => Self::even(all),
            [top, right, bottom, left] => Self { top, right, bottom, left },
            _ => return None,
        };
        (padding.to_string() == text && padding != Self::default()).then_some(padding)
    }
}

impl fmt::Display for Padding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { top, right, bottom, left } = *self;
        if *self == Self::even(top) {
            return write!(f, "{top}");
        }
        write!(f, "{top}_{right}_{bottom}_{left}")
    }
}

pub(crate) fn pad(picture: Picture, plan: &Plan) -> Picture {
    let (canvas, (x, y)) = (plan.geometry.canvas, plan.geometry.offset);
    picture.map(|raster| if raster.size == canvas { raster } else { laid(raster, canvas, x, y) })
}

/// Around the image lies nothing; a later step puts the background there.
fn laid(raster: Raster, size: Size, x: u32, y: u32) -> Raster {
    let image = raster.into_rgba();
    let mut canvas = Raster::blank(size, Layout::Rgba);
    let (stride, x) = (canvas.stride(), x as usize * Layout::Rgba.channels());
    let rows = canvas.pixels.chunks_exact_mut(stride).skip(y as usize);
    for (row, line) in rows.zip(image.pixels.chunks_exact(image.stride())) {
        row[x..x + line.len()].copy_from_slice(line);
    }
    canvas
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_padding_has_one_text() {
        for text in ["10", "10_20_10_20", "0_0_0_1"] {
            assert_eq!(Padding::parse(text).unwrap().to_string(), text);
        }
        for wrong in ["0", "10_10_10_10", "1_2", "-1", "", "1_2_3_4_5", "01"] {
            assert_eq!(Padding::parse(wrong), None, "{wrong}");
        }
    }
}
