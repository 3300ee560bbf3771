//! JPEG through libjpeg-turbo's TurboJPEG 3 interface.
//!
//! Decodes at 1/8, 1/4 or 1/2 size when no more is needed, which spares most of the inverse transform.
//! Damage that loses pixels is an error; what every viewer forgives (stray bytes between segments) is not.

mod iptc;
mod markers;
mod turbo;

use markers::Markers;
use turbo::{Compressor, Decompressor};

use crate::raster::{Layout, Picture, Raster};
use crate::{ColorKind, Format, OriginalError, Probe, RenderError};

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
    let layout = match color(&markers) {
        ColorKind::Gray => Layout::Gray,
        ColorKind::Rgb => Layout::Rgb,
        ColorKind::Cmyk => Layout::Cmyk,
    };
    let mut raster = Decompressor::new(bytes, markers.size)?.decompress(layout, eighths)?;
    if markers.is_adobe && layout == Layout::Cmyk {
        raster.pixels.iter_mut().for_each(|ink| *ink = 255 - *ink);
    }
    let copyright = markers.copyright();
    Ok(Picture::still(raster, markers.icc).with_copyright(copyright))
}

/// Reads every coefficient; the smallest scale does that as well as the full one and keeps fewer pixels.
pub(super) fn check(bytes: &[u8]) -> Result<(), OriginalError> {
    decode(bytes, 1)?;
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
