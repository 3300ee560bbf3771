//! The canonical text of a transform: `w=400,h=300,fit=cover,g=ne,fm=webp,q=80`.
//!
//! | key | value | does |
//! | --- | --- | --- |
//! | `orient` | 1 to 8 | how it was stored, as EXIF says it, whatever its EXIF says |
//! | `trim` | `10`, `10_ff0000` | cuts off borders that differ by at most so much from the corner or the colour |
//! | `region` | `x_y_w_h`, `pct_x_y_w_h`, `square` | takes this part |
//! | `w` `h` | pixels | the box |
//! | `fit` | `inside` `outside` `cover` `contain` `fill` | how image and box meet |
//! | `g` | `center`, `n` to `nw`, `fp_0.5_0.25`, `fp_0.5_0.25_2`, `smart` | what a cut keeps: a side, a point (drawn nearer), what draws the eye |
//! | `enlarge` `flip` | `1` | more pixels than the original has; left and right exchanged |
//! | `rotate` | `90` `180` `270` | clockwise |
//! | `bri` `con` `sat` | -100 to 100 | brightness, contrast, saturation in percent |
//! | `blur` | `0.3` to `250` | deviation of a Gaussian in pixels |
//! | `sharpen` | `100`, `100_1.5` | unsharp mask: percent and deviation |
//! | `pad` | `10`, `10_20_10_20` | pixels around |
//! | `mark` | an image, then `_nw` `_w25` `_o50` `_m10` | watermark: place, width and opacity in percent, margin |
//! | `radius` | pixels, `max` | rounded corners |
//! | `bg` | `rrggbb` | background |
//! | `tone` | `gray` `bitonal` `mono_rrggbb` | without colours, or in shades of one |
//! | `fm` | `jpg` `png` `webp` `avif` `gif` | format |
//! | `q` | 1 to 100 | quality of lossy formats |
//! | `bytes` | from 1 | lowers the quality of lossy formats until the file fits |
//! | `meta` | `none` | leaves out the copyright too |
//!
//! Keys are printed in this order, defaults left out, with characters from `[a-z0-9=,._-]` only, so it is an
//! S3 key and a URL segment as it stands. Nothing asked prints as `full`. Parsing takes the keys in any order,
//! each once. A value has one text; another spelling of it is refused.

use std::fmt;
use std::str::FromStr;

use super::{Fit, Metadata, Transform};
use crate::geometry::{Gravity, Region};
use crate::{
    Adjustment, Corners, Format, Mark, Orientation, Padding, Rotation, Sharpening, Sigma, Tone,
    Trim, decimal,
};

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
    #[error("{key:?} is not known; known are {}", KEYS.join(", "))]
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
    /// A region without width or height.
    #[error("a region is at least one pixel wide and high")]
    EmptyRegion,
    /// Brightness, contrast or saturation beyond 100 percent.
    #[error("bri, con and sat are -100 to 100")]
    AdjustmentOutOfRange,
    /// A watermark at no compass point, or with a width or an opacity outside 1 to 100 percent.
    #[error("a watermark lies at a compass point and is 1 to 100 percent wide and opaque")]
    MarkOutOfRange,
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

/// Every key, in the order in which they are printed.
const KEYS: [&str; 24] = [
    "orient", "trim", "region", "w", "h", "fit", "g", "enlarge", "flip", "rotate", "bri", "con",
    "sat", "blur", "sharpen", "pad", "mark", "radius", "bg", "tone", "fm", "q", "bytes", "meta",
];

/// What a key takes.
fn expected(key: &str) -> Option<&'static str> {
    Some(match key {
        "orient" => "1 to 8, as in EXIF",
        "trim" => "0 to 255, or with a colour such as 10_ffffff",
        "region" => "x_y_width_height in pixels, pct_x_y_width_height in percent, or square",
        "w" | "h" => "a number of pixels from 1",
        "fit" => "inside, outside, cover, contain or fill",
        "g" => "center, n, ne, e, se, s, sw, w, nw, smart, or fp_x_y as in fp_0.5_0.25",
        "enlarge" | "flip" => "1, or left out",
        "rotate" => "0, 90, 180 or 270 (degrees clockwise)",
        "bri" | "con" | "sat" => "a percentage from -100 to 100",
        "blur" => "0.3 to 250 with at most two decimals",
        "sharpen" => "1 to 500 (percent), or with a deviation of 0.3 to 10 such as 100_1.5",
        "pad" => "a number of pixels, or four from the top clockwise such as 10_20_10_20",
        "mark" => "an image, then what differs of _se, _w25, _o50, _m10",
        "radius" => "a number of pixels from 1, or max",
        "bg" => "a colour as six digits, rrggbb in hexadecimal",
        "tone" => "gray, bitonal, or mono_ with a colour such as mono_29c1f5",
        "fm" => "jpg, png, webp, avif or gif",
        "q" => "1 to 100",
        "bytes" => "a number of bytes from 1",
        "meta" => "none, or left out",
        _ => return None,
    })
}

