//! One module a format, each with the library that reads and writes it best.
//!
//! Outside this folder nobody knows the libraries; inside it only [`avif`], [`jpeg`] and [`webp`] call C, and only
//! there is `unsafe` allowed. Every function here takes bytes that a stranger may have made.

mod avif;
mod gif;
pub(crate) mod jpeg;
mod other;
mod png;
mod webp;

use std::borrow::Cow;

use crate::planar::{Halved, Range};
use crate::raster::{Layout, Picture, Raster};
use crate::stages::{Decoded, HalvedFormat, Ready};
use crate::{Format, Metadata, OriginalError, Plan, Probe, RenderError, budget};

/// Which frames of an animation to decode.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Frames {
    First,
    All,
}

pub(crate) fn probe(format: Format, bytes: &[u8]) -> Result<Probe, OriginalError> {
    match format {
        Format::Jpeg => jpeg::probe(bytes),
        Format::Png => png::probe(bytes),
        Format::WebP => webp::probe(bytes),
        Format::Gif => gif::probe(bytes),
        Format::Avif => avif::probe(bytes),
        Format::Tiff | Format::Bmp => other::probe(format, bytes),
    }
}

pub(crate) fn decode(bytes: &[u8], plan: &Plan) -> Result<Decoded, RenderError> {
    let frames = if plan.animated { Frames::All } else { Frames::First };
    Ok(match plan.probe.format {
        Format::Jpeg => jpeg::decode(bytes, plan)?,
        Format::Png => png::decode(bytes, plan)?,
        Format::WebP => webp::decode_for(bytes, plan, frames)?,
        Format::Gif => gif::decode(bytes, frames)?.into(),
        Format::Avif => avif::decode_for(bytes, plan)?,
        Format::Tiff | Format::Bmp => other::decode(plan.probe.format, bytes)?,
    })
}

pub(crate) fn check(probe: &Probe, bytes: &[u8]) -> Result<(), OriginalError> {
    match probe.format {
        Format::Jpeg => jpeg::check(bytes),
        Format::Png => png::check(bytes),
        Format::WebP => webp::decode(bytes, probe, Frames::All).map(drop),
        Format::Gif => gif::decode(bytes, Frames::All).map(drop),
        Format::Avif => avif::decode(bytes).map(drop),
        Format::Tiff | Format::Bmp => other::decode(probe.format, bytes).map(drop),
    }
}

/// The TIFF block of an original's EXIF.
pub(crate) fn exif(format: Format, bytes: &[u8]) -> Option<Cow<'_, [u8]>> {
    match format {
        Format::Jpeg => jpeg::exif(bytes),
        Format::Png => png::exif(bytes),
        Format::WebP => webp::exif(bytes),
        Format::Avif => avif::exif(bytes),
        // A TIFF file is itself such a block.
        Format::Tiff => Some(Cow::Borrowed(bytes)),
        Format::Gif | Format::Bmp => None,
    }
}

pub(crate) fn encode(ready: Ready, plan: &Plan) -> Result<Vec<u8>, RenderError> {
    let exif = match plan.transform.metadata {
        Metadata::Copyright => ready.copyright().to_exif(),
        Metadata::None => None,
    };
    match ready {
        Ready::Picture(picture) => encode_picture(picture, plan, exif.as_deref()),
        Ready::Halved(format, halved) => encode_halved(format, halved, plan, exif.as_deref()),
    }
}

fn encode_picture(
    picture: Picture,
    plan: &Plan,
    exif: Option<&[u8]>,
) -> Result<Vec<u8>, RenderError> {
    let (bytes_max, quality) = (plan.transform.bytes_max, plan.quality);
    match plan.format {
        Format::Jpeg => {
            let raster = opaque(first(picture));
            budget::within(bytes_max, quality, |quality| jpeg::encode(&raster, quality, exif))
        }
        Format::WebP => {
            let picture = webp::storable(picture);
            budget::within(bytes_max, quality, |quality| webp::encode(&picture, quality, exif))
        }
        Format::Avif => {
            let raster = first(picture);
            budget::within(bytes_max, quality, |quality| avif::encode(&raster, quality, exif))
        }
        Format::Gif => {
            gif::encode(picture).map_err(|source| RenderError::encode(Format::Gif, source))
        }
        _ => png::encode(&first(picture), exif),
    }
}

fn encode_halved(
    format: HalvedFormat,
    picture: Halved,
    plan: &Plan,
    exif: Option<&[u8]>,
) -> Result<Vec<u8>, RenderError> {
    let range = if format == HalvedFormat::WebP { Range::Video } else { Range::Full };
    let picture = picture.in_range(range);
    budget::within(plan.transform.bytes_max, plan.quality, |quality| match format {
        HalvedFormat::Jpeg => jpeg::encode_halved(&picture, quality, exif),
        HalvedFormat::WebP => webp::encode_halved(&picture, quality, exif),
        HalvedFormat::Avif => avif::encode_halved(&picture, quality, exif),
    })
}

/// For a format that is no animation.
fn first(mut picture: Picture) -> Raster {
    picture.frames.swap_remove(0).raster
}

/// For a format that knows brightness and colour but no opacity.
fn opaque(raster: Raster) -> Raster {
    if raster.layout == Layout::Gray { raster } else { raster.into_rgb() }
}
