//! The canonical text of a transform: `w=400,h=300,fit=cover,g=ne,fm=webp,q=80`.
//!
//! Keys in the order of the table in [`Transform::fmt`], defaults left out, characters from
//! `[a-z0-9=,]` only, so it is an S3 key and a URL segment as it stands. Nothing asked prints as `full`.
//! Parsing takes the keys in any order, each once.

use std::fmt;
use std::str::FromStr;

use super::{Fit, Metadata, Transform};
use crate::geometry::Gravity;
use crate::{Format, Rotation};

/// The text of the transform that asks for nothing.
const FULL: &str = "full";

/// The text, or the value, is no transform; the message says what would be one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransformError {
    /// A part without `=`, or empty.
    #[error("{part:?} is not of the form key=value; an example is w=400,fm=webp")]
    NotAPair {
        /// The part between commas.
        part: String,
    },
    /// A key outside the grammar.
    #[error(
        "{key:?} is not known; known are w, h, fit, g, enlarge, flip, rotate, bg, fm, q, bytes and meta"
    )]
    UnknownKey {
        /// The part before `=`.
        key: String,
    },
    /// A key given twice.
    #[error("{key} is given twice; give it once")]
    Repeated {
        /// The key.
        key: String,
    },
    /// A value that its key does not take.
    #[error("{key}={value} is not understood; {key} is {expected}")]
    BadValue {
        /// The key.
        key: String,
        /// The part after `=`.
        value: String,
        /// What the key takes.
        expected: &'static str,
    },
    /// Width or height 0.
    #[error("w and h are at least 1; leave out the one that shall follow from the other")]
    ZeroEdge,
    /// A budget of no bytes.
    #[error("bytes is at least 1; leave it out for a file of any size")]
    ZeroBytes,
    /// Quality outside 1..=100.
    #[error("q={quality} is out of range; q is 1 to 100")]
    QualityOutOfRange {
        /// As asked.
        quality: u8,
    },
    /// A format that is only read.
    #[error("fm={format} is not written; fm is jpg, png, webp, avif or gif")]
    FormatNotWritten {
        /// As asked.
        format: Format,
    },
}

impl fmt::Display for Transform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pairs = [
            ("w", self.width.map(|width| width.to_string())),
            ("h", self.height.map(|height| height.to_string())),
            ("fit", (self.fit != Fit::default()).then(|| self.fit.name().to_owned())),
            ("g", (self.gravity != Gravity::default()).then(|| self.gravity.name().to_owned())),
            ("enlarge", self.enlarge.then(|| "1".to_owned())),
            ("flip", self.flip.then(|| "1".to_owned())),
            ("rotate", (self.rotate != Rotation::None).then(|| self.rotate.degrees().to_string())),
            ("bg", self.background.map(|color| color.to_string())),
            ("fm", self.format.map(|format| format.to_string())),
            ("q", self.quality.map(|quality| quality.to_string())),
            ("bytes", self.bytes_max.map(|bytes| bytes.to_string())),
            ("meta", (self.metadata == Metadata::None).then(|| "none".to_owned())),
        ];
        let pairs = pairs.into_iter().filter_map(|(key, value)| Some(format!("{key}={}", value?)));
        let text = pairs.collect::<Vec<_>>().join(",");
        f.write_str(if text.is_empty() { FULL } else { &text })
    }
}

impl FromStr for Transform {
    type Err = TransformError;

    fn from_str(text: &str) -> Result<Self, TransformError> {
        let mut transform = Transform::default();
        if text == FULL {
            return Ok(transform);
        }
        let mut seen = Vec::new();
        for part in text.split(',') {
            let (key, value) = part
                .split_once('=')
                .ok_or_else(|| TransformError::NotAPair { part: part.to_owned() })?;
            if seen.contains(&key) {
                return Err(TransformError::Repeated { key: key.to_owned() });
            }
            seen.push(key);
            transform.set(key, value)?;
        }
        transform.validate()?;
        Ok(transform)
    }
}

impl Transform {
    fn set(&mut self, key: &str, value: &str) -> Result<(), TransformError> {
        let bad = |expected| TransformError::BadValue {
            key: key.to_owned(),
            value: value.to_owned(),
            expected,
        };
        let pixels = || number(value).ok_or_else(|| bad("a number of pixels from 1"));
        let switch = || (value == "1").then_some(true).ok_or_else(|| bad("1, or left out"));
        match key {
            "w" => self.width = Some(pixels()?),
            "h" => self.height = Some(pixels()?),
            "fit" => {
                self.fit = Fit::from_name(value)
                    .ok_or_else(|| bad("inside, outside, cover, contain or fill"))?;
            }
            "g" => {
                self.gravity = Gravity::from_name(value)
                    .ok_or_else(|| bad("center, n, ne, e, se, s, sw, w or nw"))?;
            }
            "enlarge" => self.enlarge = switch()?,
            "flip" => self.flip = switch()?,
            "rotate" => {
                self.rotate = number(value)
                    .and_then(Rotation::from_degrees)
                    .ok_or_else(|| bad("0, 90, 180 or 270 (degrees clockwise)"))?;
            }
            "bg" => {
                self.background = Some(
                    value
                        .parse()
                        .map_err(|_| bad("a colour as six digits, rrggbb in hexadecimal"))?,
                );
            }
            "fm" => {
                self.format = Some(value.parse().map_err(|_| bad("jpg, png, webp, avif or gif"))?)
            }
            "q" => self.quality = Some(number(value).ok_or_else(|| bad("1 to 100"))?),
            "bytes" => {
                self.bytes_max =
                    Some(number(value).ok_or_else(|| bad("a number of bytes from 1"))?);
            }
            "meta" => {
                self.metadata = (value == "none")
                    .then_some(Metadata::None)
                    .ok_or_else(|| bad("none, or left out"))?;
            }
            _ => {
                return Err(TransformError::UnknownKey { key: key.to_owned() });
            }
        }
        Ok(())
    }
}

/// Digits only: Rust's own parser would also take a plus sign, and leading zeros make two texts of one value.
fn number<T: FromStr>(text: &str) -> Option<T> {
    let canonical =
        text == "0" || (!text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit()));
    canonical.then(|| text.parse().ok()).flatten()
}

impl Fit {
    /// The word in a transform's text.
    pub fn name(self) -> &'static str {
        match self {
            Fit::Inside => "inside",
            Fit::Outside => "outside",
            Fit::Cover => "cover",
            Fit::Contain => "contain",
            Fit::Fill => "fill",
        }
    }

    /// The fit of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Fit::Inside, Fit::Outside, Fit::Cover, Fit::Contain, Fit::Fill]
            .into_iter()
            .find(|fit| fit.name() == name)
    }
}
