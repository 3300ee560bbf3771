//! The tags of EXIF that matter here: orientation, artist and copyright, and for [`camera`](crate::camera) some more.
//!
//! Everything else in EXIF (place, owner, thumbnail) is never read and so left behind.
//! Reads and writes the TIFF structure of EXIF 2.32, 4.5: byte order, offset of IFD 0, its twelve-byte entries.

use crate::Orientation;

const ORIENTATION: u16 = 0x0112;

/// In IFD 0: where the tags of photographs are.
const PHOTOGRAPH: u16 = 0x8769;

const ASCII: u16 = 2;
const SHORT: u16 = 3;
/// Of EXIF 3.0.
const UTF8: u16 = 129;

const HEADER_BYTES: usize = 8;
const ENTRY_BYTES: usize = 12;
/// As much of a value has room in its entry.
const INLINE_BYTES: usize = 4;

/// The orientation that a TIFF block (EXIF payload or TIFF file) declares; upright when it declares none.
///
/// Never fails: an image with broken EXIF is shown as stored, as every browser does.
pub(crate) fn orientation(tiff: &[u8]) -> Orientation {
    declared(tiff).and_then(Orientation::from_exif).unwrap_or(Orientation::UPRIGHT)
}

fn declared(tiff: &[u8]) -> Option<u16> {
    let reader = Reader::new(tiff)?;
    let entry = reader.entry(ORIENTATION)?;
    (reader.u16(entry + 2)? == SHORT).then(|| reader.u16(entry + 8)).flatten()
}

/// The bytes of a text of IFD 0, in no declared encoding; none where it is missing or broken.
pub(crate) fn text(tiff: &[u8], tag: u16) -> Option<&[u8]> {
    let reader = Reader::new(tiff)?;
    reader.text(reader.entry(tag)?)
}

/// The same of the tags that EXIF adds to TIFF's.
pub(crate) fn text_of_photograph(tiff: &[u8], tag: u16) -> Option<&[u8]> {
    let reader = Reader::new(tiff)?;
    let ifd = reader.u32(reader.entry(PHOTOGRAPH)? + 8)?;
    reader.text(reader.entry_in(ifd as usize, tag)?)
}

/// A TIFF block whose IFD 0 has these texts, by ascending tag, and nothing else.
///
/// They are typed ASCII and hold UTF-8, as all common programs write and read them; the type that says so
/// is known to few.
pub(crate) fn block(texts: &[(u16, &str)]) -> Vec<u8> {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).to_be_bytes();
    let entries = u16::try_from(texts.len()).unwrap_or(u16::MAX);
    let values_at = HEADER_BYTES + 2 + texts.len() * ENTRY_BYTES + 4;
    let (mut block, mut values) = (b"MM\0*\0\0\0\x08".to_vec(), Vec::new());
    block.extend(entries.to_be_bytes());
    for (tag, text) in texts {
        let value = [text.as_bytes(), b"\0"].concat();
        block.extend([tag.to_be_bytes(), ASCII.to_be_bytes()].as_flattened());
        block.extend(number(value.len()));
        if value.len() <= INLINE_BYTES {
            block.extend(value.iter().chain(&[0; INLINE_BYTES]).take(INLINE_BYTES));
        } else {
            block.extend(number(values_at + values.len()));
            values.extend(value);
            // Values begin at even places.
            values.resize(values.len().next_multiple_of(2), 0);
        }
    }
    let no_other_ifd = [0; 4];
    [&block[..], &no_other_ifd, &values].concat()
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

    /// Where the entry of a tag begins in IFD 0.
    fn entry(&self, tag: u16) -> Option<usize> {
        self.entry_in(self.u32(4)? as usize, tag)
    }

    fn entry_in(&self, ifd: usize, tag: u16) -> Option<usize> {
        let entries = usize::from(self.u16(ifd)?);
        (0..entries)
            .map_while(|index| ifd.checked_add(2 + index * ENTRY_BYTES))
            .find(|entry| self.u16(*entry) == Some(tag))
    }

    /// The text of an entry.
    fn text(&self, entry: usize) -> Option<&'a [u8]> {
        let is_text = matches!(self.u16(entry + 2)?, ASCII | UTF8);
        let bytes = self.u32(entry + 4)? as usize;
        let inline = bytes <= INLINE_BYTES;
        let at = if inline { entry + 8 } else { self.u32(entry + 8)? as usize };
        self.bytes.get(at..at.checked_add(bytes)?).filter(|_| is_text)
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

    #[test]
    fn texts_are_written_where_the_standard_wants_them() {
        let block = block(&[(0x013B, "Ann"), (0x8298, "(c) Ann")]);
        let expected = b"MM\0*\0\0\0\x08\0\x02\
            \x01\x3B\0\x02\0\0\0\x04Ann\0\
            \x82\x98\0\x02\0\0\0\x08\0\0\0\x26\
            \0\0\0\0(c) Ann\0";
        assert_eq!(block, expected);
        assert_eq!(text(&block, 0x013B), Some(&b"Ann\0"[..]));
        assert_eq!(text(&block, 0x8298), Some(&b"(c) Ann\0"[..]));
        assert_eq!(text(&block, ORIENTATION), None);
    }

    #[test]
    fn a_text_beyond_the_end_is_none() {
        let whole = block(&[(0x8298, "(c) Ann")]);
        assert_eq!(text(&whole[..whole.len() - 1], 0x8298), None);
        let mut far = whole;
        far[14..22].fill(0xFF);
        assert_eq!(text(&far, 0x8298), None);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(at in 0usize..46, bytes in any::<[u8; 4]>()) {
            for mut block in [exif(6), block(&[(0x013B, "Ann"), (0x8298, "(c) Ann")])] {
                for (place, byte) in block.iter_mut().skip(at).zip(bytes) {
                    *place = byte;
                }
                let _ = (orientation(&block), text(&block, 0x013B), text(&block, 0x8298));
            }
        }
    }
}
