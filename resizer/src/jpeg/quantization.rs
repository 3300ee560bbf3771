//! Quantisation tables and the order in which a block's frequencies are stored.

use super::Refusal;

/// Where in a block, row by row, its frequencies lie that are stored in zigzag (figure A.6).
pub(super) const NATURAL: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
    13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
    52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// What each frequency is multiplied with, in zigzag.
#[derive(Debug, Clone)]
pub(super) struct Quantization([i32; 64]);

impl Quantization {
    /// One table of a DQT segment: its number, itself, and what follows it (B.2.4.1).
    pub(super) fn read(payload: &[u8]) -> Result<(usize, Self, &[u8]), Refusal> {
        let table = Self::table(payload);
        table.ok_or(Refusal::Malformed("a quantisation table is not complete"))
    }

    fn table(payload: &[u8]) -> Option<(usize, Self, &[u8])> {
        let (first, rest) = payload.split_first()?;
        let mut table = [0; 64];
        let rest = if first >> 4 == 0 {
            let (bytes, rest) = rest.split_first_chunk::<64>()?;
            table.iter_mut().zip(bytes).for_each(|(entry, byte)| *entry = (*byte).into());
            rest
        } else {
            let (bytes, rest) = rest.split_first_chunk::<128>()?;
            let words = bytes.as_chunks::<2>().0.iter().map(|word| u16::from_be_bytes(*word));
            table.iter_mut().zip(words).for_each(|(entry, word)| *entry = word.into());
            rest
        };
        Some((usize::from(first & 15), Self(table), rest))
    }

    /// The first frequency, multiplied.
    #[inline]
    pub(super) fn first(&self, value: i32) -> i32 {
        value.saturating_mul(self.0[0])
    }

    /// What the `k`-th frequency in zigzag is multiplied with.
    pub(super) fn factor(&self, k: usize) -> i32 {
        self.0[k & 63]
    }
}
