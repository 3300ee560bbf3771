//! From a block's frequencies to 1, 4, 16 or 64 samples.
//!
//! The integer arithmetic of libjpeg-turbo's `jidctred.c` and `jidctint.c`, of which every shift and rounding counts:
//! 13 bits of fraction in the factors, 2 bits kept between columns and rows. Within a pass the order of sums is free:
//! here each frequency adds its part, since most of them are zero.

use super::Refusal;
use super::quantization::Weight;

/// Bits of fraction in the factors.
const FRACTION: u32 = 13;
/// Bits of fraction between the passes.
const BETWEEN: u32 = 2;

/// `jpeg_idct_1x1`
#[inline]
pub(super) fn to_one(dc: i32) -> Result<u8, Refusal> {
    Weight::new(dc).check()?;
    Ok(flat(dc))
}

/// The sample that all of a block without detail are.
#[inline]
fn flat(dc: i32) -> u8 {
    sample((dc.wrapping_add(4) >> 3) as i16)
}

#[inline]
fn sample(level: i16) -> u8 {
    level.saturating_add(128).clamp(0, 255) as u8
}

/// Rounded shift. The bound on a block's weight makes the result fit 16 bits.
#[inline]
fn descale(value: i32, bits: u32) -> i16 {
    ((value + (1 << (bits - 1))) >> bits) as i16
}

/// What the odd frequencies of a column or row weigh in two samples of it.
const HALF: [i32; 8] = [0, 29692, 0, -10426, 0, 6967, 0, -5906];

/// The columns of `jpeg_idct_2x2`, summed up frequency by frequency: most are zero. Every second one has no part in it.
#[derive(Debug)]
pub(super) struct Halves {
    top: [i32; 8],
    bottom: [i32; 8],
}

impl Halves {
    pub(super) fn new(dc: i32) -> Self {
        let mut halves = Self { top: [0; 8], bottom: [0; 8] };
        halves.top[0] = dc.wrapping_shl(FRACTION + 2);
        halves.bottom[0] = halves.top[0];
        halves
    }

    /// Adds the frequency that lies at `natural` in its block.
    #[inline]
    pub(super) fn add(&mut self, natural: usize, value: i32) {
        let (x, y) = (natural & 7, natural >> 3 & 7);
        let even = if y == 0 { 1 << (FRACTION + 2) } else { 0 };
        self.top[x] = self.top[x].wrapping_add(value.wrapping_mul(even + HALF[y]));
        self.bottom[x] = self.bottom[x].wrapping_add(value.wrapping_mul(even - HALF[y]));
    }

    #[inline]
    pub(super) fn samples(&self) -> [[u8; 2]; 2] {
        [self.top, self.bottom].map(|row| {
            let row = row.map(|sum| i32::from(descale(sum, FRACTION - BETWEEN + 2)));
            let even = row[0] << (FRACTION + 2);
            let odd: i32 = [1, 3, 5, 7].iter().map(|x| row[*x] * HALF[*x]).sum();
            [even + odd, even - odd].map(|sum| sample(descale(sum, FRACTION + BETWEEN + 3 + 2)))
        })
    }
}

/// What each frequency of a column or row weighs in its samples, of which there are `N`.
pub(super) type Weights<const N: usize> = [[i16; N]; 8];

/// `jpeg_idct_4x4`, its sums multiplied out: the fourth frequency has no part in it.
pub(super) const QUARTERS: Weights<4> = [
    [16384, 16384, 16384, 16384],
    [20995, 8697, -8697, -20995],
    [15137, -15137, -15137, 15137],
    [7373, -17799, 17799, -7373],
    [0, 0, 0, 0],
    [-4926, 11893, -11893, 4926],
    [-6270, 6270, 6270, -6270],
    [-4176, -1730, 1730, 4176],
];

/// `jpeg_idct_islow`, its rotations multiplied out.
pub(super) const EIGHTHS: Weights<8> = [
    [8192, 8192, 8192, 8192, 8192, 8192, 8192, 8192],
    [11363, 9633, 6437, 2260, -2260, -6437, -9633, -11363],
    [10703, 4433, -4433, -10703, -10703, -4433, 4433, 10703],
    [9633, -2259, -11362, -6436, 6436, 11362, 2259, -9633],
    [8192, -8192, -8192, 8192, 8192, -8192, -8192, 8192],
    [6437, -11362, 2261, 9633, -9633, -2261, 11362, -6437],
    [4433, -10704, 10704, -4433, -4433, 10704, -10704, 4433],
    [2260, -6436, 9633, -11363, 11363, -9633, 6436, -2260],
];

/// The columns of a transform to `N` x `N` samples, summed up frequency by frequency.
#[derive(Debug)]
pub(super) struct Columns<const N: usize> {
    dc: i32,
    sums: [[i32; N]; 8],
    /// A bit for each column that is not zero.
    used: u32,
    /// Whether there is any frequency besides the first.
    has_detail: bool,
}

impl<const N: usize> Columns<N> {
    pub(super) fn new(dc: i32, weights: &Weights<N>) -> Self {
        let mut columns = Self { dc, sums: [[0; N]; 8], used: 1, has_detail: false };
        add(&mut columns.sums[0], dc as i16, &weights[0]);
        columns
    }

    /// The samples where they are all the same.
    #[inline]
    pub(super) fn flat(&self) -> Option<[[u8; N]; N]> {
        if self.has_detail { None } else { Some([[flat(self.dc); N]; N]) }
    }

    /// Adds the frequency that lies at `natural` in its block.
    #[inline]
    pub(super) fn add(&mut self, natural: usize, value: i32, weights: &Weights<N>) {
        let (x, y) = (natural & 7, natural >> 3 & 7);
        self.used |= 1 << x;
        self.has_detail = true;
        add(&mut self.sums[x], value as i16, &weights[y]);
    }

    /// The samples: what the rows of the columns' sums come to.
    #[inline]
    pub(super) fn samples(&self, weights: &Weights<N>) -> [[u8; N]; N] {
        // The constant frequency weighs 2^13, 2^14 in a transform of half the length.
        let spare = if N == 8 { 0 } else { 1 };
        let mut rows = [[0; N]; N];
        let mut used = self.used;
        while used != 0 {
            let x = used.trailing_zeros() as usize & 7;
            used &= used - 1;
            for (row, sum) in rows.iter_mut().zip(&self.sums[x]) {
                add(row, descale(*sum, FRACTION - BETWEEN + spare), &weights[x]);
            }
        }
        let mut samples = [[0; N]; N];
        for (samples, row) in samples.iter_mut().zip(&rows) {
            for (place, sum) in samples.iter_mut().zip(row) {
                *place = sample(descale(*sum, FRACTION + BETWEEN + 3 + spare));
            }
        }
        samples
    }
}

#[inline]
fn add<const N: usize>(sums: &mut [i32; N], value: i16, weights: &[i16; N]) {
    for (sum, weight) in sums.iter_mut().zip(weights) {
        *sum += i32::from(value) * i32::from(*weight);
    }
}