impl fmt::Display for Transform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = Self::default();
        let values = [
            text(self.orient.map(Orientation::exif)),
            text(self.trim),
            text(self.region),
            text(self.width),
            text(self.height),
            unless(self.fit.name(), plain.fit.name()),
            unless(self.gravity, plain.gravity),
            unless(u8::from(self.enlarge), 0),
            unless(u8::from(self.flip), 0),
            unless(self.rotate.degrees(), 0),
            unless(self.adjust.brightness, 0),
            unless(self.adjust.contrast, 0),
            unless(self.adjust.saturation, 0),
            text(self.blur),
            text(self.sharpen),
            unless(self.padding, plain.padding),
            text(self.mark),
            text(self.corners),
            text(self.background),
            unless(self.tone, plain.tone),
            text(self.format),
            text(self.quality),
            text(self.bytes_max),
            (self.metadata == Metadata::None).then(|| "none".to_owned()),
        ];
        let pairs = KEYS.iter().zip(values);
        let pairs = pairs.filter_map(|(key, value)| Some(format!("{key}={}", value?)));
        let text = pairs.collect::<Vec<_>>().join(",");
        f.write_str(if text.is_empty() { FULL } else { &text })
    }
}

fn text(value: Option<impl ToString>) -> Option<String> {
    value.map(|value| value.to_string())
}

fn unless<T: PartialEq + ToString + Copy>(value: T, default: T) -> Option<String> {
    (value != default).then(|| value.to_string())
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
        let expected =
            expected(key).ok_or_else(|| TransformError::UnknownKey { key: key.to_owned() })?;
        self.read(key, value).ok_or_else(|| TransformError::BadValue {
            key: key.to_owned(),
            value: value.to_owned(),
            expected,
        })
    }

    /// Takes one value in, or `None` where it is not one that its key takes.
    fn read(&mut self, key: &str, value: &str) -> Option<()> {
        let number = || decimal::parse(value, 0);
        let switch = || (value == "1").then_some(true);
        match key {
            "orient" => self.orient = Some(Orientation::from_exif(u16::try_from(number()?).ok()?)?),
            "trim" => self.trim = Some(Trim::parse(value)?),
            "region" => self.region = Some(Region::parse(value)?),
            "w" => self.width = Some(number()?),
            "h" => self.height = Some(number()?),
            "fit" => self.fit = Fit::from_name(value)?,
            "g" => self.gravity = Gravity::parse(value)?,
            "enlarge" => self.enlarge = switch()?,
            "flip" => self.flip = switch()?,
            "rotate" => self.rotate = Rotation::from_degrees(u16::try_from(number()?).ok()?)?,
            "bri" => self.adjust.brightness = Adjustment::parse(value)?,
            "con" => self.adjust.contrast = Adjustment::parse(value)?,
            "sat" => self.adjust.saturation = Adjustment::parse(value)?,
            "blur" => self.blur = Some(Sigma::parse(value)?),
            "sharpen" => self.sharpen = Some(Sharpening::parse(value)?),
            "pad" => self.padding = Padding::parse(value)?,
            "mark" => self.mark = Some(Mark::parse(value)?),
            "radius" => self.corners = Some(Corners::parse(value)?),
            "bg" => self.background = Some(value.parse().ok()?),
            "tone" => self.tone = Tone::parse(value)?,
            "fm" => self.format = Some(value.parse().ok()?),
            "q" => self.quality = Some(u8::try_from(number()?).ok()?),
            "bytes" => self.bytes_max = Some(number()?),
            "meta" => self.metadata = (value == "none").then_some(Metadata::None)?,
            _ => return None,
        }
        Some(())
    }
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
