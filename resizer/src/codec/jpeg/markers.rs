//! The segments before a JPEG's first scan: size, colour, EXIF, IPTC and ICC profile (ITU-T T.81, annex B).

use std::ops::RangeInclusive;

use super::iptc;
use crate::copyright::Copyright;
use crate::exif;
use crate::{Format, Orientation, OriginalError, Size};

const FORMAT: Format = Format::Jpeg;

const SOI_BYTES: usize = 2;
const START_OF_FRAME: RangeInclusive<u8> = 0xC0..=0xCF;
/// Within that range: Huffman tables, an extension, arithmetic conditioning.
const NOT_A_FRAME: [u8; 3] = [0xC4, 0xC8, 0xCC];
const RESTART: RangeInclusive<u8> = 0xD0..=0xD7;
const END_OF_IMAGE: u8 = 0xD9;
const START_OF_SCAN: u8 = 0xDA;
const APP0: u8 = 0xE0;
const APP1: u8 = 0xE1;
const APP2: u8 = 0xE2;
const APP13: u8 = 0xED;
const APP14: u8 = 0xEE;

/// What EXIF begins with in a JPEG.
const EXIF: &[u8] = b"Exif\0\0";

/// What the segments say.
pub(super) struct Markers<'a> {
    pub(super) size: Size,
    pub(super) precision_bits: u8,
    pub(super) components: u8,
    /// The TIFF block of EXIF; empty without one.
    exif: &'a [u8],
    /// Of IPTC-IIM, which knows more of it here and there.
    iptc: Copyright,
    /// Adobe's programs write inks inverted and leave this mark.
    pub(super) is_adobe: bool,
    pub(super) icc: Option<Vec<u8>>,
    /// Where the first scan's segment begins.
    first_scan: usize,
}

#[derive(Debug, thiserror::Error)]
enum MarkerError {
    #[error("byte {at} is not a marker")]
    NotAMarker { at: usize },
    #[error("no frame header comes before the first scan")]
    NoFrame,
    #[error("there is a second frame header")]
    SecondFrame,
    #[error("the frame header is {width} x {height} with {components} components")]
    BadFrame { width: u16, height: u16, components: u8 },
}

struct Segment<'a> {
    marker: u8,
    payload: &'a [u8],
    next: usize,
}

impl<'a> Markers<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, OriginalError> {
        let mut frame = None;
        let (mut exif, mut iptc) = (&[][..], Copyright::default());
        let mut is_adobe = false;
        let mut icc = Vec::new();
        let mut at = SOI_BYTES;
        loop {
            let segment = segment(bytes, at)?;
            match (segment.marker, segment.payload) {
                (START_OF_SCAN, _) => break,
                (END_OF_IMAGE, _) => return Err(malformed(MarkerError::NoFrame)),
                (APP1, payload) => exif = payload.strip_prefix(EXIF).unwrap_or(exif),
                (APP2, payload) => icc.extend(payload.strip_prefix(b"ICC_PROFILE\0")),
                (APP13, payload) => iptc = iptc.or(iptc::copyright(payload)),
                (APP14, payload) => is_adobe |= payload.starts_with(b"Adobe"),
                (marker, _) if !START_OF_FRAME.contains(&marker) => {}
                (marker, _) if NOT_A_FRAME.contains(&marker) => {}
                // A decoder might believe another one than this.
                _ if frame.is_some() => return Err(malformed(MarkerError::SecondFrame)),
                (_, payload) => frame = Some(frame_header(payload)?),
            }
            at = segment.next;
        }
        let (size, precision_bits, components) =
            frame.ok_or_else(|| malformed(MarkerError::NoFrame))?;
        let icc = joined(icc);
        let first_scan = at;
        Ok(Self { size, precision_bits, components, exif, iptc, is_adobe, icc, first_scan })
    }

    /// The TIFF block.
    pub(super) fn exif(&self) -> &'a [u8] {
        self.exif
    }

    pub(super) fn orientation(&self) -> Orientation {
        exif::orientation(self.exif)
    }

    /// What EXIF says goes first: programs of today keep that.
    pub(super) fn copyright(&self) -> Copyright {
        Copyright::of_exif(self.exif).or(self.iptc.clone())
    }

    /// Whether the end-of-image marker is there; data behind it does not matter.
    pub(super) fn image_ends(&self, bytes: &[u8]) -> bool {
        let mut at = self.first_scan;
        while let Ok(segment) = segment(bytes, at) {
            match segment.marker {
                END_OF_IMAGE => return true,
                START_OF_SCAN => at = behind_scan(bytes, segment.next),
                _ => at = segment.next,
            }
        }
        false
    }
}

