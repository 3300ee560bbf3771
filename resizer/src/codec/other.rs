//! TIFF and BMP through the `image` crate: read, never written, and rare enough to need no tuning.

mod directory;

use std::io::{Cursor, ErrorKind};

use image::codecs::bmp::BmpDecoder;
use image::codecs::tiff::TiffDecoder;
use image::{DynamicImage, ImageDecoder, ImageError, ImageResult};

use crate::copyright::Copyright;
use crate::raster::{Layout, Picture, Raster};
use crate::stages::Decoded;
use crate::{ColorKind, Format, Orientation, OriginalError, Probe, Size};

/// Of a pixel in TIFF: colours and some more.
const SAMPLES_MAX: u64 = 8;

pub(super) fn probe(format: Format, bytes: &[u8]) -> Result<Probe, OriginalError> {
    let probed = match format {
        Format::Tiff if directory::promises_too_much(bytes) => {
            return Err(OriginalError::Truncated { format });
        }
        Format::Tiff if directory::is_far_larger_when_read(bytes) => {
            let feature = "a table of more values than a file of its size has use for";
            return Err(OriginalError::UnsupportedFeature { format, feature });
        }
        Format::Tiff if directory::samples(bytes).is_some_and(|samples| samples > SAMPLES_MAX) => {
            let feature = "more than 8 samples a pixel";
            return Err(OriginalError::UnsupportedFeature { format, feature });
        }
        Format::Tiff => {
            TiffDecoder::new(Cursor::new(bytes)).and_then(|decoder| describe(format, decoder))
        }
        _ => BmpDecoder::new(Cursor::new(bytes)).and_then(|decoder| describe(format, decoder)),
    };
    let probe = probed.map_err(|error| refusal(format, error))?;
    if probe.stored.pixels() == 0 {
        return Err(OriginalError::malformed(format, "the image has no pixels"));
    }
    Ok(probe)
}

fn describe(format: Format, mut decoder: impl ImageDecoder) -> ImageResult<Probe> {
    let (width, height) = decoder.dimensions();
    let color = decoder.color_type();
    let orientation = Orientation::from_exif(decoder.orientation()?.to_exif().into());
    Ok(Probe {
        format,
        stored: Size { width, height },
        orientation: orientation.unwrap_or(Orientation::UPRIGHT),
        frames: 1,
        has_alpha: color.has_alpha(),
        color: if color.has_color() { ColorKind::Rgb } else { ColorKind::Gray },
    })
}

pub(super) fn decode(format: Format, bytes: &[u8]) -> Result<Decoded, OriginalError> {
    let decoded = match format {
        Format::Tiff => {
            let icc = directory::icc(bytes).map(<[u8]>::to_vec);
            TiffDecoder::new(Cursor::new(bytes)).and_then(|decoder| pixels(decoder, icc))
        }
        _ => BmpDecoder::new(Cursor::new(bytes)).and_then(|mut decoder| {
            let icc = decoder.icc_profile()?;
            pixels(decoder, icc)
        }),
    };
    // A TIFF file is itself the block that EXIF is in other formats; a bitmap has no such thing.
    let copyright = Copyright::of_exif(bytes);
    let decoded = decoded.map(|decoded| decoded.with_copyright(copyright));
    decoded.map_err(|error| refusal(format, error))
}

fn pixels(decoder: impl ImageDecoder, icc: Option<Vec<u8>>) -> ImageResult<Decoded> {
    let color = decoder.color_type();
    let image = DynamicImage::from_decoder(decoder)?;
    let size = Size { width: image.width(), height: image.height() };
    let layout = match (color.has_color(), color.has_alpha()) {
        (_, true) => Layout::Rgba,
        (true, false) => Layout::Rgb,
        (false, false) => Layout::Gray,
    };
    if usize::from(color.bytes_per_pixel()) == usize::from(color.channel_count()) {
        let pixels = match layout {
            Layout::Rgba | Layout::Cmyk => image.into_rgba8().into_raw(),
            Layout::Rgb => image.into_rgb8().into_raw(),
            Layout::Gray => image.into_luma8().into_raw(),
        };
        return Ok(Decoded::Eight(Picture::still(Raster { size, layout, pixels }, icc)));
    }
    let pixels = match layout {
        Layout::Rgba | Layout::Cmyk => image.into_rgba16().into_raw(),
        Layout::Rgb => image.into_rgb16().into_raw(),
        Layout::Gray => image.into_luma16().into_raw(),
    };
    Ok(Decoded::Sixteen(Picture::still(Raster { size, layout, pixels }, icc)))
}

fn refusal(format: Format, error: ImageError) -> OriginalError {
    match error {
        ImageError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => {
            OriginalError::Truncated { format }
        }
        // The `tiff` crate holds no more at a time, which is 44 megapixels of red, green and blue with 16 bits.
        ImageError::Limits(_) => {
            let feature = "more than 256 MiB of samples";
            OriginalError::UnsupportedFeature { format, feature }
        }
        error => OriginalError::malformed(format, error),
    }
}

#[cfg(test)]
mod tests {
    use image::codecs::tiff::TiffEncoder;
    use image::{ExtendedColorType, ImageEncoder};

    use super::*;

    #[test]
    fn the_profile_of_a_tiff_is_the_one_that_was_written() {
        let profile: Vec<u8> = (0..9_000u16).map(|at| at.to_le_bytes()[0]).collect();
        let mut tiff = Cursor::new(Vec::new());
        let mut encoder = TiffEncoder::new(&mut tiff);
        encoder.set_icc_profile(profile.clone()).unwrap();
        encoder.write_image(&[1, 2, 3, 4, 5, 6], 2, 1, ExtendedColorType::Rgb8).unwrap();
        let Ok(Decoded::Eight(picture)) = decode(Format::Tiff, tiff.get_ref()) else {
            panic!("it has 8 bits")
        };
        assert_eq!(picture.icc, Some(profile));
        assert_eq!(picture.frames[0].raster.pixels, [1, 2, 3, 4, 5, 6]);
    }
}
