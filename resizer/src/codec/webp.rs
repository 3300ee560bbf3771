//! WebP through libwebp, still and animated.

mod animation;
mod chunks;
mod libwebp;
mod mux;

use std::borrow::Cow;

use animation::Animation;
use chunks::Chunks;
use libwebp::WebPError;

use super::Frames;
use crate::planar::{Halved, Planar, Plane, Planes, Range};
use crate::raster::{Frame, Layout, Picture};
use crate::stages::Decoded;
use crate::{ColorKind, Format, OriginalError, Plan, Probe, RenderError, Size};

pub(super) fn exif(bytes: &[u8]) -> Option<Cow<'_, [u8]>> {
    Chunks::read(bytes).ok().map(|chunks| Cow::Borrowed(chunks.tiff()))
}

pub(super) fn probe(bytes: &[u8]) -> Result<Probe, OriginalError> {
    let features = libwebp::features(bytes).map_err(refusal)?;
    let chunks = Chunks::read(bytes)?;
    Ok(Probe {
        format: Format::WebP,
        stored: features.size,
        orientation: chunks.orientation(),
        frames: if features.is_animated { chunks.frames.max(1) } else { 1 },
        has_alpha: features.has_alpha || features.is_animated,
        color: ColorKind::Rgb,
    })
}

pub(super) fn decode(
    bytes: &[u8],
    probe: &Probe,
    frames: Frames,
) -> Result<Picture, OriginalError> {
    let chunks = Chunks::read(bytes)?;
    let (icc, copyright) = (chunks.icc.map(<[u8]>::to_vec), chunks.copyright());
    if libwebp::features(bytes).map_err(refusal)?.is_animated {
        let mut animation = Animation::new(bytes).map_err(refusal)?;
        let frames = self::frames(&mut animation, frames).map_err(refusal)?;
        return Ok(Picture { frames, repeats: animation.repeats(), icc, copyright });
    }
    let layout = if probe.has_alpha { Layout::Rgba } else { Layout::Rgb };
    let raster = libwebp::decode(bytes, probe.stored, layout).map_err(refusal)?;
    Ok(Picture::still(raster, icc).with_copyright(copyright))
}

/// In planes where the plan leaves it so; of several frames those that it wants.
pub(super) fn decode_for(
    bytes: &[u8],
    plan: &Plan,
    frames: Frames,
) -> Result<Decoded, OriginalError> {
    let is_planar = plan.stays_halved() && {
        let features = libwebp::features(bytes).map_err(refusal)?;
        features.is_lossy && !features.has_alpha
    };
    let chunks = Chunks::read(bytes)?;
    if !is_planar || chunks.icc.is_some() {
        return decode(bytes, &plan.probe, frames).map(Decoded::from);
    }
    // What the filter smooths lies between blocks of 4 pixels or more.
    let Size { width, height } = plan.geometry.scaled;
    let wanted = plan.orientation.turn_size(Size { width: width * 2, height: height * 2 });
    let area = plan.probe.orientation.unturn_rect(plan.area, plan.probe.upright());
    let is_small = wanted.width <= area.width && wanted.height <= area.height;
    let [luma, chroma @ ..] =
        libwebp::decode_planes(bytes, plan.probe.stored, is_small).map_err(refusal)?;
    let luma = Plane { raster: luma, density: [1.0; 2], origin: [0; 2] };
    let chroma = chroma.map(|raster| Plane { raster, density: [0.5; 2], origin: [0; 2] });
    let planes = Planes::Luma(Range::Video, luma, Some(chroma));
    Ok(Decoded::Planar(Planar { planes, icc: None, copyright: chunks.copyright() }))
}

fn frames(animation: &mut Animation<'_>, wanted: Frames) -> Result<Vec<Frame>, WebPError> {
    let (mut frames, mut shown_ms) = (Vec::new(), 0);
    while let Some((raster, until_ms)) = animation.next_frame()? {
        frames.push(Frame { raster, delay_ms: until_ms.saturating_sub(shown_ms) });
        shown_ms = until_ms;
        if wanted == Frames::First {
            break;
        }
    }
    if frames.is_empty() { Err(WebPError::NotEnoughData) } else { Ok(frames) }
}

/// In one of the two layouts that WebP knows.
pub(super) fn storable(picture: Picture) -> Picture {
    picture.map(|raster| match raster.layout {
        Layout::Rgba => raster,
        _ => raster.into_rgb(),
    })
}

/// A [`storable`] picture; with more than one frame an animation.
pub(super) fn encode(
    picture: &Picture,
    quality: u8,
    exif: Option<&[u8]>,
) -> Result<Vec<u8>, RenderError> {
    let encoded = match &*picture.frames {
        [still] => libwebp::encode(&still.raster, quality),
        _ => animation::encode(picture, quality),
    };
    file(encoded, exif)
}

/// A still from planes in video range.
pub(super) fn encode_halved(
    picture: &Halved,
    quality: u8,
    exif: Option<&[u8]>,
) -> Result<Vec<u8>, RenderError> {
    file(libwebp::encode_halved(picture, quality), exif)
}

fn file(encoded: Result<Vec<u8>, WebPError>, exif: Option<&[u8]>) -> Result<Vec<u8>, RenderError> {
    let described = encoded.and_then(|file| match exif {
        Some(exif) => mux::with_exif(&file, exif),
        None => Ok(file),
    });
    described.map_err(|source| RenderError::encode(Format::WebP, source))
}

fn refusal(error: WebPError) -> OriginalError {
    match error {
        WebPError::NotEnoughData => OriginalError::Truncated { format: Format::WebP },
        error => OriginalError::malformed(Format::WebP, error),
    }
}

#[cfg(test)]
mod tests;
