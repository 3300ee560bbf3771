//! Original and transform in, rendition out: the whole path as one list.
//!
//! The three stages are public so that a caller can time or trace them:
//! [`decode`], [`apply`], [`encode`](crate::encode), each under the same [`Plan`].

use crate::raster::Picture;
use crate::{Format, Limits, OriginalError, Plan, RenderError, Transform};
use crate::{codec, color, encode, flatten, orient, pad, plan, probe, resize};

/// Raised whenever the same transform of the same original would give other pixels; part of a stored
/// rendition's name, so that old ones are not mistaken for new.
pub const ENGINE: u32 = 2;

/// An image as it is sent: encoded, upright, sRGB, without metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendition {
    /// The encoded file.
    pub bytes: Vec<u8>,
    /// Of the bytes.
    pub format: Format,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

/// Makes the rendition of `bytes` that `transform` asks for.
pub fn render(
    bytes: &[u8],
    transform: &Transform,
    limits: &Limits,
) -> Result<Rendition, RenderError> {
    let probe = probe(bytes, limits)?;
    let plan = plan(&probe, transform, limits)?;
    let picture = decode(bytes, &plan)?;
    let picture = apply(picture, &plan)?;
    encode(picture, &plan)
}

/// First stage: pixels as stored, no larger than the plan needs.
pub fn decode(bytes: &[u8], plan: &Plan) -> Result<Picture, OriginalError> {
    codec::decode(bytes, plan)
}

type Step = fn(Picture, &Plan) -> Result<Picture, RenderError>;

/// Every step between decoding and encoding. Resizing comes first: all others then see fewer pixels.
/// (sharp converts colours before it; on an Adobe RGB photograph that changed the mean pixel by 0.07 of 255.)
const STEPS: [Step; 5] = [
    resize::resize,
    |picture, plan| Ok(orient::orient(picture, plan.orientation)),
    |picture, _| Ok(color::to_srgb(picture)),
    |picture, plan| Ok(pad::pad(picture, plan)),
    |picture, plan| Ok(flatten::flatten(picture, plan.background)),
];

/// Second stage: all steps in order.
pub fn apply(picture: Picture, plan: &Plan) -> Result<Picture, RenderError> {
    STEPS.iter().try_fold(picture, |picture, step| step(picture, plan))
}
