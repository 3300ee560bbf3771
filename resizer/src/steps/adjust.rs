//! Step: brightness, contrast and saturation, as CSS filters have them.

use crate::raster::{Layout, Picture, Raster};

/// Changes in percent, each from -100 to 100; 0 changes nothing.
///
/// Applied in this order, by the formulas of `brightness()`, `contrast()` and `saturate()` in W3C's Filter
/// Effects 1, chapter 7, on sRGB as it is stored: -100 gives black, mid-grey and grey; 100 doubles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Adjustment {
    /// Of the distance from black.
    pub brightness: i8,
    /// Of the distance from mid-grey.
    pub contrast: i8,
    /// Of the distance from the grey of the same brightness.
    pub saturation: i8,
}

impl Adjustment {
    const NONE: Self = Self { brightness: 0, contrast: 0, saturation: 0 };

    pub(crate) fn is_in_range(self) -> bool {
        [self.brightness, self.contrast, self.saturation].iter().all(|v| (-100..=100).contains(v))
    }

    /// A percentage of a transform's text.
    pub(crate) fn parse(text: &str) -> Option<i8> {
        let value: i8 = text.parse().ok()?;
        ((-100..=100).contains(&value) && value.to_string() == text).then_some(value)
    }
}

/// How far the weights of red, green and blue go into brightness (Filter Effects 1, `saturate()`).
const WEIGHTS: [f32; 3] = [0.213, 0.715, 0.072];

pub(crate) fn adjust(picture: Picture, adjustment: Adjustment) -> Picture {
    if adjustment == Adjustment::NONE {
        return picture;
    }
    let curve = curve(adjustment);
    let saturation = factor(adjustment.saturation);
    picture.map(|mut raster: Raster| {
        match raster.layout {
            Layout::Gray => {
                raster
                    .pixels
                    .iter_mut()
                    .for_each(|grey| *grey = rounded(curve[usize::from(*grey)]));
            }
            Layout::Rgb => each::<3>(&mut raster, &curve, saturation),
            Layout::Rgba | Layout::Cmyk => each::<4>(&mut raster, &curve, saturation),
        }
        raster
    })
}

fn each<const N: usize>(raster: &mut Raster, curve: &[f32; 256], saturation: f32) {
    let (pixels, _) = raster.pixels.as_chunks_mut::<N>();
    for pixel in pixels {
        let [r, g, b] = [0, 1, 2].map(|channel| curve[usize::from(pixel[channel])]);
        let grey = WEIGHTS[0] * r + WEIGHTS[1] * g + WEIGHTS[2] * b;
        for (channel, value) in [r, g, b].into_iter().enumerate() {
            pixel[channel] = rounded(grey + (value - grey) * saturation);
        }
    }
}

/// What brightness and contrast make of each value, within 0 to 255 after each.
fn curve(Adjustment { brightness, contrast, .. }: Adjustment) -> [f32; 256] {
    let (brightness, contrast) = (factor(brightness), factor(contrast));
    std::array::from_fn(|value| {
        let value = u8::try_from(value).map_or(255.0, f32::from);
        let bright = (value * brightness).clamp(0.0, 255.0);
        ((bright - 127.5) * contrast + 127.5).clamp(0.0, 255.0)
    })
}

fn factor(percent: i8) -> f32 {
    1.0 + f32::from(percent) / 100.0
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
fn rounded(value: f32) -> u8 {
    (value + 0.5) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Size;

    fn adjusted(
        layout: Layout,
        pixel: &[u8],
        brightness: i8,
        contrast: i8,
        saturation: i8,
    ) -> Vec<u8> {
        let size = Size { width: 1, height: 1 };
        let picture = Picture::still(Raster { size, layout, pixels: pixel.to_vec() }, None);
        let adjustment = Adjustment { brightness, contrast, saturation };
        adjust(picture, adjustment).frames.remove(0).raster.pixels
    }

    #[test]
    fn the_ends_are_those_of_css() {
        let pixel = [200, 100, 50, 7];
        assert_eq!(adjusted(Layout::Rgba, &pixel, -100, 0, 0), [0, 0, 0, 7]);
        assert_eq!(adjusted(Layout::Rgba, &pixel, 100, 0, 0), [255, 200, 100, 7]);
        assert_eq!(adjusted(Layout::Rgba, &pixel, 0, -100, 0), [128, 128, 128, 7]);
        assert_eq!(adjusted(Layout::Rgba, &pixel, 0, 100, 0), [255, 73, 0, 7]);
        // 0.213 x 200 + 0.715 x 100 + 0.072 x 50 = 117.7
        assert_eq!(adjusted(Layout::Rgba, &pixel, 0, 0, -100), [118, 118, 118, 7]);
        assert_eq!(adjusted(Layout::Gray, &[100], 50, 0, 100), [150]);
        assert_eq!(adjusted(Layout::Rgb, &pixel[..3], 0, 0, 0), pixel[..3]);
    }

    #[test]
    fn percentages_have_one_text() {
        assert_eq!(Adjustment::parse("-100"), Some(-100));
        for wrong in ["-101", "101", "+5", "05", "-0", ""] {
            assert_eq!(Adjustment::parse(wrong), None, "{wrong}");
        }
    }
}
