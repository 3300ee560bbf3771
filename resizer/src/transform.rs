//! What is asked of an image, independent of the URL dialect that asked it.
//!
//! A [`Transform`] has one text form ([`text`]), which names the stored rendition: printing and parsing
//! lead back to the same value, and [`Transform::simplified`] makes requests with one meaning one name.

mod text;

use crate::geometry::{Gravity, Region};
use crate::{
    Adjustment, Color, Corners, Format, Mark, Orientation, Padding, Rotation, Sharpening, Sigma,
    Tone, Trim,
};

pub use text::TransformError;

/// How the image and the box `width` x `height` meet; sharp's words. Without both edges it has no effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Fit {
    /// All of the image inside the box, aspect kept; the result may be smaller than the box.
    #[default]
    Inside,
    /// Aspect kept, both edges at least the box's; the result may be larger than the box.
    Outside,
    /// The box filled and what sticks out cut off. When it may not enlarge, the box shrinks instead
    /// and keeps its aspect (imgix's `fit=min`), so that a page's layout holds.
    Cover,
    /// All of the image inside the box, and the rest of the box filled with background.
    Contain,
    /// Stretched to the box, aspect lost.
    Fill,
}

/// What of the original's metadata goes into a rendition. Place, camera, dates and thumbnails never do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Metadata {
    /// Who made the image and who holds the rights in it.
    #[default]
    Copyright,
    /// Nothing.
    None,
}

/// Quality of lossy formats when none is asked for; sharp's.
pub const QUALITY_DEFAULT: u8 = 80;

/// The operations that make a rendition of an original, in the order in which they apply.
///
/// `width` and `height` are thus those of what is seen at the end, before padding; a dialect multiplies them
/// by its device pixel ratio.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Transform {
    /// How the image was stored; none is what its EXIF says.
    pub orient: Option<Orientation>,
    /// Which even borders are cut off the upright image.
    pub trim: Option<Trim>,
    /// The part that is used of what is left.
    pub region: Option<Region>,
    /// Whether left and right are exchanged, before the rotation. With a half turn: top and bottom.
    pub flip: bool,
    /// Clockwise.
    pub rotate: Rotation,
    /// Width of the box in pixels, from 1; none follows from the height.
    pub width: Option<u32>,
    /// Height of the box in pixels, from 1; none follows from the width.
    pub height: Option<u32>,
    /// How image and box meet.
    pub fit: Fit,
    /// What a cut keeps (`cover`), or where the image lies in the box (`contain`).
    pub gravity: Gravity,
    /// Whether the result may have more pixels than the original.
    pub enlarge: bool,
    /// Brightness, contrast, saturation.
    pub adjust: Adjustment,
    /// Standard deviation of a Gaussian blur.
    pub blur: Option<Sigma>,
    /// How much detail is added.
    pub sharpen: Option<Sharpening>,
    /// Around the box.
    pub padding: Padding,
    /// What is laid over it.
    pub mark: Option<Mark>,
    /// How its corners are rounded.
    pub corners: Option<Corners>,
    /// Behind transparent pixels, around `contain`, in the padding and behind the corners. None is
    /// transparent where the format can store it, else white.
    pub background: Option<Color>,
    /// What is left of its colours.
    pub tone: Tone,
    /// None is the original's own format; TIFF and BMP, which browsers do not show, become JPEG or PNG.
    pub format: Option<Format>,
    /// 1 to 100, of lossy formats; none is [`QUALITY_DEFAULT`].
    pub quality: Option<u8>,
    /// Bytes of the file, from 1, in lossy formats: the quality falls until it fits, as far as quality can.
    pub bytes_max: Option<u32>,
    /// What is kept of the original's metadata, in formats that have room for it (not GIF).
    pub metadata: Metadata,
}

impl Transform {
    /// Refuses what a text or a literal can say and no image can become.
    pub fn validate(&self) -> Result<(), TransformError> {
        if self.width == Some(0) || self.height == Some(0) {
            return Err(TransformError::ZeroEdge);
        }
        if self.region.is_some_and(Region::is_empty) {
            return Err(TransformError::EmptyRegion);
        }
        if self.bytes_max == Some(0) {
            return Err(TransformError::ZeroBytes);
        }
        if !self.adjust.is_in_range() {
            return Err(TransformError::AdjustmentOutOfRange);
        }
        if !self.mark.is_none_or(Mark::is_in_range) {
            return Err(TransformError::MarkOutOfRange);
        }
        if let Some(quality) = self.quality.filter(|quality| !(1..=100).contains(quality)) {
            return Err(TransformError::QualityOutOfRange { quality });
        }
        match self.format.filter(|format| !format.is_rendered()) {
            Some(format) => Err(TransformError::FormatNotWritten { format }),
            None => Ok(()),
        }
    }

    /// The shortest transform with the same result, whatever the original.
    #[must_use]
    pub fn simplified(mut self) -> Self {
        if self.width.is_none() || self.height.is_none() {
            self.fit = Fit::default();
        }
        match self.fit {
            Fit::Cover => {}
            Fit::Contain if Gravity::COMPASS.contains(&self.gravity) => {}
            _ => self.gravity = Gravity::default(),
        }
        if self.width.is_none() && self.height.is_none() {
            self.enlarge = false;
        }
        if self.quality == Some(QUALITY_DEFAULT)
            || self.format.is_some_and(|format| !format.is_lossy())
        {
            self.quality = None;
        }
        if self.format.is_some_and(|format| !format.is_lossy()) {
            self.bytes_max = None;
        }
        if self.format.is_some_and(|format| !format.supports_exif()) {
            self.metadata = Metadata::default();
        }
        self
    }
}

#[cfg(test)]
mod tests;
