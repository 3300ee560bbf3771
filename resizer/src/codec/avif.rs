//! AVIF: dav1d reads it, libaom writes it; the boxes around are read here and written by `avif-serialize`.

mod boxes;
mod container;
mod dav1d;
mod libaom;
mod planes;
mod yuv;

use std::borrow::Cow;

use avif_serialize::Aviffy;
use moxcms::{
    CicpColorPrimaries, CicpProfile, ColorProfile, MatrixCoefficients, TransferCharacteristics,
};

use container::{Cicp, Container, Item};
use dav1d::{Av1Error, Depth};
use planes::Planes;
use yuv::{Opacity, UnknownMatrix};

use crate::copyright::Copyright;
use crate::planar::{Halved, Planar};
use crate::raster::{Layout, Picture, Raster, Sample};
use crate::stages::Decoded;
use crate::{ColorKind, Format, OriginalError, Plan, Probe, RenderError, Size};

const FORMAT: Format = Format::Avif;

pub(super) fn probe(bytes: &[u8]) -> Result<Probe, OriginalError> {
    let Container { color, alpha, .. } = Container::read(bytes)?;
    Ok(Probe {
        format: FORMAT,
        stored: color.size,
        orientation: color.orientation,
        frames: 1,
        has_alpha: alpha.is_some(),
        color: if color.is_monochrome { ColorKind::Gray } else { ColorKind::Rgb },
    })
}

/// In planes where the plan leaves it so and they are stored as JPEG's are.
pub(super) fn decode_for(bytes: &[u8], plan: &Plan) -> Result<Decoded, OriginalError> {
    decoded(bytes, plan.stays_halved())
}

/// Pixels. Of a film with a still picture, that picture.
pub(super) fn decode(bytes: &[u8]) -> Result<Decoded, OriginalError> {
    decoded(bytes, false)
}

fn decoded(bytes: &[u8], stays_halved: bool) -> Result<Decoded, OriginalError> {
    let container = Container::read(bytes)?;
    let color = stream_of(&container.color)?;
    let cicp = container.color.cicp.unwrap_or(color.cicp());
    let icc = match container.color.icc {
        Some(icc) => Some(icc.to_vec()),
        None => profile(cicp)?,
    };
    let copyright =
        container.exif.as_deref().and_then(tiff).map(Copyright::of_exif).unwrap_or_default();
    if stays_halved
        && icc.is_none()
        && container.alpha.is_none()
        && let Some(planes) = planes::read(&color, cicp)
    {
        return Ok(Decoded::Planar(Planar { planes, icc, copyright }));
    }
    let alpha = container.alpha.as_ref().map(stream_of).transpose()?;
    let opacity = container.alpha.and_then(|item| item.cicp);
    let opacity = alpha.as_ref().map(|planes| Opacity {
        planes,
        full_range: opacity.unwrap_or(planes.cicp()).full_range,
        is_premultiplied: container.is_premultiplied,
    });
    let decoded = if color.bits() == 8 {
        Decoded::Eight(Picture::still(raster::<u8, u8>(&color, cicp, opacity)?, icc))
    } else {
        Decoded::Sixteen(Picture::still(raster::<u16, u16>(&color, cicp, opacity)?, icc))
    };
    Ok(decoded.with_copyright(copyright))
}

pub(super) fn exif(bytes: &[u8]) -> Option<Cow<'_, [u8]>> {
    let item = Container::read(bytes).ok()?.exif?;
    tiff(&item).map(|tiff| Cow::Owned(tiff.to_vec()))
}

/// An EXIF item says first how many bytes come before its TIFF block.
fn tiff(item: &[u8]) -> Option<&[u8]> {
    let (before, rest) = item.split_first_chunk()?;
    rest.get(usize::try_from(u32::from_be_bytes(*before)).ok()?..)
}

fn stream_of(item: &Item<'_>) -> Result<dav1d::Picture, OriginalError> {
    dav1d::Picture::decode(&item.av1, item.size)
        .map_err(|error: Av1Error| OriginalError::malformed(FORMAT, error))
}

fn raster<T: Depth, O: Sample>(
    picture: &dav1d::Picture,
    cicp: Cicp,
    opacity: Option<Opacity<'_>>,
) -> Result<Raster<O>, OriginalError> {
    let raster = yuv::to_rgb::<T, O>(picture, cicp)
        .map_err(|UnknownMatrix| unsupported("a rare colour matrix"))?;
    // The alpha plane may have another depth than the colours.
    Ok(match opacity {
        None => raster,
        Some(opacity) if opacity.planes.bits() == 8 => opacity.behind::<u8, O>(raster),
        Some(opacity) => opacity.behind::<u16, O>(raster),
    })
}

