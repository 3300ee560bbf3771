//! The query dialect: imgix's names and meanings.
//!
//! | parameter | takes | does |
//! | --- | --- | --- |
//! | `w` `h` | pixels, from 1 | the box |
//! | `ar` | `width:height` | the edge of the box that is not given |
//! | `max-w` `min-w` `max-h` `min-h` | pixels | bounds of an edge that follows from the original |
//! | `dpr` | 0.1 to 5 | multiplies the box, its bounds, padding and radius |
//! | `fit` | `clip` `max` `crop` `min` `fill` `fillmax` `scale` | how image and box meet |
//! | `crop` | `top` `middle` `bottom` `left` `center` `right`, or two with a comma; `focalpoint`; `faces` `entropy` `edges` | what `fit=crop` and `fit=min` keep |
//! | `fp-x` `fp-y` `fp-z` | 0 to 1, and 1 to 10 | the focal point, and how near it is drawn |
//! | `rect` | `x,y,w,h` | takes this part of the original |
//! | `trim` `trim-tol` `trim-color` | `auto` or `color`; 0 to 255; a colour | cuts off even borders |
//! | `orient` `or` | 1 to 8, 90, 180, 270 | how it was stored, whatever its EXIF says |
//! | `rot` | 0, 90, 180, 270 | turns counter-clockwise |
//! | `flip` | `h` `v` `hv` | mirrors, before it is turned |
//! | `bri` `con` `sat` | -100 to 100 | brightness, contrast, saturation |
//! | `blur` | 0 to 2000 | blurs, ten for a pixel of deviation |
//! | `sharp` | 0 to 100 | sharpens, in percent of an unsharp mask |
//! | `pad` | pixels | background within the box, along its edges |
//! | `border-radius` | pixels, or `max` | rounded corners |
//! | `mark` `mark-align` `mark-scale` `mark-alpha` `mark-pad` | an image of this customer; sides; percent of the width; percent; pixels | watermark |
//! | `bg` | `rrggbb` or `rgb` | what is behind transparency, around `fit=fill` and in the padding |
//! | `mono` | a colour | brightness in shades of it |
//! | `tone` | `gray` `bitonal` | takes the colours away |
//! | `fm` | `jpg` `pjpg` `png` `webp` `avif` `gif` | the format |
//! | `auto` | `format` | the best format that `Accept` allows, unless `fm` is given |
//! | `q` | 1 to 100 | quality of lossy formats |
//! | `max-bytes` | bytes, from 1 | lowers the quality of lossy formats until the file fits |
//! | `preset` | a name | the customer's query string of this name |
//! | `explain` | `1` | what the URL comes to, as JSON, in place of the image |
//! | `meta` | `none` | leaves out the copyright too, all that is kept of the original's metadata |
//!
//! It differs from imgix: without `fit` nothing is enlarged (there: `clip`, which enlarges), because a URL
//! must not make us compute pixels that nobody can see. `faces`, `entropy` and `edges` are one search for what
//! draws the eye. A watermark is an image of the same customer, not a URL. `tone`, `max-bytes`, `meta`, `preset` and
//! `explain` are ours.

mod edges;
pub mod preset;
mod reading;
mod values;

use edges::Bounds;
use reading::Reading;
use resizer::{Size, Transform};

use crate::query_string::{self, Pairs};

/// Every parameter that means something. Caches keep these in their key and drop all others.
pub const PARAMETERS: [&str; 43] = [
    "ar",
    "auto",
    "bg",
    "blur",
    "border-radius",
    "bri",
    "con",
    "crop",
    "dpr",
    EXPLAIN,
    "fit",
    "flip",
    "fm",
    "fp-x",
    "fp-y",
    "fp-z",
    "h",
    "mark",
    "mark-align",
    "mark-alpha",
    "mark-pad",
    "mark-scale",
    "max-bytes",
    "max-h",
    "max-w",
    "meta",
    "min-h",
    "min-w",
    "mono",
    "or",
    "orient",
    "pad",
    PRESET,
    "q",
    "rect",
    "rot",
    "sat",
    "sharp",
    "tone",
    "trim",
    "trim-color",
    "trim-tol",
    "w",
];

/// Names a query string of the customer's.
pub const PRESET: &str = "preset";
/// Asks for what a URL comes to, in place of the image.
pub(crate) const EXPLAIN: &str = "explain";
/// Sent by imgix's own clients with every URL, and meaningless.
pub const NEVER_REPORTED: &str = "ixlib";

/// A value in a message is cut to this many characters.
const SHOWN_CHARACTERS_MAX: usize = 40;
/// As many ignored parameters are named.
const IGNORED_MAX: usize = 10;

