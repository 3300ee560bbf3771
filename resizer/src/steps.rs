//! Everything that is done to decoded pixels, as one list; a file for each step.
//!
//! [`trim`] and [`smart`] look at the pixels and settle the plan ([`settle`]); all others change them.

pub(crate) mod adjust;
pub(crate) mod bands;
pub(crate) mod blur;
pub(crate) mod corners;
mod flatten;
pub(crate) mod mark;
mod orient;
pub(crate) mod pad;
mod planes;
pub(crate) mod resize;
mod settle;
pub(crate) mod sharpen;
mod smart;
pub(crate) mod tone;
pub(crate) mod trim;

use crate::color::{self, Colored};
use crate::planar::{Halved, Planar, Planes};
use crate::raster::{Picture, Raster};
use crate::stages::{Decoded, Ready};
use crate::{Plan, RenderError};

type Step = fn(Picture, &Plan) -> Result<Picture, RenderError>;

/// Resizing comes first: all other steps then see fewer pixels.
/// (sharp converts colours before it; on an Adobe RGB photograph that changed the mean pixel by 0.07 of 255.)
fn resized_in_srgb<T: Colored>(
    picture: Picture<T>,
    plan: &Plan,
) -> Result<Picture<T>, RenderError> {
    Ok(color::to_srgb(resize::resize(picture, plan)?))
}

/// Every step that follows, in 8 bits.
const STEPS: [Step; 9] = [
    |picture, plan| Ok(orient::orient(picture, plan.orientation)),
    |picture, plan| Ok(adjust::adjust(picture, plan.transform.adjust)),
    blur::blur,
    |picture, plan| Ok(sharpen::sharpen(picture, plan.transform.sharpen)),
    |picture, plan| Ok(pad::pad(picture, plan)),
    mark::mark,
    |picture, plan| Ok(corners::round(picture, plan.transform.corners)),
    |picture, plan| Ok(flatten::flatten(picture, plan.background)),
    |picture, plan| Ok(tone::tone(picture, plan.transform.tone)),
];

/// All steps in order. A picture that is only resized stays in planes where its format has them.
pub(crate) fn apply(decoded: Decoded, plan: &Plan) -> Result<Ready, RenderError> {
    let plan = settle::settle(&decoded, plan)?;
    match (decoded, plan.halved_format()) {
        (
            Decoded::Planar(Planar {
                planes: Planes::Luma(range, luma, chroma),
                icc: None,
                copyright,
            }),
            Some(format),
        ) if plan.is_resized_only() && planes::can_stay(&plan) => {
            let (luma, chroma) = planes::halved(luma, chroma, &plan)?;
            Ok(Ready::Halved(format, Halved { luma, chroma, range, copyright }))
        }
        (decoded, _) => settled(decoded, &plan).map(Ready::Picture),
    }
}

/// All steps in order, for whoever needs pixels.
pub(crate) fn pixels(decoded: Decoded, plan: &Plan) -> Result<Picture, RenderError> {
    let plan = settle::settle(&decoded, plan)?;
    settled(decoded, &plan)
}

fn settled(decoded: Decoded, plan: &Plan) -> Result<Picture, RenderError> {
    let picture = match decoded {
        Decoded::Eight(picture) => resized_in_srgb(picture, plan)?,
        Decoded::Sixteen(picture) => resized_in_srgb(picture, plan)?.map(Raster::reduced),
        Decoded::Planar(planar) => color::to_srgb(planes::joined(planar, plan)?),
    };
    STEPS.iter().try_fold(picture, |picture, step| step(picture, plan))
}
