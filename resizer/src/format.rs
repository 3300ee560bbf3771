//! The formats by name, media type, file extension and magic bytes.
//!
//! A name or a media type that a client sends is never believed: [`Format::sniff`] looks at the bytes.

use std::fmt;
use std::str::FromStr;

use crate::OriginalError;

/// An image format that Darkroom reads; all but TIFF and BMP are also written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// JPEG, baseline or progressive, grey, YCbCr, CMYK or YCCK.
    Jpeg,
    /// PNG of any depth; of an animated PNG the default image.
    Png,
    /// WebP, lossy or lossless, still or animated.
    WebP,
    /// GIF, still or animated.
    Gif,
    /// AVIF; of a film its still picture.
    Avif,
    /// TIFF, first page; read only.
    Tiff,
    /// Windows bitmap; read only.
    Bmp,
}

/// The formats that browsers show and [`render`](crate::render) writes.
const RENDERED: [Format; 5] = [Format::Jpeg, Format::Png, Format::WebP, Format::Gif, Format::Avif];

impl Format {
    /// The registered media type, for `Content-Type`.
    pub fn media_type(self) -> &'static str {
        match self {
            Format::Jpeg => "image/jpeg",
            Format::Png => "image/png",
            Format::WebP => "image/webp",
            Format::Gif => "image/gif",
            Format::Avif => "image/avif",
            Format::Tiff => "image/tiff",
            Format::Bmp => "image/bmp",
        }
    }

    /// The usual file extension, without the dot; also the format's name in a transform.
    pub fn extension(self) -> &'static str {
        match self {
            Format::Jpeg => "jpg",
            Format::Png => "png",
            Format::WebP => "webp",
            Format::Gif => "gif",
            Format::Avif => "avif",
            Format::Tiff => "tiff",
            Format::Bmp => "bmp",
        }
    }

    /// Whether renditions can be asked for in this format.
    pub fn is_rendered(self) -> bool {
        RENDERED.contains(&self)
    }

    /// Whether the format stores transparency.
    pub fn supports_alpha(self) -> bool {
        self != Format::Jpeg && self != Format::Bmp
    }

    /// Whether the format stores more than one picture.
    pub fn supports_animation(self) -> bool {
        matches!(self, Format::Gif | Format::WebP)
    }

    /// Whether renditions in this format can say whose they are. GIF has comments alone, which nobody looks into.
    pub fn supports_exif(self) -> bool {
        !matches!(self, Format::Gif | Format::Bmp)
    }

    /// Whether `quality` changes what an encoder writes.
    pub fn is_lossy(self) -> bool {
        matches!(self, Format::Jpeg | Format::WebP | Format::Avif)
    }

    /// Names the format by its first bytes; what is known but not taken gets a refusal of its own.
    pub fn sniff(bytes: &[u8]) -> Result<Format, OriginalError> {
        match bytes {
            [] => Err(OriginalError::Empty),
            [0xFF, 0xD8, 0xFF, ..] => Ok(Format::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Ok(Format::Png),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Ok(Format::Gif),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Ok(Format::WebP),
            // 42 is TIFF, 43 BigTIFF, each in either byte order.
            [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => Ok(Format::Tiff),
            [_, _, _, _, b'f', b't', b'y', b'p', ..] => iso_media(bytes),
            _ if is_bmp(bytes) => Ok(Format::Bmp),
            _ => Err(refusal(bytes)),
        }
    }
}

/// "BM" alone begins many a text; the size of the second header tells a bitmap from one.
fn is_bmp(bytes: &[u8]) -> bool {
    let header_bytes =
        bytes.get(14..18).and_then(|size| size.try_into().ok()).map(u32::from_le_bytes);
    bytes.starts_with(b"BM") && matches!(header_bytes, Some(12 | 40 | 52 | 56 | 64 | 108 | 124))
}

fn refusal(bytes: &[u8]) -> OriginalError {
    match bytes {
        [b'%', b'P', b'D', b'F', b'-', ..] => OriginalError::Pdf,
        _ if is_svg(bytes) => OriginalError::Svg,
        _ => OriginalError::NotAnImage,
    }
}

/// HEIC and AVIF share the ISO base media container; the brands in its first box tell them apart.
fn iso_media(bytes: &[u8]) -> Result<Format, OriginalError> {
    let brands = &bytes[8..bytes.len().min(64)];
    let mut brands = brands.chunks_exact(4);
    if brands.clone().any(|brand| matches!(brand, b"avif" | b"avis")) {
        return Ok(Format::Avif);
    }
    if brands.any(|brand| {
        matches!(brand, b"mif1" | b"msf1") || brand.starts_with(b"hei") || brand.starts_with(b"hev")
    }) {
        return Err(OriginalError::Heic);
    }
    Err(OriginalError::NotAnImage)
}

/// Looks for the root element within the first kilobyte, behind a byte order mark, declaration or comment.
fn is_svg(bytes: &[u8]) -> bool {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]);
    let head = head.trim_start_matches('\u{feff}').trim_start();
    head.starts_with('<') && !head.starts_with("<html") && head.contains("<svg")
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.extension())
    }
}

/// The text names no format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the format is not known; known are jpg, png, webp, gif, avif, tiff and bmp")]
pub struct UnknownFormat;

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        match text {
            "jpg" | "jpeg" => Ok(Format::Jpeg),
            "png" => Ok(Format::Png),
            "webp" => Ok(Format::WebP),
            "gif" => Ok(Format::Gif),
            "avif" => Ok(Format::Avif),
            "tiff" => Ok(Format::Tiff),
            "bmp" => Ok(Format::Bmp),
            _ => Err(UnknownFormat),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_that_look_alike_are_told_apart() {
        let heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic";
        let avif = b"\0\0\0\x1cftypmif1\0\0\0\0avifmif1";
        let movie = b"\0\0\0\x18ftypisom\0\0\0\0isommp42";
        assert!(matches!(Format::sniff(heic), Err(OriginalError::Heic)));
        assert!(matches!(Format::sniff(avif), Ok(Format::Avif)));
        assert!(matches!(Format::sniff(movie), Err(OriginalError::NotAnImage)));
    }

    #[test]
    fn markup_is_svg_only_with_its_root_element() {
        let svg = b"\xEF\xBB\xBF<?xml version=\"1.0\"?>\n<!-- drawn --><svg xmlns=\"\"/>";
        assert!(matches!(Format::sniff(svg), Err(OriginalError::Svg)));
        assert!(matches!(Format::sniff(b"<html><svg/></html>"), Err(OriginalError::NotAnImage)));
        assert!(matches!(Format::sniff(b"%PDF-1.7"), Err(OriginalError::Pdf)));
    }

    #[test]
    fn a_text_that_begins_with_bm_is_no_bitmap() {
        assert!(matches!(
            Format::sniff(b"BMW and other marques, a history"),
            Err(OriginalError::NotAnImage)
        ));
    }

    #[test]
    fn every_prefix_of_every_signature_is_answered() {
        let webp = b"RIFF\x24\0\0\0WEBPVP8 ";
        for len in 0..webp.len() {
            assert_eq!(Format::sniff(&webp[..len]).is_ok(), len >= 12, "{len} bytes");
        }
    }

    #[test]
    fn names_are_extensions() {
        let read_only = [Format::Tiff, Format::Bmp];
        for format in RENDERED.into_iter().chain(read_only) {
            assert_eq!(format.to_string().parse(), Ok(format));
        }
    }
}
