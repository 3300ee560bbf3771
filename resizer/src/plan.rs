//! Everything a render decides before it touches a pixel.

use std::ops::RangeInclusive;
use std::sync::Arc;

use crate::geometry::Geometry;
use crate::jpeg;
use crate::stages::HalvedFormat;
use crate::{
    Adjustment, Color, Format, Gravity, Limits, Orientation, Probe, Rect, RenderError, Size, Tone,
    Transform, transform,
};

/// A transform resolved against one original: sizes, turns, format, all defaults filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The original's facts, lying as the transform says.
    pub probe: Probe,
    /// What was asked.
    pub transform: Transform,
    /// What was allowed.
    pub limits: Limits,
    /// The part of the upright original that is used. Where it is trimmed, only its pixels tell; until then all.
    pub area: Rect,
    /// The turn from stored to wanted: EXIF, then flip, then rotation.
    pub orientation: Orientation,
    /// Sizes and cuts, of the area as it lies at the end.
    pub geometry: Geometry,
    /// Eighths of its size at which a JPEG is decoded, 1 to 8; 8 for every other format.
    pub eighths: u8,
    /// Whether the result is an animation.
    pub animated: bool,
    /// Behind transparent pixels; none keeps them.
    pub background: Option<Color>,
    /// Of the result.
    pub format: Format,
    /// Of the result, 1 to 100.
    pub quality: u8,
    /// The file of the watermark that the transform names.
    pub mark: Option<Arc<[u8]>>,
    /// Whether a file is wanted, and not only pixels.
    is_for_file: bool,
}

/// Resolves `transform` for the original that `probe` describes, and refuses what `limits` forbid.
pub fn plan(probe: &Probe, transform: &Transform, limits: &Limits) -> Result<Plan, RenderError> {
    transform.validate()?;
    let orientation = transform.orient.unwrap_or(probe.orientation);
    let probe = Probe { orientation, ..*probe };
    let plan = Plan::new(&probe, transform, limits, Rect::whole(probe.upright()))?;
    // What is trimmed comes out in another size, which is checked once it is known.
    if transform.trim.is_none() {
        plan.check_result()?;
    }
    Ok(plan)
}

impl Plan {
    /// `trimmed` is the part of the upright original that is left of it.
    fn new(
        probe: &Probe,
        transform: &Transform,
        limits: &Limits,
        trimmed: Rect,
    ) -> Result<Self, RenderError> {
        let area = area(transform, trimmed)?;
        let turn = turn(transform);
        let wanted = turn.turn_size(area.size());
        let geometry = Geometry::new(wanted, transform);
        let format = transform.format.unwrap_or_else(|| format_of(probe));
        // Trimming looks at the pixels themselves.
        let shrinks = probe.format == Format::Jpeg && transform.trim.is_none();
        Ok(Self {
            probe: *probe,
            transform: *transform,
            limits: *limits,
            area,
            orientation: probe.orientation.then(turn),
            geometry,
            eighths: if shrinks { eighths(wanted, geometry.scaled) } else { 8 },
            animated: probe.frames > 1 && format.supports_animation(),
            background: transform.background.or((!format.supports_alpha()).then_some(Color::WHITE)),
            format,
            quality: transform.quality.unwrap_or(transform::QUALITY_DEFAULT),
            mark: None,
            is_for_file: true,
        })
    }

    /// The plan for what is left of the upright original.
    pub(crate) fn of_trimmed(&self, trimmed: Rect) -> Result<Self, RenderError> {
        let plan = Self::new(&self.probe, &self.transform, &self.limits, trimmed)?;
        plan.check_result()?;
        Ok(Self { mark: self.mark.clone(), is_for_file: self.is_for_file, ..plan })
    }

    /// The plan with no file at its end.
    pub(crate) fn for_pixels(self) -> Self {
        Self { is_for_file: false, ..self }
    }

    /// The plan with the file of its watermark.
    #[must_use]
    pub fn with_mark(self, mark: Option<Arc<[u8]>>) -> Self {
        Self { mark, ..self }
    }

    /// The format, where a file is wanted that has brightness and colour in planes.
    pub(crate) fn halved_format(&self) -> Option<HalvedFormat> {
        match self.format {
            _ if !self.is_for_file => None,
            Format::Jpeg => Some(HalvedFormat::Jpeg),
            Format::WebP => Some(HalvedFormat::WebP),
            Format::Avif => Some(HalvedFormat::Avif),
            _ => None,
        }
    }

