//! JPEG through libjpeg-turbo's TurboJPEG 3 interface, and small pictures through our own decoder.
//!
//! Decodes at 1/8 to 4/8 of the size when no more is needed, which spares most of the work; what our own decoder does
//! not take then, libjpeg-turbo decodes or refuses.
//! Damage that loses pixels is an error; what every viewer forgives (stray bytes between segments) is not. Scans of a
//! progressive file that a small picture does not need are checked when it is uploaded, not when it is rendered.

mod iptc;
mod markers;
mod planes;
mod turbo;

use std::borrow::Cow;

use markers::Markers;
use turbo::{Compressor, Decompressor, TurboError};

use crate::jpeg::{self, Color, Part, Wanted};
use crate::planar::{Halved, Planar, Plane, Planes, Range};
use crate::raster::{Layout, Picture, Raster};
use crate::stages::Decoded;
use crate::{ColorKind, Format, OriginalError, Plan, Probe, RenderError, Size};

/// Samples that the filter of a resize reads to each side, where it does not shrink.
const FILTER_RADIUS: u32 = 3;
/// A part is decoded alone where the picture has at least as many times its pixels: libjpeg-turbo is faster at all of it.
const WHOLE_FROM: u64 = 2;

pub(super) fn probe(bytes: &[u8]) -> Result<Probe, OriginalError> {
    let markers = Markers::read(bytes)?;
    if markers.precision_bits != 8 {
        let feature = "more than 8 bits a sample";
        return Err(OriginalError::UnsupportedFeature { format: Format::Jpeg, feature });
    }
    Ok(Probe {
        format: Format::Jpeg,
        stored: markers.size,
        orientation: markers.orientation(),
        frames: 1,
        has_alpha: false,
        color: color(&markers),
    })
}

pub(super) fn exif(bytes: &[u8]) -> Option<Cow<'_, [u8]>> {
    Markers::read(bytes).ok().map(|markers| Cow::Borrowed(markers.exif()))
}

fn color(markers: &Markers<'_>) -> ColorKind {
    match markers.components {
        1 => ColorKind::Gray,
        4 => ColorKind::Cmyk,
        _ => ColorKind::Rgb,
    }
}

/// A picture of the size that the plan needs, rounded up: in planes wherever that costs less.
pub(super) fn decode(bytes: &[u8], plan: &Plan) -> Result<Decoded, OriginalError> {
    let markers = Markers::read(bytes)?;
    let stays_halved = plan.stays_halved() && markers.icc.is_none();
    let mut planes = None;
    if plan.eighths <= jpeg::EIGHTHS_MAX || part(plan).is_some() {
        planes = decode_by_own(bytes, plan, markers.is_adobe);
    }
    if planes.is_none() && plan.eighths > jpeg::EIGHTHS_MAX && stays_halved {
        planes = Decompressor::new(bytes, markers.size)?.decompress_planes()?;
    }
    let copyright = markers.copyright();
    if let Some(planes) = planes {
        return Ok(Decoded::Planar(Planar { planes, icc: markers.icc, copyright }));
    }
    let mut raster = decode_by_turbo(bytes, markers.size, layout(&markers), plan.eighths)?;
    if markers.is_adobe && raster.layout == Layout::Cmyk {
        invert(&mut raster);
    }
    Ok(Picture::still(raster, markers.icc).with_copyright(copyright).into())
}

/// Adobe's programs store as much light as is left.
fn invert(raster: &mut Raster) {
    raster.pixels.iter_mut().for_each(|ink| *ink = 255 - *ink);
}

/// None for a file that only libjpeg-turbo takes, or nobody.
fn decode_by_own(bytes: &[u8], plan: &Plan, is_adobe: bool) -> Option<Planes> {
    // In a file with halved colour nobody would see more of it.
    let full_color = plan.halved_format().is_none();
    let pixels_max = plan.probe.stored.pixels();
    let wanted = Wanted { eighths: plan.eighths, full_color, part: part(plan), pixels_max };
    let picture = jpeg::decode(bytes, &wanted).ok()?;
    let mut planes = picture.planes.into_iter().map(plane);
    let mut next = || planes.next();
    Some(match picture.color {
        Color::Gray => Planes::Luma(Range::Full, next()?, None),
        Color::YCbCr => Planes::Luma(Range::Full, next()?, Some([next()?, next()?])),
        Color::Rgb => Planes::Rgb([next()?, next()?, next()?]),
        Color::Cmyk => {
            let inks = [next()?, next()?, next()?, next()?];
            Planes::Cmyk(if is_adobe { inks.map(inverted) } else { inks })
        }
        // Inks that are stored as red, green and blue are inverted by that.
        Color::Ycck => Planes::Ycck([next()?, next()?, next()?, inverted(next()?)]),
    })
}

