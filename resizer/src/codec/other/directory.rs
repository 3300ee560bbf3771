//! What the first directory of a TIFF file promises, held against the file (TIFF 6.0, section 2; BigTIFF).
//!
//! The `tiff` crate makes room for a table before it reads it, 32 bytes for each of its values. Without this a file of
//! 100 bytes would take 256 MB.

/// Whether a table would have more bytes than the file.
pub(super) fn promises_too_much(tiff: &[u8]) -> bool {
    let Some(directory) = Directory::find(tiff) else { return false };
    directory.tables().any(|bytes| bytes > tiff.len() as u64)
}

/// How many samples a pixel is said to have, the most where that is said twice; for each the crate makes room too.
pub(super) fn samples(tiff: &[u8]) -> Option<u64> {
    let directory = Directory::find(tiff)?;
    let places = directory.places();
    let of_samples = places.filter(|at| number(tiff, *at, 2) == Some(SAMPLES_PER_PIXEL));
    let value = |at: usize| {
        let kind = number(tiff, at.checked_add(2)?, 2)?;
        let bytes = usize::try_from(value_bytes(kind)).ok()?;
        number(tiff, at.checked_add(4 + directory.number_bytes)?, bytes)
    };
    of_samples.filter_map(value).max()
}

/// A tag (TIFF 6.0, section 8).
const SAMPLES_PER_PIXEL: u64 = 277;

/// Numbers of one width are counts, offsets and values alike, in BigTIFF another than in TIFF.
struct Directory<'a> {
    tiff: &'a [u8],
    /// Where its entries begin.
    at: usize,
    entries: u64,
    entry_bytes: usize,
    number_bytes: usize,
}

impl<'a> Directory<'a> {
    fn find(tiff: &'a [u8]) -> Option<Self> {
        let is_big = tiff.starts_with(b"II+\0") || tiff.starts_with(b"MM\0+");
        let (entries_bytes, entry_bytes, number_bytes) =
            if is_big { (8, 20, 8) } else { (2, 12, 4) };
        // BigTIFF says in bytes 4 to 7 how wide its numbers are.
        let at = usize::try_from(number(tiff, number_bytes, number_bytes)?).ok()?;
        let entries = number(tiff, at, entries_bytes)?;
        Some(Self { tiff, at: at + entries_bytes, entries, entry_bytes, number_bytes })
    }

    /// Where the entries begin, as far as they are there.
    fn places(&self) -> impl Iterator<Item = usize> {
        let places = (0..self.entries).map_while(|entry| {
            let entry = usize::try_from(entry).ok()?.checked_mul(self.entry_bytes)?;
            self.at.checked_add(entry)
        });
        places.take_while(|at| *at < self.tiff.len())
    }

    /// Bytes of each entry's values.
    fn tables(&self) -> impl Iterator<Item = u64> {
        self.places().map_while(|at| {
            let kind = number(self.tiff, at.checked_add(2)?, 2)?;
            let count = number(self.tiff, at.checked_add(4)?, self.number_bytes)?;
            Some(count.saturating_mul(value_bytes(kind)))
        })
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
