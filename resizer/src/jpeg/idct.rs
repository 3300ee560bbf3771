//! From a block's frequencies to 1, 4, 16 or 64 samples.
//!
//! The integer arithmetic of libjpeg-turbo's `jidctred.c` and `jidctint.c`, of which every rounding counts: 13 bits of
//! fraction in the factors, 2 bits kept between columns and rows. Within a pass the order of sums is free, so its
//! products are multiplied out here and each frequency adds its part: most of them are zero.

use super::Refusal;
use super::quantization::Weight;

/// Bits of fraction in the factors.
const FRACTION: u32 = 13;
/// Bits of fraction between the passes.
const BETWEEN: u32 = 2;

/// What each frequency of a column or row takes from its samples, of which there are `N`: the factors are negative,
/// because 16 bits hold -2^15 and not 2^15.
pub(super) type Factors<const N: usize> = [[i16; N]; 8];

/// `jpeg_idct_2x2`: every second frequency has no part in it.
pub(super) const HALVES: Factors<2> = [
    [-32768, -32768],
    [-29692, 29692],
    [0, 0],
    [10426, -10426],
    [0, 0],
    [-6967, 6967],
    [0, 0],
    [5906, -5906],
];

/// `jpeg_idct_4x4`: the fourth frequency has no part in it.
pub(super) const QUARTERS: Factors<4> = [
    [-16384, -16384, -16384, -16384],
    [-20995, -8697, 8697, 20995],
    [-15137, 15137, 15137, -15137],
    [-7373, 17799, -17799, 7373],
    [0, 0, 0, 0],
    [4926, -11893, 11893, -4926],
    [6270, -6270, -6270, 6270],
    [4176, 1730, -1730, -4176],
];

/// `jpeg_idct_islow`
pub(super) const EIGHTHS: Factors<8> = [
    [-8192, -8192, -8192, -8192, -8192, -8192, -8192, -8192],
    [-11363, -9633, -6437, -2260, 2260, 6437, 9633, 11363],
    [-10703, -4433, 4433, 10703, 10703, 4433, -4433, -10703],
    [-9633, 2259, 11362, 6436, -6436, -11362, -2259, 9633],
    [-8192, 8192, 8192, -8192, -8192, 8192, 8192, -8192],
    [-6437, 11362, -2261, -9633, 9633, 2261, -11362, 6437],
    [-4433, 10704, -10704, 4433, 4433, -10704, 10704, -4433],
    [-2260, 6436, -9633, 11363, -11363, 9633, -6436, 2260],
];

/// A block on its way to `N` x `N` samples. Aligned, so that no store of it lies across two pages of the stack, which
/// would cost more than the rest of the block.
#[derive(Debug)]
#[repr(align(16))]
pub(super) struct Block<'a, const N: usize> {
    factors: &'a Factors<N>,
    /// The columns' samples as far as they are summed up.
    columns: [[i32; N]; 8],
    /// A bit for each column that is not zero.
    used: u32,
    /// The sample that all are while there is no other frequency than the first.
    flat: Option<u8>,
    weight: Weight,
}

impl<'a, const N: usize> Block<'a, N> {
    /// The constant frequency weighs 2^13, and twice that in a transform of half the length.
    const SPARE: u32 = 3 - N.ilog2();

    /// With its first frequency.
    #[inline]
    pub(super) fn new(dc: i32, factors: &'a Factors<N>) -> Self {
        let mut columns = [[0; N]; 8];
        subtract(&mut columns[0], dc as i16, &factors[0]);
        Self { factors, columns, used: 1, flat: Some(flat(dc)), weight: Weight::new(dc) }
    }

    /// Adds a frequency, which lies at `natural` in the block.
    #[inline]
    pub(super) fn add(&mut self, (natural, value): (usize, i32)) {
        let (x, y) = (natural & 7, natural >> 3 & 7);
        subtract(&mut self.columns[x], value as i16, &self.factors[y]);
        self.used |= 1 << x;
        self.flat = None;
        self.weight.add(value);
    }

    /// What the rows of the columns come to.
    #[inline]
    pub(super) fn samples(&self) -> Result<[[u8; N]; N], Refusal> {
        self.weight.check()?;
        // For 2 x 2 samples it costs less to take all columns than to ask which.
        if let Some(flat) = self.flat {
            return Ok([[flat; N]; N]);
        }
        let mut rows = [[0; N]; N];
        let mut used = if N > 2 { self.used } else { 0b1010_1011 };
        while used != 0 {
            let x = used.trailing_zeros() as usize & 7;
            used &= used - 1;
            for (row, sum) in rows.iter_mut().zip(&self.columns[x]) {
                let value = descale(*sum, FRACTION - BETWEEN + Self::SPARE);
                subtract(row, value, &self.factors[x]);
            }
        }
        let mut samples = [[0; N]; N];
        for (samples, row) in samples.iter_mut().zip(&rows) {
            for (place, sum) in samples.iter_mut().zip(row) {
                *place = sample(descale(*sum, FRACTION + BETWEEN + 3 + Self::SPARE));
            }
        }
        Ok(samples)
    }
}

#[inline]
fn subtract<const N: usize>(sums: &mut [i32; N], value: i16, factors: &[i16; N]) {
    for (sum, factor) in sums.iter_mut().zip(factors) {
        *sum = sum.wrapping_sub(i32::from(value) * i32::from(*factor));
    }
}

/// `jpeg_idct_1x1`
#[inline]
pub(super) fn to_one(dc: i32) -> Result<u8, Refusal> {
    Weight::new(dc).check()?;
    Ok(flat(dc))
}

#[inline]
fn flat(dc: i32) -> u8 {
    sample((dc.wrapping_add(4) >> 3) as i16)
}

/// Rounded shift. The bound on a block's weight makes the result fit 16 bits.
#[inline]
fn descale(value: i32, bits: u32) -> i16 {
    (value.wrapping_add(1 << (bits - 1)) >> bits) as i16
}

#[inline]
fn sample(level: i16) -> u8 {
    level.saturating_add(128).clamp(0, 255) as u8
}
