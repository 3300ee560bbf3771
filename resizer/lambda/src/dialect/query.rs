//! The query dialect: imgix's names and meanings.
//!
//! | parameter | takes | does |
//! | --- | --- | --- |
//! | `w` `h` | pixels, from 1 | the box |
//! | `fit` | `clip` `max` `crop` `min` `fill` `fillmax` `scale` | how image and box meet |
//! | `crop` | `top` `bottom` `left` `right`, or two with a comma | what `fit=crop` and `fit=min` keep |
//! | `dpr` | 0.1 to 5 | multiplies the box |
//! | `fm` | `jpg` `pjpg` `png` `webp` `avif` `gif` | the format |
//! | `auto` | `format` | the best format that `Accept` allows, unless `fm` is given |
//! | `q` | 1 to 100 | quality of lossy formats |
//! | `max-bytes` | bytes, from 1 | lowers the quality of lossy formats until the file fits |
//! | `bg` | `rrggbb` or `rgb` | what is behind transparency and around `fit=fill` |
//! | `rot` | 0, 90, 180, 270 | turns counter-clockwise |
//! | `flip` | `h` `v` `hv` | mirrors, before it is turned |
//! | `meta` | `none` | leaves out the copyright too, all that is kept of the original's metadata |
//!
//! `max-bytes` and `meta` are ours; imgix has neither.
//! It differs from imgix in one thing: without `fit` nothing is enlarged (there: `clip`, which
//! enlarges), because a URL must not make us compute pixels that nobody can see.

use resizer::{Color, Fit, Format, Gravity, Metadata, Rotation, Transform};

use crate::query_string::{self, Pairs};

/// Every parameter that means something. Caches keep these in their key and drop all others.
pub const PARAMETERS: [&str; 13] =
    ["auto", "bg", "crop", "dpr", "fit", "flip", "fm", "h", "max-bytes", "meta", "q", "rot", "w"];

/// Sent by imgix's own clients with every URL, and meaningless.
const NEVER_REPORTED: &str = "ixlib";

/// A value in a message is cut to this many characters.
const SHOWN_CHARACTERS_MAX: usize = 40;
/// As many ignored parameters are named.
const IGNORED_MAX: usize = 10;

/// A query, understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    pub transform: Transform,
    /// Whether the format shall follow from the `Accept` header.
    pub negotiated: bool,
}

/// Why a query is refused. The sentence says what would be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    #[error("{name} is given twice; give it once")]
    Repeated { name: String },
    #[error("{name}={value} is not understood; {name} is {expected}")]
    BadValue { name: String, value: String, expected: &'static str },
    #[error("{name} is not percent-encoded UTF-8; write it as encodeURIComponent does")]
    Undecodable { name: String },
}

/// Whether the answer depends on the `Accept` header. Asks nothing of the other parameters, so that
/// a refusal of theirs can say `Vary: Accept` too.
pub fn is_negotiated(pairs: &Pairs) -> bool {
    let mut autos = pairs.iter().filter(|(name, _)| name == "auto");
    let asked = autos.any(|(_, words)| words.split(',').any(|word| word == "format"));
    asked && !pairs.iter().any(|(name, _)| name == "fm")
}

/// What is not understood and has no effect: unknown parameters, and unknown words of `auto`.
/// The names are as safe in a header as they are in a URL.
pub fn ignored(pairs: &Pairs) -> Vec<String> {
    let words = |(name, value): &(String, String)| match name.as_str() {
        "auto" => words_not_known(value),
        known if PARAMETERS.contains(&known) || known == NEVER_REPORTED => Vec::new(),
        unknown => vec![query_string::escape(unknown)],
    };
    pairs.iter().flat_map(words).take(IGNORED_MAX).collect()
}

/// Reads a query.
pub fn parse(pairs: &Pairs) -> Result<Asked, QueryError> {
    let mut asked = Asked { negotiated: is_negotiated(pairs), ..Asked::default() };
    let mut scale = Scale::ONE;
    for (at, (name, value)) in pairs.iter().enumerate() {
        let known = PARAMETERS.contains(&name.as_str());
        if known && pairs[..at].iter().any(|(earlier, _)| earlier == name) {
            return Err(QueryError::Repeated { name: name.clone() });
        }
        match name.as_str() {
            "dpr" => scale = Scale::parse(value).ok_or_else(|| bad(name, value))?,
            "auto" => {}
            _ if known => set(&mut asked.transform, name, value).ok_or_else(|| bad(name, value))?,
            _ => {}
        }
    }
    asked.transform.width = asked.transform.width.map(|width| scale.of(width));
    asked.transform.height = asked.transform.height.map(|height| scale.of(height));
    asked.transform = asked.transform.simplified();
    Ok(asked)
}

