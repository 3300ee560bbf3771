//! The dialect of the IIIF Image API 3.0: `{region}/{size}/{rotation}/{quality}.{format}`.
//!
//! | part | takes |
//! | --- | --- |
//! | region | `full` `square` `x,y,w,h` `pct:x,y,w,h` |
//! | size | `max` `w,` `,h` `pct:n` `w,h` `!w,h`, each behind `^` where it may enlarge |
//! | rotation | 0, 90, 180, 270 clockwise, behind `!` where it is mirrored first |
//! | quality | `default` `color` `gray` `bitonal` |
//! | format | `jpg` `png` `webp` `gif` `avif` |
//!
//! It differs from the standard (<https://iiif.io/api/image/3.0/#4-image-requests>) where the standard's own validator
//! does: `!w,h` around the whole region is refused without `^` and not answered with less, and `^max` is `max`: nothing
//! is enlarged by nobody knows how much.

mod exact;
mod size;

use std::str::FromStr;

use resizer::{Format, Limits, Rect, Region, Rotation, Size, Tone};

use super::numbers::{fixed, whole};
pub use exact::Exact;
pub use size::Sizing;

/// Decimals of a percentage that count.
const DECIMALS: usize = 4;
/// Hundredths of a degree.
const TURN: u32 = 36_000;

/// What behind the image in a path asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageRequest {
    region: Option<Region>,
    sizing: Sizing,
    flip: bool,
    rotate: Rotation,
    tone: Tone,
    format: Format,
}

/// Why a request is refused. The sentence says what would be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IiifError {
    #[error("write REGION/SIZE/ROTATION/QUALITY.FORMAT, such as full/max/0/default.jpg")]
    Parts,
    #[error("the region {0:?} is not understood; it is full, square, x,y,w,h or pct:x,y,w,h")]
    Region(String),
    #[error(
        "the size {0:?} is not understood; it is one of 'max' 'w,' ',h' 'w,h' '!w,h' 'pct:n', with \
         ^ before it where it may enlarge"
    )]
    Size(String),
    #[error("the rotation {0:?} is not understood; it is 0, 90, 180 or 270, or ! and one of these")]
    Rotation(String),
    #[error("the quality {0:?} is not understood; it is default, color, gray or bitonal")]
    Quality(String),
    #[error("the format {0:?} is not rendered; it is jpg, png, webp, gif or avif")]
    Format(String),
    #[error("the region begins beyond the image, which is {width} wide and {height} high")]
    Outside { width: u32, height: u32 },
    #[error(
        "the region has {width} x {height} pixels, and the size asks for more; write ^ before it if \
         they shall be made up"
    )]
    Enlarged { width: u32, height: u32 },
}

impl FromStr for ImageRequest {
    type Err = IiifError;

    fn from_str(text: &str) -> Result<Self, IiifError> {
        let parts: Vec<&str> = text.split('/').collect();
        let [region, size, rotation, last] = parts[..] else { return Err(IiifError::Parts) };
        let (quality, format) = last.rsplit_once('.').ok_or(IiifError::Parts)?;
        let (flip, degrees) = match rotation.strip_prefix('!') {
            Some(degrees) => (true, degrees),
            None => (false, rotation),
        };
        Ok(Self {
            region: parse_region(region).ok_or_else(|| IiifError::Region(region.to_owned()))?,
            sizing: Sizing::parse(size).ok_or_else(|| IiifError::Size(size.to_owned()))?,
            flip,
            rotate: turn(degrees).ok_or_else(|| IiifError::Rotation(rotation.to_owned()))?,
            tone: tone(quality).ok_or_else(|| IiifError::Quality(quality.to_owned()))?,
            format: rendered(format).ok_or_else(|| IiifError::Format(format.to_owned()))?,
        })
    }
}

impl ImageRequest {
    /// The request with every number known, for an original of this size lying upright.
    pub fn exact(&self, upright: Size, limits: &Limits) -> Result<Exact, IiifError> {
        let Size { width, height } = upright;
        let whole = Rect { x: 0, y: 0, width, height };
        let area = match self.region {
            None => whole,
            Some(region) => region.within(upright).ok_or(IiifError::Outside { width, height })?,
        };
        let size = self.sizing.of(area.size(), limits)?;
        let most = size::most(area.size(), limits);
        Ok(Exact {
            area,
            is_whole: area == whole,
            size,
            is_most: size == most,
            flip: self.flip,
            rotate: self.rotate,
            tone: self.tone,
            format: self.format,
        })
    }
}

/// None inside is all of the image.
#[expect(clippy::option_option, reason = "no region is a region, and differs from no text of one")]
fn parse_region(text: &str) -> Option<Option<Region>> {
    let four = |text: &str, decimals| -> Option<[u32; 4]> {
        let number = |text| match decimals {
            0 => whole(text, 0..=u32::MAX),
            decimals => fixed(text, decimals, 0..=u32::MAX),
        };
        text.split(',').map(number).collect::<Option<Vec<_>>>()?.try_into().ok()
    };
    let region = match text.strip_prefix("pct:") {
        _ if text == "full" => return Some(None),
        _ if text == "square" => Region::Square,
        None => {
            let [x, y, width, height] = four(text, 0)?;
            Region::Pixels(Rect { x, y, width, height })
        }
        Some(percent) => {
            let [x, y, width, height] = four(percent, DECIMALS)?;
            Region::Percent { x, y, width, height }
        }
    };
    (!region.is_empty()).then_some(Some(region))
}

/// Quarter turns are what is rendered; the standard would allow any angle.
fn turn(degrees: &str) -> Option<Rotation> {
    let hundredths = fixed(degrees, 2, 0..=TURN)? % TURN;
    let degrees =
        u16::try_from(hundredths / 100).ok().filter(|_| hundredths.is_multiple_of(100))?;
    Rotation::from_degrees(degrees)
}

fn tone(quality: &str) -> Option<Tone> {
    match quality {
        "default" | "color" => Some(Tone::default()),
        "gray" => Some(Tone::Gray),
        "bitonal" => Some(Tone::Bitonal),
        _ => None,
    }
}

fn rendered(format: &str) -> Option<Format> {
    format.parse().ok().filter(|format: &Format| format.is_rendered())
}

#[cfg(test)]
mod tests;
