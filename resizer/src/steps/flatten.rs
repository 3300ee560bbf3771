//! Step: blend transparent pixels with the background.

use crate::Color;
use crate::raster::{Layout, Picture, multiply};

pub(crate) fn flatten(picture: Picture, background: Option<Color>) -> Picture {
    let Some(Color { rgb: [red, green, blue] }) = background else {
        return picture;
    };
    picture.map(|raster| {
        if raster.layout != Layout::Rgba {
            return raster;
        }
        raster
            .map(Layout::Rgb, |[r, g, b, a]| [over(r, red, a), over(g, green, a), over(b, blue, a)])
    })
}

/// Blends encoded values, not light, as browsers do behind a transparent image.
fn over(front: u8, behind: u8, alpha: u8) -> u8 {
    multiply(front, alpha).saturating_add(multiply(behind, 255 - alpha))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_are_exact_and_the_middle_is_between() {
        assert_eq!((over(10, 200, 255), over(10, 200, 0)), (10, 200));
        assert!(over(0, 255, 128).abs_diff(127) <= 1);
        assert_eq!(over(255, 255, 77), 255, "white over white stays white");
    }
}
