//! PNG through the `png` crate: all depths and palettes in (16 bits stay 16), 8 bits out.

use std::borrow::Cow;
use std::io::{Cursor, ErrorKind};

use png::{BitDepth, ColorType, Compression, DecodingError, Encoder, Info, Transformations};

use crate::copyright::Copyright;
use crate::exif;
use crate::raster::{Layout, Picture, Raster, Sample};
use crate::stages::Decoded;
use crate::{ColorKind, Format, Orientation, OriginalError, Probe, RenderError, Size};

const MIB: usize = 1 << 20;

type Reader<'a> = png::Reader<Cursor<&'a [u8]>>;

pub(super) fn probe(bytes: &[u8]) -> Result<Probe, OriginalError> {
    let reader = open(bytes, Profile::Ignored)?;
    let info = reader.info();
    let is_gray = matches!(info.color_type, ColorType::Grayscale | ColorType::GrayscaleAlpha);
    Ok(Probe {
        format: Format::Png,
        stored: Size { width: info.width, height: info.height },
        orientation: orientation(info),
        frames: 1,
        has_alpha: has_alpha(info),
        color: if is_gray { ColorKind::Gray } else { ColorKind::Rgb },
    })
}

pub(super) fn decode(bytes: &[u8]) -> Result<Decoded, OriginalError> {
    let reader = open(bytes, Profile::Read)?;
    if reader.info().bit_depth != BitDepth::Sixteen {
        return picture::<u8>(reader).map(Decoded::Eight);
    }
    let mut picture = picture::<u16>(reader)?;
    // PNG's samples are big-endian.
    let samples = picture.frames.iter_mut().flat_map(|frame| &mut frame.raster.pixels);
    samples.for_each(|sample| *sample = u16::from_be(*sample));
    Ok(Decoded::Sixteen(picture))
}

/// The samples, in the order of bytes that the file has.
fn picture<T: Sample>(mut reader: Reader<'_>) -> Result<Picture<T>, OriginalError> {
    let (color, _) = reader.output_color_type();
    let (stored, grey_alpha) = match color {
        ColorType::Grayscale => (Layout::Gray, false),
        ColorType::GrayscaleAlpha => (Layout::Rgba, true),
        ColorType::Rgb | ColorType::Indexed => (Layout::Rgb, false),
        ColorType::Rgba => (Layout::Rgba, false),
    };
    let size = Size { width: reader.info().width, height: reader.info().height };
    let icc = reader.info().icc_profile.as_ref().map(|icc| icc.to_vec());
    let bytes =
        reader.output_buffer_size().ok_or(DecodingError::LimitsExceeded).map_err(refusal)?;
    let mut pixels = vec![T::default(); bytes / size_of::<T>()];
    reader.next_frame(bytemuck::cast_slice_mut(&mut pixels)).map_err(refusal)?;
    reader.finish().map_err(refusal)?;
    // EXIF may also stand behind the pixels.
    let copyright = copyright(reader.info());
    if grey_alpha {
        let (pairs, _) = pixels.as_chunks::<2>();
        pixels = pairs.iter().flat_map(|&[grey, alpha]| [grey, grey, grey, alpha]).collect();
    }
    let raster = Raster { size, layout: stored, pixels };
    Ok(Picture::still(raster, icc).with_copyright(copyright))
}

/// With the fast preset, which is smaller and several times faster than libpng's unfiltered default.
pub(super) fn encode(raster: &Raster, exif: Option<&[u8]>) -> Result<Vec<u8>, RenderError> {
    let write = || {
        let mut file = Vec::new();
        let mut info = Info::with_size(raster.size.width, raster.size.height);
        info.exif_metadata = exif.map(Cow::Borrowed);
        let mut encoder = Encoder::with_info(&mut file, info)?;
        encoder.set_color(match raster.layout {
            Layout::Gray => ColorType::Grayscale,
            Layout::Rgb => ColorType::Rgb,
            Layout::Rgba | Layout::Cmyk => ColorType::Rgba,
        });
        encoder.set_depth(BitDepth::Eight);
        encoder.set_compression(Compression::Fast);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&raster.pixels)?;
        writer.finish()?;
        Ok(file)
    };
    write().map_err(|source: png::EncodingError| RenderError::encode(Format::Png, source))
}

/// Whether to inflate the colour profile.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Profile {
    Ignored,
    Read,
}

/// Reads up to the first pixel data. The header's promise costs no memory: rows are made one at a time, and a profile
/// that inflates to more than others do is ignored.
fn open(bytes: &[u8], profile: Profile) -> Result<Reader<'_>, OriginalError> {
    // The crate inflates into a buffer that doubles: what it takes is up to twice as much.
    let limits = png::Limits { bytes: 2 * (MIB + bytes.len()) };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), limits);
    decoder.set_transformations(Transformations::EXPAND);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(profile == Profile::Ignored);
    let reader = decoder.read_info().map_err(refusal)?;
    if has_broken_palette(reader.info()) {
        return Err(OriginalError::malformed(
            Format::Png,
            "the palette is not 1 to 256 whole colours",
        ));
    }
    Ok(reader)
}

/// The `png` crate panics when it looks colours up in one (0.18.1).
fn has_broken_palette(info: &Info<'_>) -> bool {
    let bytes = info.palette.as_ref().map_or(3, |palette| palette.len());
    info.color_type == ColorType::Indexed
        && !(bytes.is_multiple_of(3) && (3..=768).contains(&bytes))
}

fn orientation(info: &Info<'_>) -> Orientation {
    info.exif_metadata.as_ref().map_or(Orientation::UPRIGHT, |tiff| exif::orientation(tiff))
}

pub(super) fn exif(bytes: &[u8]) -> Option<Cow<'_, [u8]>> {
    let reader = open(bytes, Profile::Ignored).ok()?;
    reader.info().exif_metadata.as_ref().map(|tiff| Cow::Owned(tiff.to_vec()))
}

fn copyright(info: &Info<'_>) -> Copyright {
    info.exif_metadata.as_ref().map(|tiff| Copyright::of_exif(tiff)).unwrap_or_default()
}

fn has_alpha(info: &Info<'_>) -> bool {
    info.trns.is_some() || matches!(info.color_type, ColorType::GrayscaleAlpha | ColorType::Rgba)
}

fn refusal(error: DecodingError) -> OriginalError {
    match error {
        DecodingError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => {
            OriginalError::Truncated { format: Format::Png }
        }
        error => OriginalError::malformed(Format::Png, error),
    }
}
