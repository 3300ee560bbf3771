//! Step: the resize of a picture in planes, each from its own resolution.

use fast_image_resize::FilterType;

use super::orient::turned;
use super::resize::{self, View};
use crate::planar::{Planar, Plane, Planes};
use crate::raster::{Picture, Raster};
use crate::{Orientation, Plan, Rect, RenderError, Size};

/// Whether planes that are halved can be cut and turned as the plan wants it.
pub(super) fn can_stay(plan: &Plan) -> bool {
    let (crop, _) = stored(plan);
    // The samples of an odd edge lie on the pixels of the side from which they are counted.
    plan.orientation == Orientation::UPRIGHT
        || (crop.width.is_multiple_of(2) && crop.height.is_multiple_of(2))
}

/// Brightness and colour of a [`Halved`](crate::Halved), lying as wanted.
pub(super) fn halved(
    luma: Plane,
    chroma: Option<[Plane; 2]>,
    plan: &Plan,
) -> Result<(Raster, Option<[Raster; 2]>), RenderError> {
    let (crop, scaled) = stored(plan);
    let resized = |plane: Plane, crop: Rect, size: Size| {
        let view = View::of_plane(plan, &plane).part(crop, scaled);
        Ok::<_, RenderError>(turned(resized(plane, view, size)?, plan.orientation))
    };
    let luma = resized(luma, crop, crop.size())?;
    let half = Size { width: crop.width.div_ceil(2), height: crop.height.div_ceil(2) };
    let doubled = Rect { width: half.width * 2, height: half.height * 2, ..crop };
    let chroma = match chroma {
        Some([blue, red]) => Some([resized(blue, doubled, half)?, resized(red, doubled, half)?]),
        None => None,
    };
    Ok((luma, chroma))
}

/// As pixels, lying as stored.
pub(super) fn joined(planar: Planar, plan: &Plan) -> Result<Picture, RenderError> {
    let (crop, scaled) = stored(plan);
    let raster = planar.planes.join(|plane| {
        let view = View::of_plane(plan, &plane).part(crop, scaled);
        resized(plane, view, crop.size())
    })?;
    Ok(Picture::still(raster, planar.icc).with_copyright(planar.copyright))
}

/// All of the plan's area as pixels, still lying as stored, in another size; coarsely.
pub(super) fn area(planes: &Planes, plan: &Plan, size: Size) -> Result<Raster, RenderError> {
    planes.as_ref().join(|plane| {
        let all = Rect::whole(plane.raster.size);
        let view = View::of_plane(plan, plane).within(all);
        resize::resample(&plane.raster, all, view, size, FilterType::Box)
    })
}

/// The part of the scaled image that is wanted, and the image's size, both lying as stored.
fn stored(plan: &Plan) -> (Rect, Size) {
    let scaled = plan.orientation.turn_size(plan.geometry.scaled);
    (plan.orientation.unturn_rect(plan.geometry.crop, plan.geometry.scaled), scaled)
}

fn resized(plane: Plane, view: View, size: Size) -> Result<Raster, RenderError> {
    let raster = plane.raster;
    if view == View::whole(raster.size) && raster.size == size {
        return Ok(raster);
    }
    let raster = match view.beyond(raster.size) {
        Some(wider) => raster.extended(wider),
        None => raster,
    };
    let all = Rect::whole(raster.size);
    resize::resample(&raster, all, view.within(all), size, resize::lanczos())
}
