//! Step: without colours, or in black and white alone; IIIF's qualities `gray` and `bitonal`.

use std::sync::LazyLock;

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
}

impl Tone {
    /// The word in a transform's text.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Tone::Color => "color",
            Tone::Gray => "gray",
            Tone::Bitonal => "bitonal",
        }
    }

    /// The tone of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Tone::Color, Tone::Gray, Tone::Bitonal].into_iter().find(|tone| tone.name() == name)
    }
}

pub(crate) fn tone(picture: Picture, tone: Tone) -> Picture {
    match tone {
        Tone::Color => picture,
        Tone::Gray => picture.map(|raster| gray(&raster, |brightness| brightness)),
        Tone::Bitonal => picture.map(|raster| gray(&raster, |b| if b < 128 { 0 } else { 255 })),
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