/// The part that is wanted, and around it what a filter reads; none where that is most of the picture.
fn part(plan: &Plan) -> Option<Part> {
    if plan.transform.trim.is_some() {
        return None;
    }
    let Size { width, height } = plan.probe.stored;
    let area = plan.probe.orientation.unturn_rect(plan.area, plan.probe.upright());
    let scaled = plan.orientation.turn_size(plan.geometry.scaled);
    // A sample of colour takes up to four pixels along an edge, more where it is decoded smaller.
    let sample = 4 * u32::from(jpeg::ALL_EIGHTHS).div_ceil(plan.eighths.into());
    let margin = |area: u32, scaled: u32| FILTER_RADIUS * area.div_ceil(scaled.max(1)).max(sample);
    let within = |start: u32, length: u32, margin: u32, most: u32| {
        let end = (start + length).saturating_add(margin).min(most);
        start.saturating_sub(margin) as usize..end as usize
    };
    let across = margin(area.width, scaled.width);
    let down = margin(area.height, scaled.height);
    let part = Part {
        columns: within(area.x, area.width, across, width),
        rows: within(area.y, area.height, down, height),
    };
    let pixels = part.columns.len() as u64 * part.rows.len() as u64;
    (pixels * WHOLE_FROM <= plan.probe.stored.pixels()).then_some(part)
}

fn inverted(mut plane: Plane) -> Plane {
    invert(&mut plane.raster);
    plane
}

fn plane(plane: jpeg::Plane) -> Plane {
    let ([width, height], density, origin) = (plane.size(), plane.density(), plane.origin());
    let length = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    let size = Size { width: length(width), height: length(height) };
    let raster = Raster { size, layout: Layout::Gray, pixels: plane.into_samples() };
    Plane { raster, density, origin: origin.map(length) }
}

/// Pixels without our own decoder, inks as they are stored.
pub(crate) fn decode_by_turbo(
    bytes: &[u8],
    size: Size,
    layout: Layout,
    eighths: u8,
) -> Result<Raster, OriginalError> {
    Decompressor::new(bytes, size)?.decompress(layout, eighths)
}

fn layout(markers: &Markers<'_>) -> Layout {
    match color(markers) {
        ColorKind::Gray => Layout::Gray,
        ColorKind::Rgb => Layout::Rgb,
        ColorKind::Cmyk => Layout::Cmyk,
    }
}

/// Reads every coefficient, which our own decoder does not; the smallest scale does that as well as the full one and
/// keeps fewer pixels.
pub(super) fn check(bytes: &[u8]) -> Result<(), OriginalError> {
    let markers = Markers::read(bytes)?;
    decode_by_turbo(bytes, markers.size, layout(&markers), 1)?;
    // libjpeg tells only its first complaint, so a harmless one could hide that the end is missing.
    if markers.image_ends(bytes) {
        return Ok(());
    }
    Err(OriginalError::Truncated { format: Format::Jpeg })
}

/// Baseline with optimised Huffman tables and halved chroma, as sharp writes by default.
pub(super) fn encode(
    raster: &Raster,
    quality: u8,
    exif: Option<&[u8]>,
) -> Result<Vec<u8>, RenderError> {
    file(Compressor::new().and_then(|compressor| compressor.compress(raster, quality)), exif)
}

/// [`encode`] from planes in full range.
pub(super) fn encode_halved(
    picture: &Halved,
    quality: u8,
    exif: Option<&[u8]>,
) -> Result<Vec<u8>, RenderError> {
    file(
        Compressor::new().and_then(|compressor| compressor.compress_planes(picture, quality)),
        exif,
    )
}

fn file(
    compressed: Result<Vec<u8>, TurboError>,
    exif: Option<&[u8]>,
) -> Result<Vec<u8>, RenderError> {
    let file = compressed.map_err(|source| RenderError::encode(Format::Jpeg, source))?;
    Ok(match exif {
        Some(exif) => markers::with_exif(file, exif),
        None => file,
    })
}

#[cfg(test)]
mod tests;
