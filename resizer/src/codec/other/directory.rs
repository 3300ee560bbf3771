//! What the first directory of a TIFF file promises, held against the file (TIFF 6.0, section 2; BigTIFF).
//!
//! The `tiff` crate makes room for a table before it reads it, 32 bytes for each of its values. Without this a file of
//! 100 bytes would take 256 MB.

/// Whether a table would have more bytes than the file.
pub(super) fn promises_too_much(tiff: &[u8]) -> bool {
    let Some(directory) = Directory::find(tiff) else { return false };
    directory.entries().any(|entry| entry.bytes() > tiff.len() as u64)
}

/// Whether what the crate makes of a table is far more than the file. Of strips of a byte each that is true of honest
/// files too, from some thousands.
pub(super) fn is_far_larger_when_read(tiff: &[u8]) -> bool {
    let Some(directory) = Directory::find(tiff) else { return false };
    let far_larger = 2 * tiff.len() as u64 + SMALL_BYTES;
    let is_read = |entry: &Entry| READ_AS_VALUES.contains(&entry.tag);
    let mut counts = directory.entries().filter(is_read).map(|entry| entry.count);
    directory.count.saturating_mul(ENTRY_BYTES) > far_larger
        || counts.any(|count| count.saturating_mul(VALUE_BYTES) > far_larger)
}

/// How many samples a pixel is said to have, the most where that is said twice; for each the crate makes room too.
pub(super) fn samples(tiff: &[u8]) -> Option<u64> {
    let directory = Directory::find(tiff)?;
    let of_samples = directory.entries().filter(|entry| entry.tag == SAMPLES_PER_PIXEL);
    let value =
        |entry: Entry| number(tiff, entry.value, usize::try_from(value_bytes(entry.kind)).ok()?);
    of_samples.filter_map(value).max()
}

/// The profile of its colours, as it lies there; the crate would make 32 bytes of each of its bytes.
pub(super) fn icc(tiff: &[u8]) -> Option<&[u8]> {
    let directory = Directory::find(tiff)?;
    let entry = directory.entries().find(|entry| entry.tag == ICC_PROFILE)?;
    let at = usize::try_from(number(tiff, entry.value, directory.number_bytes)?).ok()?;
    tiff.get(at..at.checked_add(usize::try_from(entry.bytes()).ok()?)?)
}

/// Tags (TIFF 6.0, section 8; ICC.1:2010, annex B.4).
const SAMPLES_PER_PIXEL: u64 = 277;
const ICC_PROFILE: u64 = 34_675;
/// Those whose values the crate reads one by one: sizes, samples, compression, places of strips and tiles, JPEG's tables.
const READ_AS_VALUES: [u64; 20] = [
    256, 257, 258, 259, 262, 273, 274, 277, 278, 279, 284, 317, 322, 323, 324, 325, 338, 339, 347,
    530,
];
/// Of the crate, for a value and for an entry, which lies in a tree.
const VALUE_BYTES: u64 = 32;
const ENTRY_BYTES: u64 = 56;
/// Never far larger than a file: 3072 values.
const SMALL_BYTES: u64 = 96 * 1024;

/// Numbers of one width are counts, offsets and values alike, in BigTIFF another than in TIFF.
struct Directory<'a> {
    tiff: &'a [u8],
    /// Where its entries begin.
    at: usize,
    count: u64,
    entry_bytes: usize,
    number_bytes: usize,
}

struct Entry {
    tag: u64,
    kind: u64,
    count: u64,
    /// Where its values lie, or where it says where they do.
    value: usize,
}

impl<'a> Directory<'a> {
    fn find(tiff: &'a [u8]) -> Option<Self> {
        let is_big = tiff.starts_with(b"II+\0") || tiff.starts_with(b"MM\0+");
        let (count_bytes, entry_bytes, number_bytes) = if is_big { (8, 20, 8) } else { (2, 12, 4) };
        // BigTIFF says in bytes 4 to 7 how wide its numbers are.
        let at = usize::try_from(number(tiff, number_bytes, number_bytes)?).ok()?;
        let count = number(tiff, at, count_bytes)?;
        Some(Self { tiff, at: at + count_bytes, count, entry_bytes, number_bytes })
    }

    /// As far as they are there.
    fn entries(&self) -> impl Iterator<Item = Entry> {
        (0..self.count).map_while(|index| {
            let before = usize::try_from(index).ok()?.checked_mul(self.entry_bytes)?;
            self.entry(self.at.checked_add(before)?)
        })
    }

