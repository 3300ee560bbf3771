//! The one EXIF tag that matters for pixels: orientation.
//!
//! Everything else in EXIF (place, camera, owner) is left behind: no encoder here writes metadata.
//! Reads the TIFF structure of EXIF 2.32, 4.5: byte order, offset of IFD 0, its twelve-byte entries.

use crate::Orientation;

const ORIENTATION_TAG: u16 = 0x0112;
const SHORT: u16 = 3;

/// The orientation that a TIFF block (EXIF payload or TIFF file) declares; upright when it declares none.
///
/// Never fails: an image with broken EXIF is shown as stored, as every browser does.
pub(crate) fn orientation(tiff: &[u8]) -> Orientation {
    declared(tiff).and_then(Orientation::from_exif).unwrap_or(Orientation::UPRIGHT)
}

fn declared(tiff: &[u8]) -> Option<u16> {
    let reader = Reader::new(tiff)?;
    let ifd = reader.u32(4)? as usize;
    let entries = usize::from(reader.u16(ifd)?);
    (0..entries)
        .map_while(|index| ifd.checked_add(2 + index * 12))
        .find(|entry| reader.u16(*entry) == Some(ORIENTATION_TAG))
        .filter(|entry| reader.u16(entry + 2) == Some(SHORT))
        .and_then(|entry| reader.u16(entry + 8))
}

/// Numbers of a byte string in the byte order that its first four bytes declare.
struct Reader<'a> {
    bytes: &'a [u8],
    big_endian: bool,
}

impl<'a> Reader<'a> {
    fn new(bytes: &'a [u8]) -> Option<Self> {
        let big_endian = match bytes.get(..4)? {
            b"II*\0" => false,
            b"MM\0*" => true,
            _ => return None,
        };
        Some(Self { bytes, big_endian })
    }

    fn u16(&self, at: usize) -> Option<u16> {
        let raw = self.bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if self.big_endian { u16::from_be_bytes(raw) } else { u16::from_le_bytes(raw) })
    }

    fn u32(&self, at: usize) -> Option<u32> {
        let raw = self.bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if self.big_endian { u32::from_be_bytes(raw) } else { u32::from_le_bytes(raw) })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn exif(orientation: u16) -> Vec<u8> {
        let mut block = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01".to_vec();
        block.extend(orientation.to_be_bytes());
        block.extend([0; 6]);
        block
    }

    #[test]
    fn every_orientation_is_read() {
        for value in 1..=8 {
            assert_eq!(u16::from(orientation(&exif(value)).exif()), value);
        }
        assert_eq!(orientation(&exif(9)), Orientation::UPRIGHT);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(at in 0usize..26, bytes in any::<[u8; 4]>()) {
            let mut block = exif(6);
            for (place, byte) in block.iter_mut().skip(at).zip(bytes) {
                *place = byte;
            }
            let _ = orientation(&block);
        }
    }
}
