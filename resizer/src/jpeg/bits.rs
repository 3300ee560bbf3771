//! Bits of entropy-coded data, highest first (F.2.2.5), through a window of 64.

/// Zero bytes that must follow the data, so that the window can always be filled.
pub(super) const PADDING: usize = 8;

/// A position in data from which 0xFF's stuffing is gone.
///
/// Behind the end there are zeros without end: [`Bits::position`] tells who has read too far.
#[derive(Debug, Clone)]
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    /// The first byte that is not counted in the window.
    next: usize,
    /// The next bits from the highest down; below `count` of them the following ones may already be there.
    window: u64,
    count: u32,
}

impl<'a> Bits<'a> {
    pub(super) fn new(bytes: &'a [u8], position: usize) -> Self {
        let mut bits = Self { bytes, next: position / 8, window: 0, count: 0 };
        bits.refill();
        bits.skip((position % 8) as u32);
        bits
    }

    /// Bits from the beginning of the data to here.
    pub(super) fn position(&self) -> usize {
        self.next * 8 - self.count as usize
    }

    /// Makes at least 56 bits ready. Branchless: whole bytes are counted in, the rest of the word stays in the window
    /// and is read again.
    #[inline]
    pub(super) fn refill(&mut self) {
        let word = self.bytes.get(self.next..).and_then(<[u8]>::first_chunk::<8>);
        self.window |= word.map_or(0, |word| u64::from_be_bytes(*word)) >> self.count;
        self.next += ((63 - self.count) >> 3) as usize;
        self.count |= 56;
    }

    /// The next `N` bits, which stay; `N` is 1 to 56 and not more than are ready.
    #[inline]
    pub(super) fn peek<const N: u32>(&self) -> usize {
        (self.window >> (64 - N)) as usize
    }

    /// Leaves out bits that are ready.
    #[inline]
    pub(super) fn skip(&mut self, count: u32) {
        self.window = self.window.wrapping_shl(count);
        self.count = self.count.wrapping_sub(count);
    }

    /// Goes back.
    pub(super) fn rewind(&mut self, count: u32) {
        *self = Self::new(self.bytes, self.position() - count as usize);
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