/// The profile that code points stand for; none for sRGB.
fn profile(cicp: Cicp) -> Result<Option<Vec<u8>>, OriginalError> {
    let transfer = match cicp.transfer {
        // Curves of cameras that every viewer shows as sRGB, and "unspecified".
        1 | 2 | 6 | 14 | 15 => TransferCharacteristics::Srgb,
        16 | 18 => return Err(unsupported("high dynamic range (PQ or HLG)")),
        code => TransferCharacteristics::try_from(code)
            .map_err(|_| unsupported("an unknown transfer function"))?,
    };
    if matches!(cicp.primaries, 1 | 2) && transfer == TransferCharacteristics::Srgb {
        return Ok(None);
    }
    let color_primaries = match cicp.primaries {
        2 => CicpColorPrimaries::Bt709,
        code => CicpColorPrimaries::try_from(code).map_err(|_| unsupported("unknown primaries"))?,
    };
    let profile = ColorProfile::new_from_cicp(CicpProfile {
        color_primaries,
        transfer_characteristics: transfer,
        matrix_coefficients: MatrixCoefficients::Identity,
        full_range: true,
    });
    profile.encode().map(Some).map_err(|error| OriginalError::malformed(FORMAT, error))
}

fn unsupported(feature: &'static str) -> OriginalError {
    OriginalError::UnsupportedFeature { format: FORMAT, feature }
}

/// 8 bits, 4:2:0, and opacity as a picture of its own where there is any.
pub(super) fn encode(
    raster: &Raster,
    quality: u8,
    exif: Option<&[u8]>,
) -> Result<Vec<u8>, RenderError> {
    let alpha = (raster.layout == Layout::Rgba).then(|| Planes::of_alpha(raster));
    file(&Planes::of(raster), alpha.as_ref(), raster.size, quality, exif)
}

/// [`encode`] from planes in full range.
pub(super) fn encode_halved(
    picture: &Halved,
    quality: u8,
    exif: Option<&[u8]>,
) -> Result<Vec<u8>, RenderError> {
    let chroma = picture.chroma.as_ref();
    let planes = Planes {
        luma: Cow::Borrowed(&picture.luma.pixels),
        chroma: chroma.map(|chroma| chroma.each_ref().map(|plane| Cow::Borrowed(&*plane.pixels))),
    };
    file(&planes, None, picture.luma.size, quality, exif)
}

fn file(
    color: &Planes<'_>,
    alpha: Option<&Planes<'_>>,
    size: Size,
    quality: u8,
    exif: Option<&[u8]>,
) -> Result<Vec<u8>, RenderError> {
    let encode = |planes| libaom::encode(planes, size, quantizer(quality));
    let encode = |planes| encode(planes).map_err(|source| RenderError::encode(FORMAT, source));
    let mut file = Aviffy::new();
    file.set_seq_profile(0)
        .set_chroma_subsampling((true, true))
        .set_monochrome(color.chroma.is_none());
    if let Some(exif) = exif {
        file.set_exif(exif.to_vec());
    }
    let (color, alpha) = (encode(color)?, alpha.map(encode).transpose()?);
    Ok(file.to_vec(&color, alpha.as_deref(), size.width, size.height, 8))
}

/// Qualities and the quantisers (0 to 63) at which four photographs keep the SSIM that WebP keeps at that quality, so
/// that what is negotiated does not change what is seen. Sharp's AVIF scale is another: its default, 50, is 68 here.
const SCALE: [(u8, u8); 5] = [(0, 57), (50, 37), (80, 28), (95, 10), (100, 0)];

/// libaom's quantiser for a quality, linear between the steps of [`SCALE`].
fn quantizer(quality: u8) -> u8 {
    let step = SCALE.array_windows().find(|[_, (end, _)]| quality <= *end);
    let Some(&[(from, coarse), (to, fine)]) = step else { return 0 };
    let (done, whole) = (u16::from(quality - from), u16::from(to - from));
    let finer = u16::from(coarse - fine) * done / whole;
    coarse - u8::try_from(finer).unwrap_or(coarse)
}

#[cfg(test)]
mod tests;
