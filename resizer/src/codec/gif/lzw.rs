//! LZW (Welch, "A technique for high-performance data compression", 1984) as GIF has it, unpacked in half the time of
//! the `gif` crate's decoder, which must do with a part of the output.
//!
//! With all of the output at hand, a string of the table is where it was first written, and its length. None has to be
//! followed from its last value back to its first.

const ENTRIES: usize = 4096;
const BITS_MAX: u32 = 12;
/// Most strings are shorter. All of them are copied as if they had so many values; the next string covers the rest.
const SHORT: usize = 8;

/// The first `count` values of `data`, which begin with the number of bits of a value. None where there are fewer, or
/// a code has no meaning.
pub(super) fn unpack(data: &[u8], count: usize) -> Option<Vec<u8>> {
    let (&value_bits, data) = data.split_first().filter(|(bits, _)| **bits <= 8)?;
    let (shortest, clear) = (u32::from(value_bits) + 1, 1 << value_bits);
    let mut codes = Codes { data, buffer: 0, filled: 0 };
    let mut strings = Strings::new(clear);
    let mut unpacked = vec![0; count.checked_add(SHORT)?];
    let (mut bits, mut last, mut at) = (shortest, None, 0);
    while at < count {
        let code = codes.next(bits)?;
        if code == clear {
            (strings.count, bits, last) = (clear + 2, shortest, None);
            continue;
        }
        if let Some((start, length)) = last {
            strings.add(start, length + 1);
        }
        let (start, length) = strings.get(code)?;
        let length = length.min(count - at);
        if length <= SHORT && start + length <= at.max(1) {
            let value = u8::try_from(code).ok().filter(|_| code < clear);
            write_short(&mut unpacked, start, value, at);
        } else {
            unpacked.copy_within(start..start + length - 1, at);
            // Which may have been written just now.
            unpacked[at + length - 1] = unpacked[start + length - 1];
        }
        last = Some((at, length));
        at += length;
        if strings.count >> bits > 0 && bits < BITS_MAX {
            bits += 1;
        }
    }
    unpacked.truncate(count);
    Some(unpacked)
}

/// A value, or else what begins at `start`. Without a branch, which nobody could foretell.
fn write_short(unpacked: &mut [u8], start: usize, value: Option<u8>, at: usize) {
    let string = unpacked.get(start..).and_then(|values| values.first_chunk()).copied();
    let string = value.map_or(string.unwrap_or_default(), |value| [value; SHORT]);
    unpacked[at..at + SHORT].copy_from_slice(&string);
}

/// What codes stand for.
struct Strings {
    /// Where it begins, and its length; that of a value is 1.
    table: Vec<(usize, usize)>,
    count: usize,
    /// The code after the last value and that which clears the table.
    end: usize,
}

impl Strings {
    fn new(clear: usize) -> Self {
        Self { table: vec![(0, 1); ENTRIES], count: clear + 2, end: clear + 1 }
    }

    /// Nothing where the table is full.
    fn add(&mut self, start: usize, length: usize) {
        if let Some(entry) = self.table.get_mut(self.count) {
            *entry = (start, length);
            self.count += 1;
        }
    }

    fn get(&self, code: usize) -> Option<(usize, usize)> {
        self.table.get(code).filter(|_| code < self.count && code != self.end).copied()
    }
}

/// Codes of changing width, lowest bits first.
struct Codes<'a> {
    data: &'a [u8],
    buffer: u64,
    filled: u32,
}

impl Codes<'_> {
    /// None after the last.
    fn next(&mut self, bits: u32) -> Option<usize> {
        if self.filled < bits {
            self.fill();
        }
        self.filled = self.filled.checked_sub(bits)?;
        let code = self.buffer & ((1 << bits) - 1);
        self.buffer >>= bits;
        usize::try_from(code).ok()
    }

    /// Four bytes more, or what is left.
    fn fill(&mut self) {
        if let Some((four, rest)) = self.data.split_first_chunk() {
            self.buffer |= u64::from(u32::from_le_bytes(*four)) << self.filled;
            (self.filled, self.data) = (self.filled + 32, rest);
            return;
        }
        for byte in std::mem::take(&mut self.data) {
            self.buffer |= u64::from(*byte) << self.filled;
            self.filled += 8;
        }
    }
}
