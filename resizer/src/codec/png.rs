//! PNG through the `png` crate: all depths and palettes in (16 bits stay 16), 8 bits out.

use std::borrow::Cow;
use std::io::{Cursor, ErrorKind};

use png::{BitDepth, ColorType, Compression, DecodingError, Encoder, Info, Transformations};

use crate::copyright::Copyright;
use crate::exif;
use crate::raster::{Layout, Picture, Raster, Sample};
use crate::stages::Decoded;
use crate::steps::bands::Bands;
use crate::steps::resize;
use crate::{ColorKind, Format, Orientation, OriginalError, Plan, Probe, RenderError, Size};

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

/// Whether there are all pixels, of which one row at a time is in memory.
pub(super) fn check(bytes: &[u8]) -> Result<(), OriginalError> {
    let mut reader = open(bytes, Profile::Read)?;
    while reader.next_row().map_err(refusal)?.is_some() {}
    reader.finish().map_err(refusal)
}

/// Resized where the plan says so ([`Plan::is_resized_by_rows`]).
pub(super) fn decode(bytes: &[u8], plan: &Plan) -> Result<Decoded, RenderError> {
    let reader = open(bytes, Profile::Read)?;
    if reader.info().bit_depth == BitDepth::Sixteen {
        picture::<u16>(reader, plan).map(Decoded::Sixteen)
    } else {
        picture::<u8>(reader, plan).map(Decoded::Eight)
    }
}

fn picture<T: Sample>(mut reader: Reader<'_>, plan: &Plan) -> Result<Picture<T>, RenderError> {
    let raster = match (plan.is_resized_by_rows(), reader.info().interlaced) {
        (true, false) => resized(&mut reader, plan)?,
        (true, true) => resize::resized(whole(&mut reader)?, plan)?,
        (false, _) => whole(&mut reader)?,
    };
    reader.finish().map_err(refusal)?;
    let info = reader.info();
    let icc = info.icc_profile.as_ref().map(|icc| icc.to_vec());
    // EXIF may also stand behind the pixels.
    Ok(Picture::still(raster, icc).with_copyright(copyright(info)))
}

/// The picture as the plan wants it, of which the original is never whole in memory.
fn resized<T: Sample>(reader: &mut Reader<'_>, plan: &Plan) -> Result<Raster<T>, RenderError> {
    let mut bands = Bands::new(size(reader.info()), layout(reader), plan);
    let bytes = reader.output_line_size(reader.info().width);
    let mut row = buffer::<T>(bytes)?;
    while reader.read_row(bytemuck::cast_slice_mut(&mut row)).map_err(refusal)?.is_some() {
        reorder(&mut row);
        if is_gray_alpha(reader) { bands.push(&colored(&row))? } else { bands.push(&row)? }
    }
    Ok(bands.finish())
}

fn whole<T: Sample>(reader: &mut Reader<'_>) -> Result<Raster<T>, OriginalError> {
    let mut stored = buffer::<T>(reader.output_buffer_size())?;
    reader.next_frame(bytemuck::cast_slice_mut(&mut stored)).map_err(refusal)?;
    reorder(&mut stored);
    let pixels = if is_gray_alpha(reader) { colored(&stored) } else { stored };
    Ok(Raster { size: size(reader.info()), layout: layout(reader), pixels })
}

fn buffer<T: Sample>(bytes: Option<usize>) -> Result<Vec<T>, OriginalError> {
    let bytes = bytes.ok_or(DecodingError::LimitsExceeded).map_err(refusal)?;
    Ok(vec![T::default(); bytes / size_of::<T>()])
}

fn size(info: &Info<'_>) -> Size {
    Size { width: info.width, height: info.height }
}

fn layout(reader: &Reader<'_>) -> Layout {
    match reader.output_color_type().0 {
        ColorType::Grayscale => Layout::Gray,
        ColorType::Rgb | ColorType::Indexed => Layout::Rgb,
        ColorType::GrayscaleAlpha | ColorType::Rgba => Layout::Rgba,
    }
}

fn is_gray_alpha(reader: &Reader<'_>) -> bool {
    reader.output_color_type().0 == ColorType::GrayscaleAlpha
}

/// From PNG's order of bytes, which is big-endian, to this machine's.
fn reorder<T: Sample>(samples: &mut [T]) {
    for sample in samples {
        *sample = T::of_big_endian(*sample);
    }
}

/// Brightness and opacity as red, green, blue and opacity.
fn colored<T: Sample>(pairs: &[T]) -> Vec<T> {
    let (pairs, _) = pairs.as_chunks::<2>();
    pairs.iter().flat_map(|&[grey, alpha]| [grey, grey, grey, alpha]).collect()
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
