//! A request with every number known: its transform, and its one spelling.

use std::fmt;

use resizer::{Fit, Format, Rect, Region, Rotation, Size, Tone, Transform, result_size};

/// What is asked of one image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exact {
    pub(super) area: Rect,
    pub(super) is_whole: bool,
    /// Before it is turned.
    pub(super) size: Size,
    /// Whether `max` would say the same.
    pub(super) is_most: bool,
    pub(super) flip: bool,
    pub(super) rotate: Rotation,
    pub(super) tone: Tone,
    pub(super) format: Format,
}

impl Exact {
    /// Shares its rendition with whatever else asks for the same pixels.
    pub fn transform(&self, upright: Size) -> Transform {
        let transform = Transform {
            region: (!self.is_whole).then_some(Region::Pixels(self.area)),
            flip: self.flip,
            rotate: self.rotate,
            enlarge: self.is_enlarged(),
            tone: self.tone,
            format: Some(self.format),
            ..Transform::default()
        };
        let Size { width, height } = self.turned();
        let by_width = Transform { width: Some(width), ..transform };
        let both = Transform { height: Some(height), fit: Fit::Fill, ..by_width };
        let is_enough = |short: &Transform| result_size(upright, short) == self.turned();
        [transform, by_width].into_iter().find(is_enough).unwrap_or(both).simplified()
    }

    fn is_enlarged(&self) -> bool {
        self.size.width > self.area.width || self.size.height > self.area.height
    }

    /// As it lies at the end.
    fn turned(&self) -> Size {
        let Size { width, height } = self.size;
        match self.rotate {
            Rotation::None | Rotation::Half => self.size,
            Rotation::Quarter | Rotation::ThreeQuarters => Size { width: height, height: width },
        }
    }
}

/// The canonical form (<https://iiif.io/api/image/3.0/#47-canonical-uri-syntax>).
impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rect { x, y, width, height } = self.area;
        if self.is_whole {
            f.write_str("full/")?;
        } else {
            write!(f, "{x},{y},{width},{height}/")?;
        }
        let Size { width, height } = self.size;
        if self.is_most {
            f.write_str("max/")?;
        } else {
            let enlarged = if self.is_enlarged() { "^" } else { "" };
            write!(f, "{enlarged}{width},{height}/")?;
        }
        let mirrored = if self.flip { "!" } else { "" };
        let quality = match self.tone {
            Tone::Gray => "gray",
            Tone::Bitonal => "bitonal",
            _ => "default",
        };
        write!(f, "{mirrored}{}/{quality}.{}", self.rotate.degrees(), self.format.extension())
    }
}