/// Sets one parameter, or `None` where the value is not one that it takes.
fn set(transform: &mut Transform, name: &str, value: &str) -> Option<()> {
    match name {
        "w" => transform.width = Some(whole(value, 1..=u32::MAX)?),
        "h" => transform.height = Some(whole(value, 1..=u32::MAX)?),
        "q" => transform.quality = u8::try_from(whole(value, 1..=100)?).ok(),
        "max-bytes" => transform.bytes_max = Some(whole(value, 1..=u32::MAX)?),
        "fit" => (transform.fit, transform.enlarge) = fit(value)?,
        "crop" => transform.gravity = gravity(value)?,
        "fm" => transform.format = Some(format(value)?),
        "bg" => transform.background = Some(color(value)?),
        "rot" => transform.rotate = turned(transform.rotate, counter_clockwise(value)?)?,
        "flip" => (transform.flip, transform.rotate) = flipped(transform.rotate, value)?,
        "meta" => transform.metadata = (value == "none").then_some(Metadata::None)?,
        _ => return None,
    }
    Some(())
}

fn bad(name: &str, value: &str) -> QueryError {
    let expected = match name {
        "w" | "h" => "a whole number of pixels from 1",
        "q" => "a whole number from 1 to 100",
        "max-bytes" => "a whole number of bytes from 1",
        "meta" => "none, or left out",
        "fit" => "clip, max, crop, min, fill, fillmax or scale",
        "crop" => "top, bottom, left, right, or a corner such as top,left",
        "fm" => "jpg, pjpg, png, webp, avif or gif",
        "bg" => "a colour of six or three hexadecimal digits, such as ff8800",
        "rot" => "0, 90, 180 or 270 (degrees counter-clockwise)",
        "flip" => "h, v or hv",
        _ => "a number from 0.1 to 5 with at most two decimals",
    };
    let value = value.chars().take(SHOWN_CHARACTERS_MAX).collect();
    QueryError::BadValue { name: name.to_owned(), value, expected }
}

/// Digits only: Rust's own parser would also take a plus sign.
fn whole(text: &str, range: std::ops::RangeInclusive<u32>) -> Option<u32> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten().filter(|number| range.contains(number))
}

/// The fit, and whether it enlarges.
fn fit(value: &str) -> Option<(Fit, bool)> {
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

fn gravity(value: &str) -> Option<Gravity> {
    Some(match value {
        "top" => Gravity::North,
        "bottom" => Gravity::South,
        "left" => Gravity::West,
        "right" => Gravity::East,
        "top,left" | "left,top" => Gravity::NorthWest,
        "top,right" | "right,top" => Gravity::NorthEast,
        "bottom,left" | "left,bottom" => Gravity::SouthWest,
        "bottom,right" | "right,bottom" => Gravity::SouthEast,
        _ => return None,
    })
}

/// `pjpg` is imgix's progressive JPEG, which every JPEG here is free to be.
fn format(value: &str) -> Option<Format> {
    let name = if value == "pjpg" { "jpg" } else { value };
    name.parse().ok().filter(|format: &Format| format.is_rendered())
}

fn color(value: &str) -> Option<Color> {
    let digits = value.to_ascii_lowercase();
    let six =
        if digits.len() == 3 { digits.chars().flat_map(|c| [c, c]).collect() } else { digits };
    six.parse().ok()
}

fn counter_clockwise(value: &str) -> Option<Rotation> {
    let degrees = whole(value, 0..=359)?;
    Rotation::from_degrees(u16::try_from((360 - degrees) % 360).ok()?)
}

/// Upside down is left-right and a half turn.
fn flipped(rotate: Rotation, value: &str) -> Option<(bool, Rotation)> {
    match value {
        "h" => Some((true, rotate)),
        "v" => Some((true, turned(rotate, Rotation::Half)?)),
        "hv" => Some((false, turned(rotate, Rotation::Half)?)),
        _ => None,
    }
}

fn turned(first: Rotation, then: Rotation) -> Option<Rotation> {
    Rotation::from_degrees((first.degrees() + then.degrees()) % 360)
}

fn words_not_known(value: &str) -> Vec<String> {
    let unknown = value.split(',').filter(|word| !matches!(*word, "" | "format"));
    unknown.map(|word| format!("auto={}", query_string::escape(word))).collect()
}

/// A device pixel ratio in hundredths, so that sizes are rounded once and the same everywhere.
#[derive(Clone, Copy)]
struct Scale(u64);

impl Scale {
    const ONE: Self = Self(100);

    fn parse(text: &str) -> Option<Self> {
        let (ones, decimals) = text.split_once('.').unwrap_or((text, "0"));
        if decimals.is_empty() || decimals.len() > 2 {
            return None;
        }
        let hundredths = whole(&format!("{decimals:0<2}"), 0..=99)?;
        let scale = u64::from(whole(ones, 0..=5)? * 100 + hundredths);
        (10..=500).contains(&scale).then_some(Self(scale))
    }

    /// Rounded half up, at least 1.
    fn of(self, pixels: u32) -> u32 {
        let scaled = (u64::from(pixels) * self.0 + 50) / 100;
        u32::try_from(scaled).unwrap_or(u32::MAX).max(1)
    }
}

#[cfg(test)]
mod tests;
