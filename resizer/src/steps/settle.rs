//! What of a plan only the pixels can decide: how much is trimmed, and what a smart cut keeps.

use std::borrow::Cow;

use super::{orient, planes, resize, smart, trim};
use crate::raster::{Layout, Raster};
use crate::stages::Decoded;
use crate::{Plan, RenderError};

/// The plan with nothing left open.
pub(super) fn settle<'a>(decoded: &Decoded, plan: &'a Plan) -> Result<Cow<'a, Plan>, RenderError> {
    let mut plan = Cow::Borrowed(plan);
    if let Some(trim) = plan.transform.trim
        && let Some(kept) = trim::kept(decoded, trim, plan.probe.orientation)
    {
        plan = Cow::Owned(plan.of_trimmed(kept)?);
    }
    if plan.is_cut_by_looks() {
        let (image, geometry) = (looked_at(decoded, &plan)?, plan.geometry);
        plan.to_mut().geometry.crop = smart::kept(&image, geometry.scaled, geometry.crop);
    }
    Ok(plan)
}

/// A small picture of the area, lying as it will at the end; colours roughly, without their profile.
fn looked_at(decoded: &Decoded, plan: &Plan) -> Result<Raster, RenderError> {
    let size = plan.orientation.turn_size(smart::looked_at(plan.geometry.scaled));
    let small = match decoded {
        Decoded::Eight(picture) => resize::area(&picture.frames[0].raster, plan, size)?,
        Decoded::Sixteen(picture) => resize::area(&picture.frames[0].raster, plan, size)?.reduced(),
        Decoded::Planar(planar) => planes::area(&planar.planes, plan, size)?,
    };
    let small = if small.layout == Layout::Cmyk { small.into_rgb() } else { small };
    Ok(orient::turned(small, plan.orientation))
}
