//! JPEG through libjpeg-turbo's TurboJPEG 3 interface, and small pictures through our own decoder.
//!
//! Decodes at 1/8, 1/4 or 1/2 size when no more is needed, which spares most of the inverse transform. Which of the
//! two decodes shows in no pixel; what ours does not take, libjpeg-turbo decodes or refuses.
//! Damage that loses pixels is an error; what every viewer forgives (stray bytes between segments) is not. Scans of a
//! progressive file that a small picture does not need are checked when it is uploaded, not when it is rendered.

mod iptc;
mod markers;
mod turbo;

use markers::Markers;
use turbo::{Compressor, Decompressor};

use crate::jpeg::{self, Channels};
use crate::raster::{Layout, Picture, Raster};
use crate::{ColorKind, Format, OriginalError, Probe, RenderError, Size};

/// Scales at which our own decoder is faster. At larger ones the inverse transform counts, and libjpeg-turbo has vector
/// code for it.
const OWN_EIGHTHS_MAX: u8 = 2;

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

fn color(markers: &Markers<'_>) -> ColorKind {
    match markers.components {
        1 => ColorKind::Gray,
        4 => ColorKind::Cmyk,
        _ => ColorKind::Rgb,
    }
}

/// Pixels at `eighths`/8 of the size, rounded up.
pub(super) fn decode(bytes: &[u8], eighths: u8) -> Result<Picture, OriginalError> {
    let markers = Markers::read(bytes)?;
    let mut raster = match decode_by_own(bytes, eighths) {
        Some(raster) => raster,
        None => decode_by_turbo(bytes, eighths)?,
    };
    if markers.is_adobe && raster.layout == Layout::Cmyk {
        raster.pixels.iter_mut().for_each(|ink| *ink = 255 - *ink);
    }
    let copyright = markers.copyright();
    Ok(Picture::still(raster, markers.icc).with_copyright(copyright))
}

/// None for a file that only libjpeg-turbo takes, or nobody.
fn decode_by_own(bytes: &[u8], eighths: u8) -> Option<Raster> {
    if eighths > OWN_EIGHTHS_MAX {
        return None;
    }
    let picture = jpeg::decode(bytes, eighths.into()).ok()?;
    let layout = match picture.channels {
        Channels::Gray => Layout::Gray,
        Channels::Rgb => Layout::Rgb,
        Channels::Cmyk => Layout::Cmyk,
    };
    let size = Size { width: picture.width, height: picture.height };
    Some(Raster { size, layout, pixels: picture.samples })
}

/// The same pixels without our own decoder, inks as they are stored.
pub(crate) fn decode_by_turbo(bytes: &[u8], eighths: u8) -> Result<Raster, OriginalError> {
    let markers = Markers::read(bytes)?;
    let layout = match color(&markers) {
        ColorKind::Gray => Layout::Gray,
        ColorKind::Rgb => Layout::Rgb,
        ColorKind::Cmyk => Layout::Cmyk,
    };
    Decompressor::new(bytes, markers.size)?.decompress(layout, eighths)
}

/// Reads every coefficient, which our own decoder does not; the smallest scale does that as well as the full one and
/// keeps fewer pixels.
pub(super) fn check(bytes: &[u8]) -> Result<(), OriginalError> {
    decode_by_turbo(bytes, 1)?;
    // libjpeg tells only its first complaint, so a harmless one could hide that the end is missing.
    if Markers::read(bytes)?.image_ends(bytes) {
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
    let compressed = Compressor::new().and_then(|compressor| compressor.compress(raster, quality));
    let file = compressed.map_err(|source| RenderError::encode(Format::Jpeg, source))?;
    Ok(match exif {
        Some(exif) => markers::with_exif(file, exif),
        None => file,
    })
}

#[cfg(test)]
mod tests;
