//! From a block's frequencies to `N` x `N` samples, of which there are 1, 4, 9, 16 or 64 here.
//!
//! One sample is the block's mean, in libjpeg-turbo's arithmetic (`jpeg_idct_1x1` of `jidctred.c`). More samples are the
//! inverse transform (A.3.3) of that size over the `N` x `N` lowest frequencies, weighted so that the mean stays: the
//! picture as a perfect low-pass filter would leave it, each sample rounded once.

use super::quantization::{NATURAL, Quantization};

/// Samples of a block's edge.
const BLOCK: usize = 8;

/// Of the first frequency, which is at most 1024 in a picture.
const FIRST_MAX: u32 = 2047;

/// Places in [`Transform`]'s table: all frequencies, and one for what is behind them.
const PLACES: usize = 65;

/// The last frequency in zigzag that shows in blocks of this edge: the lower right one of those that are kept.
pub(super) const fn last_shown(edge: usize) -> usize {
    match edge {
        1 => 0,
        2 => 4,
        3 => 12,
        4 => 24,
        _ => 63,
    }
}

/// What each frequency of one component adds to the samples of its block, of which there are `S`.
pub(super) struct Transform<const S: usize> {
    /// In zigzag; nothing from behind the last that shows.
    waves: [[f32; S]; PLACES],
}

/// The samples of a block as far as they are summed up, around zero.
#[derive(Clone, Copy)]
pub(super) struct Sums<const S: usize>([f32; S]);

impl<const S: usize> Transform<S> {
    pub(super) const EDGE: usize = S.isqrt();

    /// The last frequency in zigzag that shows.
    pub(super) const LAST: usize = last_shown(Self::EDGE);

    pub(super) fn new(quantization: &Quantization) -> Self {
        let mut waves = [[0.0; S]; PLACES];
        let levels: [[f64; BLOCK]; BLOCK] = std::array::from_fn(|frequency| {
            std::array::from_fn(|i| level(frequency, i, Self::EDGE))
        });
        for (k, wave) in waves.iter_mut().enumerate().take(Self::LAST + 1) {
            let (x, y) = (usize::from(NATURAL[k]) % BLOCK, usize::from(NATURAL[k]) / BLOCK);
            if x >= Self::EDGE || y >= Self::EDGE {
                continue;
            }
            for (i, sample) in wave.iter_mut().enumerate() {
                let height = levels[x][i % Self::EDGE] * levels[y][i / Self::EDGE];
                *sample = (height * f64::from(quantization.factor(k))) as f32;
            }
        }
        Self { waves }
    }

    /// A block with nothing but its first frequency.
    #[inline]
    pub(super) fn flat(&self, first: i32) -> Sums<S> {
        let first = first as f32;
        Sums(self.waves[0].map(|wave| first * wave))
    }

    /// Adds the `k`-th frequency in zigzag.
    #[inline]
    pub(super) fn add(&self, sums: &mut Sums<S>, k: usize, value: i32) {
        let value = value as f32;
        for (sum, wave) in sums.0.iter_mut().zip(&self.waves[k.min(PLACES - 1)]) {
            *sum += value * wave;
        }
    }
}

impl<const S: usize> Sums<S> {
    /// Row by row.
    #[inline]
    pub(super) fn samples(&self) -> [u8; S] {
        // From 2^23 on floats are whole numbers, and their lowest bits those of the number: vector code has that.
        const WHOLE: f32 = (1 << 23) as f32;
        self.0.map(|sum| ((sum + 128.0).clamp(0.0, 255.0) + WHOLE).to_bits() as u8)
    }
}

/// What a frequency of eight samples adds to the `i`-th of `edge`.
fn level(frequency: usize, i: usize, edge: usize) -> f64 {
    let angle = ((2 * i + 1) * frequency) as f64 * std::f64::consts::PI / (2 * edge) as f64;
    let norm = if frequency == 0 { 0.125_f64.sqrt() } else { 0.5 };
    norm * angle.cos()
}

/// `jpeg_idct_1x1`; none for a mean that no picture has, with which libjpeg-turbo's tables end.
#[inline]
pub(super) fn to_one(first: i32) -> Option<u8> {
    (first.unsigned_abs() <= FIRST_MAX).then(|| (((first + 4) >> 3) + 128).clamp(0, 255) as u8)
}
