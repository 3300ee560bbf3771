//! The part of an image that is asked for, before anything else is done with it.

use std::fmt;

use super::{Rect, Size};
use crate::decimal;

/// A part of the upright image; IIIF's words (Image API 3.0, 4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Region {
    /// In whole pixels; what lies outside the image is cut off.
    Pixels(Rect),
    /// In ten-thousandths of a percent of the image's width and height.
    Percent {
        /// Left edge.
        x: u32,
        /// Upper edge.
        y: u32,
        /// Of the image's width.
        width: u32,
        /// Of the image's height.
        height: u32,
    },
    /// As large as the shorter edge, in the middle.
    Square,
}

/// Decimals of a percentage.
const DECIMALS: usize = 4;
/// All of the image.
const WHOLE: u64 = 1_000_000;

impl Region {
    /// The region of a transform's text: `10_20_300_400`, `pct_10.5_0_50_50` or `square`.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "square" {
            return Some(Region::Square);
        }
        if let Some(percent) = text.strip_prefix("pct_") {
            let [x, y, width, height] = four(percent, DECIMALS)?;
            return Some(Region::Percent { x, y, width, height });
        }
        let [x, y, width, height] = four(text, 0)?;
        Some(Region::Pixels(Rect { x, y, width, height }))
    }

    /// Whether nothing can be in it, whatever the image.
    pub fn is_empty(self) -> bool {
        match self {
            Region::Pixels(Rect { width, height, .. }) | Region::Percent { width, height, .. } => {
                width == 0 || height == 0
            }
            Region::Square => false,
        }
    }

    /// Where it lies in an image of that size, or none where it lies outside.
    pub fn within(self, size: Size) -> Option<Rect> {
        let Size { width, height } = size;
        let rect = match self {
            Region::Pixels(rect) => rect,
            Region::Percent { x, y, width: w, height: h } => Rect {
                x: part(width, x),
                y: part(height, y),
                width: part(width, w).max(1),
                height: part(height, h).max(1),
            },
            Region::Square => {
                let edge = width.min(height);
                let (x, y) = ((width - edge) / 2, (height - edge) / 2);
                Rect { x, y, width: edge, height: edge }
            }
        };
        let (right, down) = (width.checked_sub(rect.x)?, height.checked_sub(rect.y)?);
        let inside = Rect { width: rect.width.min(right), height: rect.height.min(down), ..rect };
        (inside.width > 0 && inside.height > 0).then_some(inside)
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Region::Pixels(Rect { x, y, width, height }) => write!(f, "{x}_{y}_{width}_{height}"),
            Region::Percent { x, y, width, height } => {
                let [x, y, width, height] =
                    [x, y, width, height].map(|part| decimal::print(part, DECIMALS));
                write!(f, "pct_{x}_{y}_{width}_{height}")
            }
            Region::Square => f.write_str("square"),
        }
    }
}

fn four(text: &str, decimals: usize) -> Option<[u32; 4]> {
    let numbers: Option<Vec<u32>> =
        text.split('_').map(|number| decimal::parse(number, decimals)).collect();
    numbers?.try_into().ok()
}

/// So many parts of a million of `length`, rounded half up.
fn part(length: u32, millionths: u32) -> u32 {
    let scaled = (u64::from(length) * u64::from(millionths) + WHOLE / 2) / WHOLE;
    u32::try_from(scaled).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn within(text: &str) -> Option<(u32, u32, u32, u32)> {
        let rect = Region::parse(text).unwrap().within(Size { width: 200, height: 100 })?;
        Some((rect.x, rect.y, rect.width, rect.height))
    }

    #[test]
    fn regions_lie_where_iiif_says() {
        assert_eq!(within("10_20_30_40"), Some((10, 20, 30, 40)));
        assert_eq!(within("150_50_300_300"), Some((150, 50, 50, 50)), "cut at the image's edge");
        assert_eq!(within("200_0_1_1"), None, "beside the image");
        assert_eq!(within("0_100_1_1"), None, "below the image");
        assert_eq!(within("4294967295_0_4294967295_1"), None);
        assert_eq!(within("pct_25_25_50_50"), Some((50, 25, 100, 50)));
        assert_eq!(within("pct_0_0_0.0001_0.0001"), Some((0, 0, 1, 1)), "never nothing");
        assert_eq!(within("pct_90_0_50_200"), Some((180, 0, 20, 100)));
        assert_eq!(within("square"), Some((50, 0, 100, 100)));
    }

    #[test]
    fn one_region_has_one_text() {
        for text in ["10_20_30_40", "pct_10.5_0_33.3333_50", "square"] {
            assert_eq!(Region::parse(text).unwrap().to_string(), text);
        }
        for wrong in ["", "1_2_3", "1_2_3_4_5", "01_2_3_4", "pct_1.50_2_3_4", "pct", "1.5_2_3_4"] {
            assert_eq!(Region::parse(wrong), None, "{wrong}");
        }
    }
}
