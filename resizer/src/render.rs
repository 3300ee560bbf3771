//! Original and transform in, rendition out: the whole path as one list.
//!
//! The three stages are public so that a caller can time or trace them:
//! [`decode`], [`apply`], [`encode`](crate::encode), each under the same [`Plan`].

use crate::raster::Picture;
use crate::stages::{Decoded, Ready};
use crate::{Format, Limits, Plan, RenderError, Transform};
use crate::{codec, encode, plan, probe, steps};

/// Raised whenever the same transform of the same original would give other pixels; part of a stored
/// rendition's name, so that old ones are not mistaken for new.
pub const ENGINE: u32 = 8;

/// An image as it is sent: encoded, upright, sRGB, without metadata but for the copyright.
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

/// Makes the rendition of `bytes` that `transform` asks for. One with a watermark takes the stages one by one,
/// for the sake of [`Plan::with_mark`].
pub fn render(
    bytes: &[u8],
    transform: &Transform,
    limits: &Limits,
) -> Result<Rendition, RenderError> {
    let plan = plan(&probe(bytes, limits)?, transform, limits)?;
    let ready = apply(decode(bytes, &plan)?, &plan)?;
    encode(ready, &plan)
}

/// First stage: pixels lying as stored, no more than the plan needs; where rows can be resized as they are read,
/// they are.
pub fn decode(bytes: &[u8], plan: &Plan) -> Result<Decoded, RenderError> {
    codec::decode(bytes, plan)
}

/// Second stage: every step, in order.
pub fn apply(decoded: Decoded, plan: &Plan) -> Result<Ready, RenderError> {
    steps::apply(decoded, plan)
}

/// The first two stages, for whoever wants pixels and no file.
pub fn pixels(
    bytes: &[u8],
    transform: &Transform,
    limits: &Limits,
) -> Result<Picture, RenderError> {
    let plan = plan(&probe(bytes, limits)?, transform, limits)?.for_pixels();
    steps::pixels(decode(bytes, &plan)?, &plan)
}
