//! The values of single parameters. Each function answers `None` where the text is no value.

use resizer::{
    Color, Fit, Format, Gravity, Orientation, Rect, Region, Rotation, Sharpening, Sigma, Tone,
};

use super::edges::Ratio;
use crate::dialect::numbers::{fixed, whole};

/// A percentage from -100 to 100.
pub(super) fn percentage(text: &str) -> Option<i8> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    i8::try_from(whole(digits, 0..=100)?).ok().map(|percent| sign * percent)
}

/// The fit, and whether it enlarges.
pub(super) fn fit(value: &str) -> Option<(Fit, bool)> {
    Some(match value {
        "clip" => (Fit::Inside, true),
        "max" => (Fit::Inside, false),
        "crop" => (Fit::Cover, true),
        "min" => (Fit::Cover, false),
        "fill" => (Fit::Contain, true),
        "fillmax" => (Fit::Contain, false),
        "scale" => (Fit::Fill, true),
        _ => return None,
    })
}

/// Sides in any order, each axis once: `top`, `bottom,right`.
pub(super) fn compass(value: &str) -> Option<Gravity> {
    let (mut vertical, mut horizontal) = (None, None);
    for word in value.split(',') {
        let axis = match word {
            "top" | "middle" | "bottom" => &mut vertical,
            "left" | "center" | "right" => &mut horizontal,
            _ => return None,
        };
        if axis.replace(word).is_some() {
            return None;
        }
    }
    Some(match (vertical.unwrap_or("middle"), horizontal.unwrap_or("center")) {
        ("top", "left") => Gravity::NorthWest,
        ("top", "right") => Gravity::NorthEast,
        ("top", _) => Gravity::North,
        ("bottom", "left") => Gravity::SouthWest,
        ("bottom", "right") => Gravity::SouthEast,
        ("bottom", _) => Gravity::South,
        (_, "left") => Gravity::West,
        (_, "right") => Gravity::East,
        _ => Gravity::Center,
    })
}

/// What imgix finds by faces, entropy or edges is found here by what draws the eye.
pub(super) fn draws_the_eye(value: &str) -> bool {
    matches!(value, "faces" | "entropy" | "edges")
}

/// `x,y,width,height` in pixels of the original.
pub(super) fn rect(value: &str) -> Option<Region> {
    let numbers: Option<Vec<u32>> =
        value.split(',').map(|number| whole(number, 0..=u32::MAX)).collect();
    let [x, y, width, height] = numbers?.try_into().ok()?;
    (width > 0 && height > 0).then_some(Region::Pixels(Rect { x, y, width, height }))
}

/// imgix's strength of 0 to 2000 as a deviation: ten are a pixel. 0 blurs nothing.
pub(super) fn blur(strength: u32) -> Option<Sigma> {
    (strength > 0).then(|| Sigma::from_hundredths((strength * 10).max(30)))?
}

/// Percent of an unsharp mask. 0 sharpens nothing.
pub(super) fn sharp(percent: u32) -> Option<Sharpening> {
    Sharpening::new(percent, 100)
}

pub(super) fn tone(value: &str) -> Option<Tone> {
    Tone::parse(value).filter(|tone| matches!(tone, Tone::Gray | Tone::Bitonal))
}

/// `pjpg` is imgix's progressive JPEG, which every JPEG here is free to be.
pub(super) fn format(value: &str) -> Option<Format> {
    let name = if value == "pjpg" { "jpg" } else { value };
    name.parse().ok().filter(|format: &Format| format.is_rendered())
}

pub(super) fn color(value: &str) -> Option<Color> {
    let digits = value.to_ascii_lowercase();
    let six =
        if digits.len() == 3 { digits.chars().flat_map(|c| [c, c]).collect() } else { digits };
    six.parse().ok()
}

/// EXIF's number, or degrees as their clockwise names for three of these.
pub(super) fn orient(value: &str) -> Option<Orientation> {
    let number = match value {
        "90" => 6,
        "180" => 3,
        "270" => 8,
        _ => u16::try_from(whole(value, 1..=8)?).ok()?,
    };
    Orientation::from_exif(number)
}

/// `width:height`, each with up to two decimals.
pub(super) fn ratio(value: &str) -> Option<Ratio> {
    let (width, height) = value.split_once(':')?;
    let part = |text| fixed(text, 2, 1..=1_000_000);
    Some(Ratio { width: part(width)?, height: part(height)? })
}

/// Brightness in shades of a colour.
pub(super) fn mono(value: &str) -> Option<Tone> {
    color(value).map(Tone::Mono)
}

pub(super) fn counter_clockwise(value: &str) -> Option<Rotation> {
    let degrees = whole(value, 0..=359)?;
    Rotation::from_degrees(u16::try_from((360 - degrees) % 360).ok()?)
}

/// Upside down is left-right and a half turn.
pub(super) fn flipped(rotate: Rotation, value: &str) -> Option<(bool, Rotation)> {
    match value {
        "h" => Some((true, rotate)),
        "v" => Some((true, turned(rotate, Rotation::Half)?)),
        "hv" => Some((false, turned(rotate, Rotation::Half)?)),
        _ => None,
    }
}

pub(super) fn turned(first: Rotation, then: Rotation) -> Option<Rotation> {
    Rotation::from_degrees((first.degrees() + then.degrees()) % 360)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_come_in_any_order_each_axis_once() {
        assert_eq!(compass("right,top"), Some(Gravity::NorthEast));
        assert_eq!(compass("middle"), Some(Gravity::Center));
        assert_eq!(compass("top,bottom"), None);
        assert_eq!(compass("top,"), None);
    }
}
