//! Bits of entropy-coded data, highest first (F.2.2.5), through a window of 64.

/// Zero bytes that follow the data: more than the window holds, so that reading too far shows.
pub(super) const PADDING: usize = 16;

/// The bits from one on, highest first: at least 57, and zeros behind the end of the `bytes`.
#[inline]
pub(super) fn window_at(bytes: &[u8], bit: usize) -> u64 {
    let word = bytes.get(bit >> 3..).and_then(<[u8]>::first_chunk);
    word.map_or(0, |word| u64::from_be_bytes(*word) << (bit & 7))
}

/// A position in data from which 0xFF's stuffing is gone.
///
/// Small and `Copy`: loops keep one of their own, so that it stays in registers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bits<'a> {
    /// From the first byte on that is not counted in the window.
    rest: &'a [u8],
    /// The next bits from the highest down; below `count` of them the following ones may already be there.
    window: u64,
    count: u32,
}

impl<'a> Bits<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, window: 0, count: 0 }
    }

    /// Bits from here to the end of the padding.
    #[inline]
    pub(super) fn left(&self) -> usize {
        self.rest.len() * 8 + self.count as usize
    }

    /// Makes at least 56 bits ready. Branchless: whole bytes are counted in, the rest of the word stays in the window
    /// and is read again.
    #[inline]
    pub(super) fn refill(&mut self) {
        let Some(word) = self.rest.first_chunk::<8>() else { return self.refill_at_end() };
        self.window |= u64::from_be_bytes(*word) >> (self.count & 0x3F);
        self.rest = &self.rest[((63 - (self.count & 0x3F)) >> 3) as usize..];
        self.count |= 0x38;
    }

    /// Zeros without end, which count from the last bytes on.
    #[cold]
    fn refill_at_end(&mut self) {
        self.rest = &[];
        self.count |= 0x38;
    }

    /// The next bits from the highest down, which stay.
    #[inline]
    pub(super) fn window(&self) -> u64 {
        self.window
    }

    /// Leaves out bits that are ready.
    #[inline]
    pub(super) fn skip(&mut self, count: u32) {
        self.window = self.window.wrapping_shl(count);
        self.count = self.count.wrapping_sub(count);
    }

    /// The next bits, at most 16, as a number.
    #[inline]
    pub(super) fn take(&mut self, count: u32) -> u32 {
        if self.count < 16 {
            self.refill();
        }
        self.take_ready(count)
    }

    /// [`Bits::take`] where they are known to be ready.
    #[inline]
    pub(super) fn take_ready(&mut self, count: u32) -> u32 {
        // Two shifts, since one by 64 is none at all.
        let number = (self.window >> 1 >> (63 - count)) as u32;
        self.skip(count);
        number
    }
}
