//! Step: without colours, in shades of one, or in black and white alone; IIIF's qualities `gray` and `bitonal`.

use std::fmt;
use std::sync::LazyLock;

use crate::Color;
use crate::raster::{Layout, Picture, Raster};

/// What is left of the colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Tone {
    /// All of them.
    #[default]
    Color,
    /// Brightness.
    Gray,
    /// Black below half of the brightness, white from there.
    Bitonal,
    /// Brightness from black over this colour to white.
    Mono(Color),
}

/// Before a colour in a transform's text.
const MONO: &str = "mono_";

/// The word in a transform's text.
impl fmt::Display for Tone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Tone::Color => f.write_str("color"),
            Tone::Gray => f.write_str("gray"),
            Tone::Bitonal => f.write_str("bitonal"),
            Tone::Mono(color) => write!(f, "{MONO}{color}"),
        }
    }
}

impl Tone {
    /// The tone of that word.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "color" => Some(Tone::Color),
            "gray" => Some(Tone::Gray),
            "bitonal" => Some(Tone::Bitonal),
            _ => word.strip_prefix(MONO)?.parse().ok().map(Tone::Mono),
        }
    }
}

pub(crate) fn tone(picture: Picture, tone: Tone) -> Picture {
    match tone {
        Tone::Color => picture,
        Tone::Gray => picture.map(|raster| gray(&raster, |brightness| brightness)),
        Tone::Bitonal => picture.map(|raster| gray(&raster, |b| if b < 128 { 0 } else { 255 })),
        Tone::Mono(color) => {
            let shades: [[u8; 3]; 256] = std::array::from_fn(|brightness| {
                shade(color, u8::try_from(brightness).unwrap_or(u8::MAX))
            });
            picture.map(|raster| mono(&raster, &shades))
        }
    }
}

/// Straight from black to the colour at half of the brightness, and on to white.
fn shade(color: Color, brightness: u8) -> [u8; 3] {
    let brightness = u32::from(brightness);
    color.rgb.map(|level| {
        let level = u32::from(level);
        let shade = match brightness {
            0..=127 => (level * brightness + 64) / 128,
            _ => level + ((255 - level) * (brightness - 128) + 63) / 127,
        };
        u8::try_from(shade).unwrap_or(u8::MAX)
    })
}

fn mono(raster: &Raster, shades: &[[u8; 3]; 256]) -> Raster {
    let shade = |brightness: u8| shades[usize::from(brightness)];
    match raster.layout {
        Layout::Gray => raster.map(Layout::Rgb, |[grey]| shade(grey)),
        Layout::Rgb => raster.map(Layout::Rgb, |[r, g, b]| shade(brightness(r, g, b))),
        Layout::Rgba | Layout::Cmyk => raster.map(Layout::Rgba, |[r, g, b, a]| {
            let [red, green, blue] = shade(brightness(r, g, b));
            [red, green, blue, a]
        }),
    }
}

fn gray(raster: &Raster, shade: impl Fn(u8) -> u8) -> Raster {
    match raster.layout {
        Layout::Gray => raster.map(Layout::Gray, |[grey]| [shade(grey)]),
        Layout::Rgb => raster.map(Layout::Gray, |[r, g, b]| [shade(brightness(r, g, b))]),
        Layout::Rgba | Layout::Cmyk => raster.map(Layout::Rgba, |[r, g, b, a]| {
            let grey = shade(brightness(r, g, b));
            [grey, grey, grey, a]
        }),
    }
}

/// Brightness of sRGB in sRGB: the light of the three added (IEC 61966-2-1), not their stored values, by which
/// a pure blue would come out too dark.
fn brightness(r: u8, g: u8, b: u8) -> u8 {
    let light = &*LIGHT;
    let [r, g, b] = [r, g, b].map(|value| light[usize::from(value)]);
    // 0.2126, 0.7152 and 0.0722 of 2^16.
    let sum = (u64::from(r) * 13_933 + u64::from(g) * 46_871 + u64::from(b) * 4_732) >> 16;
    let above = light.partition_point(|level| u64::from(*level) <= sum);
    let distance = |at: usize| light.get(at).map(|level| sum.abs_diff((*level).into()));
    let nearest = match (above.checked_sub(1).and_then(distance), distance(above)) {
        (Some(below), Some(over)) if over < below => above,
        _ => above.saturating_sub(1),
    };
    u8::try_from(nearest).unwrap_or(u8::MAX)
}

/// The light of each stored value.
static LIGHT: LazyLock<[u32; 256]> = LazyLock::new(|| {
    std::array::from_fn(|value| {
        let value = u8::try_from(value).map_or(1.0, |value| f64::from(value) / 255.0);
        let light =
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) };
        quantized(light)
    })
});

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 2^24")]
fn quantized(light: f64) -> u32 {
    (light * 16_777_216.0).round() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grey_keeps_its_value() {
        for value in 0..=255 {
            assert_eq!(brightness(value, value, value), value);
        }
    }

    #[test]
    fn shades_go_from_black_over_the_colour_to_white() {
        let color = Color { rgb: [41, 193, 245] };
        assert_eq!(shade(color, 0), [0; 3]);
        assert_eq!(shade(color, 128), [41, 193, 245]);
        assert_eq!(shade(color, 255), [255; 3]);
        assert_eq!(shade(color, 64), [21, 97, 123]);
    }

    #[test]
    fn light_is_added_not_stored_values() {
        // 0.2126, 0.7152 and 0.0722 of the light are 127, 220 and 76 in sRGB.
        let [red, green, blue] =
            [brightness(255, 0, 0), brightness(0, 255, 0), brightness(0, 0, 255)];
        assert!(
            red.abs_diff(127) <= 1 && green.abs_diff(220) <= 1 && blue.abs_diff(76) <= 1,
            "{red} {green} {blue}"
        );
    }
}
