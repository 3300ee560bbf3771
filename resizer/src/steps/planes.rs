//! Step: the resize of a picture in planes, each from its own resolution.

use std::borrow::Cow;

use fast_image_resize::FilterType;

use super::orient::turned;
use super::resize::{self, View};
use crate::planar::{Halved, Planar, Plane, Range, Space};
use crate::raster::{Picture, Raster};
use crate::{Plan, Rect, RenderError, Size};

/// In planes to the end, lying as wanted; none where only pixels will do.
pub(super) fn halved(planar: &Planar, plan: &Plan) -> Result<Option<Halved>, RenderError> {
    let (crop, scaled) = stored(plan);
    let range = match planar.space {
        Space::YCbCr(range) => range,
        Space::Gray => Range::Full,
        Space::Rgb | Space::Cmyk | Space::Ycck => return Ok(None),
    };
    let is_even = crop.width.is_multiple_of(2) && crop.height.is_multiple_of(2);
    // The samples of an odd edge lie on the pixels of the side from which they are counted.
    if planar.icc.is_some() || !(is_even || plan.orientation == crate::Orientation::UPRIGHT) {
        return Ok(None);
    }
    let resized = |plane: &Plane, crop: Rect, size: Size| {
        let resized = resized(plane, View::of_plane(plan, plane.density).part(crop, scaled), size)?;
        Ok::<_, RenderError>(turned(resized, plan.orientation))
    };
    let luma = resized(&planar.planes[0], crop, crop.size())?;
    let half = Size { width: crop.width.div_ceil(2), height: crop.height.div_ceil(2) };
    let doubled = Rect { width: half.width * 2, height: half.height * 2, ..crop };
    let chroma = match &*planar.planes {
        [_, blue, red] => Some([resized(blue, doubled, half)?, resized(red, doubled, half)?]),
        _ => None,
    };
    let copyright = planar.copyright.clone();
    Ok(Some(Halved { luma, chroma, range, copyright }))
}

/// As pixels, lying as stored.
pub(super) fn joined(planar: &Planar, plan: &Plan) -> Result<Picture, RenderError> {
    let (crop, scaled) = stored(plan);
    resized_alike(planar, |plane| {
        resized(plane, View::of_plane(plan, plane.density).part(crop, scaled), crop.size())
    })
}

/// All of the plan's area as pixels, still lying as stored, in another size; coarsely.
pub(super) fn area(planar: &Planar, plan: &Plan, size: Size) -> Result<Picture, RenderError> {
    resized_alike(planar, |Plane { raster, density }| {
        let all = Rect::whole(raster.size);
        let view = View::of_plane(plan, *density).within(all);
        resize::resample(raster, all, view, size, FilterType::Box)
    })
}

/// The part of the scaled image that is wanted, and the image's size, both lying as stored.
fn stored(plan: &Plan) -> (Rect, Size) {
    let scaled = plan.orientation.turn_size(plan.geometry.scaled);
    (plan.orientation.unturn_rect(plan.geometry.crop, plan.geometry.scaled), scaled)
}

fn resized_alike(
    planar: &Planar,
    resize: impl Fn(&Plane) -> Result<Raster, RenderError>,
) -> Result<Picture, RenderError> {
    let plane = |plane: &Plane| Ok(Plane { raster: resize(plane)?, density: plane.density });
    let planes = planar.planes.iter().map(plane).collect::<Result<_, RenderError>>()?;
    Ok(planar.with_planes(planes).join())
}

fn resized(plane: &Plane, view: View, size: Size) -> Result<Raster, RenderError> {
    let raster = &plane.raster;
    if view == View::whole(raster.size) && raster.size == size {
        return Ok(raster.clone());
    }
    let raster = match view.beyond(raster.size) {
        Some(wider) => Cow::Owned(raster.extended(wider)),
        None => Cow::Borrowed(raster),
    };
    let all = Rect::whole(raster.size);
    resize::resample(&raster, all, view.within(all), size, FilterType::Lanczos3)
}