    fn entry(&self, at: usize) -> Option<Entry> {
        let tag = number(self.tiff, at, 2)?;
        let kind = number(self.tiff, at.checked_add(2)?, 2)?;
        let count = number(self.tiff, at.checked_add(4)?, self.number_bytes)?;
        Some(Entry { tag, kind, count, value: at.checked_add(4 + self.number_bytes)? })
    }
}

impl Entry {
    /// Of all its values.
    fn bytes(&self) -> u64 {
        self.count.saturating_mul(value_bytes(self.kind))
    }
}

fn value_bytes(kind: u64) -> u64 {
    match kind {
        3 | 8 => 2,
        4 | 9 | 11 | 13 => 4,
        5 | 10 | 12 | 16..=18 => 8,
        _ => 1,
    }
}

/// In the byte order that the file begins with.
fn number(tiff: &[u8], at: usize, bytes: usize) -> Option<u64> {
    let digits = tiff.get(at..at.checked_add(bytes)?)?.iter();
    let append = |number: u64, digit: &u8| number << 8 | u64::from(*digit);
    Some(if tiff.starts_with(b"I") { digits.rev().fold(0, append) } else { digits.fold(0, append) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One entry of longs, in each of the four forms.
    fn files(count: u8) -> [Vec<u8>; 4] {
        [
            [&b"II*\0\x08\0\0\0\x01\0\x11\x01\x04\0"[..], &[count, 0, 0, 0], &[0; 8]].concat(),
            [&b"MM\0*\0\0\0\x08\0\x01\x01\x11\0\x04"[..], &[0, 0, 0, count], &[0; 8]].concat(),
            [
                &b"II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x11\x01\x04\0"[..],
                &[count, 0, 0, 0, 0, 0, 0, 0],
                &[0; 16],
            ]
            .concat(),
            [
                &b"MM\0+\0\x08\0\0\0\0\0\0\0\0\0\x10\0\0\0\0\0\0\0\x01\x01\x11\0\x04"[..],
                &[0, 0, 0, 0, 0, 0, 0, count],
                &[0; 16],
            ]
            .concat(),
        ]
    }

    #[test]
    fn a_table_is_at_most_as_large_as_its_file() {
        for (at, form) in files(0).iter().enumerate() {
            let fits = u8::try_from(form.len() / 4).unwrap();
            assert!(!promises_too_much(&files(fits)[at]), "{at}");
            assert!(promises_too_much(&files(fits + 1)[at]), "{at}");
        }
    }

    #[test]
    fn a_table_of_values_is_small_or_not_far_larger_than_its_file() {
        for at in 0..4 {
            let of_strips = |count: u16| {
                let mut file = files(0)[at].clone();
                let count = count.to_le_bytes();
                let place = if at < 2 { 14 } else { 28 };
                // The lower half of the count, as the file orders bytes.
                match at {
                    0 | 2 => file[place..place + 2].copy_from_slice(&count),
                    1 => file[place + 2..place + 4].copy_from_slice(&[count[1], count[0]]),
                    _ => file[place + 6..place + 8].copy_from_slice(&[count[1], count[0]]),
                }
                file.resize(10_240, 0);
                file
            };
            // (2 x 10,240 + 98,304) / 32
            assert!(!is_far_larger_when_read(&of_strips(3712)), "{at}");
            assert!(is_far_larger_when_read(&of_strips(3713)), "{at}");
        }
    }

    #[test]
    fn a_directory_is_small_or_not_far_larger_than_its_file() {
        let of_entries = |count: u16| {
            let [low, high] = count.to_le_bytes();
            let mut file = [&b"II*\0\x08\0\0\0"[..], &[low, high]].concat();
            file.resize(10_240, 0);
            file
        };
        // (2 x 10,240 + 98,304) / 56
        assert!(!is_far_larger_when_read(&of_entries(2121)));
        assert!(is_far_larger_when_read(&of_entries(2122)));
    }

    #[test]
    fn samples_of_a_pixel_are_read_in_each_form() {
        for mut form in files(1) {
            let tag = form.windows(2).position(|two| two == [0x11, 1] || two == [1, 0x11]).unwrap();
            assert_eq!(samples(&form), None);
            for byte in &mut form[tag..tag + 2] {
                *byte = if *byte == 0x11 { 0x15 } else { 1 };
            }
            let value = tag + if form[2] == b'+' || form[3] == b'+' { 12 } else { 8 };
            let low = if form[0] == b'I' { value } else { value + 3 };
            form[low] = 9;
            assert_eq!(samples(&form), Some(9));
        }
    }

    #[test]
    fn a_directory_that_is_not_there_promises_nothing() {
        for form in files(255) {
            assert!((0..form.len()).all(|end| !promises_too_much(&form[..end.min(14)])));
        }
        assert!(!promises_too_much(b"II*\0\xFF\xFF\xFF\xFF"));
    }
}
