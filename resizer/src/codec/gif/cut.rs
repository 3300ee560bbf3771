//! Sets of like colours, by variance.
//!
//! The set that varies most is cut in two where the parts vary least, until there are as many as wanted (Wan, Wong and
//! Prusinkiewicz, "An algorithm for multidimensional data clustering", ACM TOMS 1988; Wu, "Efficient statistical
//! computations for optimal color quantization", Graphics Gems II, 1991).

use super::palette::Color;
use super::point::Point;

/// Bits of each channel in which pixels must agree to be counted as one shade.
const BITS: u32 = 6;

/// Pixels that look nearly the same, as one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shade {
    color: [f32; 3],
    pub(super) point: Point,
    weight: f32,
}

/// In the order of their colours.
#[expect(clippy::cast_precision_loss, reason = "the mean of bytes needs few digits")]
pub(super) fn shades(pixels: impl Iterator<Item = Color>) -> Vec<Shade> {
    let mut sums = vec![(0_u64, [0_u64; 3]); 1 << (3 * BITS)];
    for color in pixels {
        let place = color
            .iter()
            .fold(0, |place, channel| place << BITS | usize::from(channel >> (8 - BITS)));
        let (count, sum) = &mut sums[place];
        *count += 1;
        for (sum, channel) in sum.iter_mut().zip(color) {
            *sum += u64::from(channel);
        }
    }
    let shade = |(count, sum): (u64, [u64; 3])| {
        let count = count as f32;
        let color = sum.map(|sum| sum as f32 / count);
        // Less than the count: small parts of a picture need colours too.
        let weight = count.sqrt() * count.sqrt().sqrt();
        Shade { color, point: Point::of(color), weight }
    };
    sums.into_iter().filter(|(count, _)| *count > 0).map(shade).collect()
}

/// The means of `count` sets, or of fewer if there are not as many shades.
pub(super) fn cut(shades: &mut [Shade], count: usize) -> Vec<[f32; 3]> {
    let mut sets = vec![Set::of(shades)];
    while sets.len() < count {
        let widest = (0..sets.len()).max_by(|a, b| sets[*a].spread.total_cmp(&sets[*b].spread));
        let Some(widest) = widest.filter(|place| sets[*place].spread > 0.0) else { break };
        let parts = sets.swap_remove(widest).cut();
        sets.extend(parts);
    }
    sets.iter().filter_map(Set::mean).collect()
}

/// Shades that are to become one colour.
struct Set<'a> {
    shades: &'a mut [Shade],
    /// The weighted sum of the squares of their distances from their mean.
    spread: f64,
    /// The axis along which they vary most.
    axis: usize,
}

impl<'a> Set<'a> {
    fn of(shades: &'a mut [Shade]) -> Self {
        let spreads = [0, 1, 2].map(|axis| spread(shades, axis));
        let axis = (0..3).max_by(|a, b| spreads[*a].total_cmp(&spreads[*b])).unwrap_or(0);
        // What is one shade may seem to vary by the last digit of a sum.
        let spread = if shades.len() > 1 { spreads.iter().sum() } else { 0.0 };
        Self { shades, spread, axis }
    }

    fn mean(&self) -> Option<[f32; 3]> {
        let mut sum = Sum::default();
        self.shades.iter().for_each(|shade| sum.add(shade));
        sum.mean()
    }

    /// In two parts, so that the two vary least along the axis.
    fn cut(self) -> [Self; 2] {
        let axis = self.axis;
        self.shades.sort_unstable_by(|a, b| a.point.0[axis].total_cmp(&b.point.0[axis]));
        let weighted = |shade: &Shade| {
            let weight = f64::from(shade.weight);
            (weight, weight * f64::from(shade.point.0[axis]))
        };
        let add = |a: (f64, f64), b: (f64, f64)| (a.0 + b.0, a.1 + b.1);
        let whole = self.shades.iter().map(weighted).fold((0.0, 0.0), add);
        let (mut below, mut best) = ((0.0, 0.0), (f64::NEG_INFINITY, 1));
        for (shade, at) in self.shades.iter().zip(1..self.shades.len()) {
            below = add(below, weighted(shade));
            let above = (whole.0 - below.0, whole.1 - below.1);
            // The sum of squares within the parts is least where that of their means is greatest.
            let between = below.1 * below.1 / below.0 + above.1 * above.1 / above.0;
            if between > best.0 {
                best = (between, at);
            }
        }
        let (below, above) = self.shades.split_at_mut(best.1);
        [Set::of(below), Set::of(above)]
    }
}

fn spread(shades: &[Shade], axis: usize) -> f64 {
    let (mut weights, mut sum, mut squares) = (0.0, 0.0, 0.0);
    for shade in shades {
        let (weight, value) = (f64::from(shade.weight), f64::from(shade.point.0[axis]));
        weights += weight;
        sum += weight * value;
        squares += weight * value * value;
    }
    squares - sum * sum / weights
}

/// Towards a weighted mean.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sum {
    color: [f64; 3],
    weight: f64,
}

impl Sum {
    pub(super) fn add(&mut self, shade: &Shade) {
        let weight = f64::from(shade.weight);
        self.weight += weight;
        for (sum, channel) in self.color.iter_mut().zip(shade.color) {
            *sum += weight * f64::from(channel);
        }
    }

    /// None of nothing.
    #[expect(clippy::cast_possible_truncation, reason = "between 0 and 255")]
    pub(super) fn mean(self) -> Option<[f32; 3]> {
        (self.weight > 0.0).then(|| self.color.map(|sum| (sum / self.weight) as f32))
    }
}