/// A query, understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    transform: Transform,
    bounds: Option<Bounds>,
    /// Whether the format shall follow from the `Accept` header.
    pub negotiated: bool,
    /// Whether what the URL comes to is wanted in place of the image.
    pub(crate) explained: bool,
}

impl Asked {
    /// The transform for an original of this size, lying upright; where it is to be trimmed, as if it were not.
    pub fn transform(&self, upright: Size) -> Transform {
        let mut transform = self.transform;
        if let Some(bounds) = &self.bounds {
            bounds.bind(&mut transform, upright);
        }
        transform.simplified()
    }
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
    #[error("{name} means nothing here; leave it out")]
    Unknown { name: String },
    #[error("there is no preset {name:?}; ask whoever runs the customer's account for the names")]
    NoSuchPreset { name: String },
    #[error("URLs of this customer's images say preset=NAME and nothing else")]
    PresetsOnly,
    #[error("{name} may not be given in URLs of this customer's images; {allowed} may")]
    NotAllowed { name: String, allowed: String },
}

/// Whether the answer depends on the `Accept` header, or may: what a preset says is its customer's. Asks nothing of the other parameters, so that
/// a refusal of theirs can say `Vary: Accept` too.
pub fn is_negotiated(pairs: &Pairs) -> bool {
    let asks = |(name, value): &(String, String)| match name.as_str() {
        "auto" => value.split(',').any(|word| word == "format"),
        name => name == PRESET,
    };
    pairs.iter().any(asks) && !pairs.iter().any(|(name, _)| name == "fm")
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

/// Whether a parameter says something of the URL itself and nothing of the image.
fn is_about_the_url(name: &str) -> bool {
    [EXPLAIN, PRESET].contains(&name)
}

/// Reads a query whose preset, if it names one, has been expanded.
pub fn parse(pairs: &Pairs) -> Result<Asked, QueryError> {
    let mut reading = Reading::default();
    for (at, (name, value)) in pairs.iter().enumerate() {
        if !PARAMETERS.contains(&name.as_str()) {
            continue;
        }
        if pairs[..at].iter().any(|(earlier, _)| earlier == name) {
            return Err(QueryError::Repeated { name: name.clone() });
        }
        reading.set(name, value).ok_or_else(|| bad(name, value))?;
    }
    let (transform, bounds) = reading.finish();
    let explained = pairs.iter().any(|(name, _)| name == EXPLAIN);
    Ok(Asked { transform, bounds, negotiated: is_negotiated(pairs), explained })
}

fn bad(name: &str, value: &str) -> QueryError {
    let expected = match name {
        "explain" => "1, or left out",
        "max-bytes" => "a whole number of bytes from 1",
        "meta" => "none, or left out",
        "w" | "h" | "min-w" | "max-w" | "min-h" | "max-h" => "a whole number of pixels from 1",
        "ar" => "width:height, such as 16:9 or 1.91:1",
        "or" | "orient" => "1 to 8 as in EXIF, 90, 180 or 270",
        "pad" | "mark-pad" => "a whole number of pixels",
        "border-radius" => "a whole number of pixels from 1, or max",
        "q" | "mark-scale" => "a whole number from 1 to 100",
        "fit" => "clip, max, crop, min, fill, fillmax or scale",
        "crop" => {
            "top, bottom, left, right, a corner such as top,left, focalpoint, faces, entropy or edges"
        }
        "mark-align" => "top, middle, bottom, left, center, right, or a corner such as top,left",
        "fp-x" | "fp-y" => "a number from 0 to 1",
        "fp-z" => "a number from 1 to 10",
        "rect" => "x,y,width,height in pixels, such as 10,20,300,400",
        "trim" => "auto or color",
        "trim-tol" => "a whole number from 0 to 255",
        "fm" => "jpg, pjpg, png, webp, avif or gif",
        "bg" | "mono" | "trim-color" => {
            "a colour of six or three hexadecimal digits, such as ff8800"
        }
        "rot" => "0, 90, 180 or 270 (degrees counter-clockwise)",
        "flip" => "h, v or hv",
        "bri" | "con" | "sat" => "a whole number from -100 to 100",
        "blur" => "a whole number from 0 to 2000",
        "sharp" | "mark-alpha" => "a whole number from 0 to 100",
        "mark" => "the id of an image, 32 characters of a-z and 2-7",
        "tone" => "gray or bitonal",
        _ => "a number from 0.1 to 5",
    };
    let value = value.chars().take(SHOWN_CHARACTERS_MAX).collect();
    QueryError::BadValue { name: name.to_owned(), value, expected }
}

fn words_not_known(value: &str) -> Vec<String> {
    let unknown = value.split(',').filter(|word| !matches!(*word, "" | "format"));
    unknown.map(|word| format!("auto={}", query_string::escape(word))).collect()
}

#[cfg(test)]
mod tests;