/// A file of ours with a segment for an EXIF block, which is small, behind the one that says JFIF.
pub(super) fn with_exif(mut file: Vec<u8>, exif: &[u8]) -> Vec<u8> {
    let at = match segment(&file, SOI_BYTES) {
        Ok(Segment { marker: APP0, next, .. }) => next,
        _ => SOI_BYTES,
    };
    let payload = [EXIF, exif].concat();
    // The length counts its own two bytes.
    let length = u16::try_from(payload.len() + 2).unwrap_or(u16::MAX).to_be_bytes();
    let segment = [&[0xFF, APP1], &length[..], &payload].concat();
    file.splice(at..at, segment);
    file
}

fn malformed(error: MarkerError) -> OriginalError {
    OriginalError::malformed(FORMAT, error)
}

fn segment(bytes: &[u8], at: usize) -> Result<Segment<'_>, OriginalError> {
    const TRUNCATED: OriginalError = OriginalError::Truncated { format: FORMAT };
    // Any number of 0xFF may fill the space before a marker.
    let rest = bytes.get(at..).unwrap_or_default();
    let fill = rest.iter().take_while(|byte| **byte == 0xFF).count();
    let marker = *rest.get(fill).ok_or(TRUNCATED)?;
    if fill == 0 {
        return Err(malformed(MarkerError::NotAMarker { at }));
    }
    let at = at + fill + 1;
    if marker == END_OF_IMAGE || RESTART.contains(&marker) || marker == 0x01 {
        return Ok(Segment { marker, payload: &[], next: at });
    }
    let length = bytes.get(at..at + 2).ok_or(TRUNCATED)?;
    // The length counts its own two bytes.
    let length = usize::from(u16::from_be_bytes([length[0], length[1]])).max(2);
    let payload = bytes.get(at + 2..at + length).ok_or(TRUNCATED)?;
    Ok(Segment { marker, payload, next: at + length })
}

/// The next marker behind entropy-coded data, in which 0xFF is followed by 0 or a restart.
fn behind_scan(bytes: &[u8], from: usize) -> usize {
    let pairs = bytes.get(from..).unwrap_or_default().windows(2);
    let marker = |pair: &[u8]| pair[0] == 0xFF && pair[1] != 0 && !RESTART.contains(&pair[1]);
    pairs.into_iter().position(marker).map_or(bytes.len(), |offset| from + offset)
}

fn frame_header(payload: &[u8]) -> Result<(Size, u8, u8), OriginalError> {
    let &[precision_bits, h1, h0, w1, w0, components, ..] = payload else {
        return Err(malformed(MarkerError::NoFrame));
    };
    let (width, height) = (u16::from_be_bytes([w1, w0]), u16::from_be_bytes([h1, h0]));
    if width == 0 || height == 0 || !matches!(components, 1 | 3 | 4) {
        return Err(malformed(MarkerError::BadFrame { width, height, components }));
    }
    let size = Size { width: width.into(), height: height.into() };
    Ok((size, precision_bits, components))
}

/// A profile's parts, each led by its number and their count, joined in order (ICC.1:2022, B.4);
/// none unless all are there.
fn joined(mut parts: Vec<&[u8]>) -> Option<Vec<u8>> {
    parts.sort_by_key(|part| part.first().copied());
    let complete = (1..).zip(&parts).all(|(number, part)| {
        matches!(part, [n, count, ..] if *n == number && usize::from(*count) == parts.len())
    });
    (complete && !parts.is_empty())
        .then(|| parts.iter().flat_map(|part| &part[2..]).copied().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profile_parts_are_put_in_order() {
        assert_eq!(joined(vec![&[2, 2, b'b'], &[1, 2, b'a']]), Some(b"ab".to_vec()));
        assert_eq!(joined(vec![&[1, 3, b'a'], &[3, 3, b'c']]), None, "a part is missing");
        assert_eq!(joined(vec![&[1]]), None);
        assert_eq!(joined(vec![]), None);
    }

    #[test]
    fn stuffed_bytes_and_restarts_do_not_end_a_scan() {
        assert_eq!(behind_scan(&[1, 0xFF, 0, 0xFF, 0xD3, 9, 0xFF, 0xD9], 0), 6);
        assert_eq!(behind_scan(&[1, 0xFF, 0, 0xFF], 0), 4, "no marker: the end of the bytes");
    }
}
