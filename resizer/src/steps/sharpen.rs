//! Step: unsharp mask.

use super::blur::{Sigma, gaussian};
use crate::decimal;
use crate::raster::{Layout, Picture, Raster};

/// How much of an image's fine detail is added to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sharpening {
    percent: u32,
    sigma: Sigma,
}

/// Detail is what a blur of one pixel takes away.
const SIGMA_DEFAULT_HUNDREDTHS: u32 = 100;

impl Sharpening {
    /// An amount of 1 to 500 percent, and detail of up to 10 pixels.
    pub fn new(percent: u32, sigma_hundredths: u32) -> Option<Self> {
        let sigma =
            Sigma::from_hundredths(sigma_hundredths).filter(|_| sigma_hundredths <= 1000)?;
        (1..=500).contains(&percent).then_some(Self { percent, sigma })
    }

    /// The value of a transform's text: `100` or, with the deviation, `100_1.5`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (percent, sigma) = match text.split_once('_') {
            None => (text, SIGMA_DEFAULT_HUNDREDTHS),
            Some((percent, sigma)) => {
                let hundredths = Sigma::parse(sigma)?.hundredths();
                (percent, (hundredths != SIGMA_DEFAULT_HUNDREDTHS).then_some(hundredths)?)
            }
        };
        Self::new(decimal::parse(percent, 0)?, sigma)
    }
}

impl std::fmt::Display for Sharpening {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.percent)?;
        match self.sigma.hundredths() {
            SIGMA_DEFAULT_HUNDREDTHS => Ok(()),
            _ => write!(f, "_{}", self.sigma),
        }
    }
}

pub(crate) fn sharpen(picture: Picture, sharpening: Option<Sharpening>) -> Picture {
    match sharpening {
        None => picture,
        Some(sharpening) => picture.map(|raster| sharpened(raster, sharpening)),
    }
}

/// Only brightness is sharpened, or edges between colours would get coloured fringes.
#[expect(clippy::cast_precision_loss, reason = "at most 500")]
fn sharpened(mut raster: Raster, Sharpening { percent, sigma }: Sharpening) -> Raster {
    let sharp = brightness(&raster);
    let soft = match raster.layout {
        // Opacity has to be there when it is blurred, or invisible colours would bleed.
        Layout::Rgba => brightness(&gaussian(&raster, sigma.pixels())),
        _ => gaussian(&sharp, sigma.pixels()),
    };
    let amount = percent as f32 / 100.0;
    let detail = sharp.pixels.iter().zip(&soft.pixels);
    let added = detail.map(|(sharp, soft)| amount * (f32::from(*sharp) - f32::from(*soft)));
    let colors = match raster.layout {
        Layout::Gray => 1,
        _ => 3,
    };
    for (pixel, added) in raster.pixels.chunks_exact_mut(raster.layout.channels()).zip(added) {
        pixel.iter_mut().take(colors).for_each(|color| *color = plus(*color, added));
    }
    raster
}

/// Luma by ITU-R BT.601, as JPEG stores it.
fn brightness(raster: &Raster) -> Raster {
    let luma = |r: u8, g: u8, b: u8| {
        let sum = 299 * u32::from(r) + 587 * u32::from(g) + 114 * u32::from(b) + 500;
        u8::try_from(sum / 1000).unwrap_or(u8::MAX)
    };
    match raster.layout {
        Layout::Gray => raster.clone(),
        Layout::Rgb => raster.map(Layout::Gray, |[r, g, b]| [luma(r, g, b)]),
        Layout::Rgba | Layout::Cmyk => raster.map(Layout::Gray, |[r, g, b, _]| [luma(r, g, b)]),
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
fn plus(value: u8, added: f32) -> u8 {
    (f32::from(value) + added + 0.5) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Size;

    #[test]
    fn an_edge_overshoots_by_what_the_blur_took() {
        let row: Vec<u8> =
            [[100, 100, 100], [150, 150, 150]].iter().flat_map(|p| p.repeat(10)).collect();
        let raster =
            Raster { size: Size { width: 20, height: 1 }, layout: Layout::Rgb, pixels: row };
        let sharp = sharpened(raster, Sharpening::new(100, 100).unwrap()).pixels;
        // Beside a step of 50 a Gaussian of deviation 1 in whole pixels leaves 0.3 of the step.
        assert_eq!(sharp[9 * 3], 85);
        assert_eq!(sharp[10 * 3], 165);
        assert_eq!([sharp[0], sharp[19 * 3]], [100, 150], "what is even stays");
    }

    #[test]
    fn one_value_has_one_text() {
        for text in ["100", "1_0.3", "500_10"] {
            assert_eq!(Sharpening::parse(text).unwrap().to_string(), text);
        }
        for wrong in ["0", "501", "100_1", "100_0.2", "100_10.01", "", "_2"] {
            assert_eq!(Sharpening::parse(wrong), None, "{wrong}");
        }
    }
}