    /// Whether nothing is done to the picture that would need pixels.
    pub(crate) fn is_resized_only(&self) -> bool {
        let Transform { trim, adjust, blur, sharpen, mark, corners, tone, .. } = self.transform;
        trim.is_none()
            && adjust == Adjustment::default()
            && blur.is_none()
            && sharpen.is_none()
            && mark.is_none()
            && corners.is_none()
            && tone == Tone::default()
            && self.geometry.canvas == self.geometry.crop.size()
    }

    /// Whether the pixels tell what is cut away.
    pub(crate) fn is_cut_by_looks(&self) -> bool {
        let Geometry { scaled, crop, .. } = self.geometry;
        self.transform.gravity == Gravity::Smart && crop.size() != scaled
    }

    /// Whether the decoder resizes: it has one row after the other, not all of the pixels show in the end, and nobody
    /// looks at them before.
    pub(crate) fn is_resized_by_rows(&self) -> bool {
        self.probe.format == Format::Png
            && self.transform.trim.is_none()
            && !self.is_cut_by_looks()
            && self.geometry.crop.size().pixels() < self.probe.stored.pixels()
    }

    /// Whether a decoder does well to return planes.
    pub(crate) fn stays_halved(&self) -> bool {
        self.halved_format().is_some() && self.is_resized_only()
    }

    fn check_result(&self) -> Result<(), RenderError> {
        let frames = if self.animated { self.probe.frames } else { 1 };
        self.limits.check_result(self.geometry.canvas, frames)?;
        match self.transform.bytes_max {
            Some(_) if self.format.is_lossy() => {
                self.limits.check_budget(self.geometry.canvas, frames)
            }
            _ => Ok(()),
        }
    }
}

fn turn(transform: &Transform) -> Orientation {
    let flip = if transform.flip { Orientation::MIRRORED } else { Orientation::UPRIGHT };
    flip.then(transform.rotate.into())
}

/// The part that is asked for of what trimming leaves.
fn area(transform: &Transform, trimmed: Rect) -> Result<Rect, RenderError> {
    let Some(region) = transform.region else { return Ok(trimmed) };
    let Size { width, height } = trimmed.size();
    let part = region.within(trimmed.size()).ok_or(RenderError::RegionOutside {
        region,
        width,
        height,
    })?;
    Ok(Rect { x: trimmed.x + part.x, y: trimmed.y + part.y, ..part })
}

/// Size of the result for an upright original, as far as its pixels have no say in it.
pub fn result_size(upright: Size, transform: &Transform) -> Size {
    let area = area(transform, Rect::whole(upright)).map_or(upright, Rect::size);
    Geometry::new(turn(transform).turn_size(area), transform).canvas
}

/// The original's own format where browsers show it.
fn format_of(probe: &Probe) -> Format {
    match probe.format {
        format if format.is_rendered() => format,
        _ if probe.has_alpha => Format::Png,
        _ => Format::Jpeg,
    }
}

/// Scales of our own decoder.
const EIGHTHS: RangeInclusive<u8> = 1..=jpeg::EIGHTHS_MAX;

/// The smallest scale that leaves the resize at least 4/3 of the pixels it needs along each axis.
///
/// Below that the decoder's box filter shows: 0.9355 instead of 0.9476 SSIM at 8 MP to 400 px.
fn eighths(source: Size, scaled: Size) -> u8 {
    let enough = |source: u32, scaled: u32, n: u8| {
        32 * u64::from(scaled) <= 3 * u64::from(source) * u64::from(n)
    };
    let fits =
        |n: &u8| enough(source.width, scaled.width, *n) && enough(source.height, scaled.height, *n);
    EIGHTHS.into_iter().find(fits).unwrap_or(8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shrink_leaves_a_third_more_than_needed() {
        let size = |width| Size { width, height: 1000 };
        let scaled = |width| Size { width, height: 10 };
        assert_eq!(eighths(size(3200), scaled(300)), 1);
        assert_eq!(eighths(size(3200), scaled(301)), 2);
        assert_eq!(eighths(size(3200), scaled(600)), 2);
        assert_eq!(eighths(size(3200), scaled(601)), 3);
        assert_eq!(eighths(size(3200), scaled(1200)), 4);
        assert_eq!(eighths(size(3200), scaled(1201)), 8);
        assert_eq!(eighths(size(3200), Size { width: 300, height: 700 }), 8, "both axes count");
    }
}
