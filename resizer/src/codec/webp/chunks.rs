//! The chunks of a WebP file: frames to count, EXIF and ICC profile (RFC 9649, section 2).

use crate::copyright::Copyright;
use crate::exif;
use crate::{Format, Orientation, OriginalError};

const HEADER_BYTES: usize = 12;

/// What libwebp's own header parser does not tell.
#[derive(Default)]
pub(super) struct Chunks<'a> {
    pub(super) frames: u32,
    pub(super) icc: Option<&'a [u8]>,
    exif: Option<&'a [u8]>,
}

impl<'a> Chunks<'a> {
    /// Fails when a chunk, or the file by its own account, goes beyond the bytes.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, OriginalError> {
        const TRUNCATED: OriginalError = OriginalError::Truncated { format: Format::WebP };
        let file_bytes = le_u32(bytes, 4).ok_or(TRUNCATED)?.checked_add(8).ok_or(TRUNCATED)?;
        let mut rest = bytes.get(HEADER_BYTES..file_bytes).ok_or(TRUNCATED)?;
        let mut chunks = Self::default();
        while let Some(length) = le_u32(rest, 4) {
            let payload = rest.get(8..).and_then(|rest| rest.get(..length)).ok_or(TRUNCATED)?;
            match &rest[..4] {
                b"ANMF" => chunks.frames += 1,
                b"ICCP" => chunks.icc = Some(payload),
                b"EXIF" => chunks.exif = Some(payload),
                _ => {}
            }
            // Chunks begin at even places.
            rest = rest.get(8 + length.next_multiple_of(2)..).unwrap_or_default();
        }
        Ok(chunks)
    }

    pub(super) fn orientation(&self) -> Orientation {
        exif::orientation(self.tiff())
    }

    pub(super) fn copyright(&self) -> Copyright {
        Copyright::of_exif(self.tiff())
    }

    /// Some writers keep the prefix that EXIF has in JPEG.
    pub(super) fn tiff(&self) -> &'a [u8] {
        let exif = self.exif.unwrap_or_default();
        exif.strip_prefix(b"Exif\0\0").unwrap_or(exif)
    }
}

fn le_u32(bytes: &[u8], at: usize) -> Option<usize> {
    let raw = bytes.get(at..at + 4)?.try_into().ok()?;
    usize::try_from(u32::from_le_bytes(raw)).ok()
}
