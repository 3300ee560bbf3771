//! Few colours for many pixels.
//!
//! Where the pixels have no more colours than fit, the palette is these. Otherwise it has the means of sets of like
//! colours (`cut.rs`), which a few rounds of Lloyd's algorithm (k-means; "Least squares quantization in PCM", 1982) then
//! move to the middle of what is nearest to each.

use std::collections::BTreeSet;

use super::cut::{Shade, Sum, cut, shades};
use super::nearest::Nearest;
use super::point::Point;

/// Red, green, blue and opacity, which is all or nothing.
pub(super) type Pixel = [u8; 4];
pub(super) type Color = [u8; 3];

/// What a GIF's index can say.
pub(super) const COLORS_MAX: usize = 256;
const ROUNDS: usize = 3;

/// At most 256 colours.
#[derive(Debug)]
pub(super) struct Palette {
    pub(super) colors: Vec<Color>,
    pub(super) nearest: Nearest,
}

impl Palette {
    /// For the opaque ones of these pixels; at most `count` colours.
    pub(super) fn of(pixels: impl Iterator<Item = Pixel> + Clone, count: usize) -> Self {
        let opaque = pixels.filter(|pixel| is_opaque(*pixel)).map(|[r, g, b, _]| [r, g, b]);
        let colors =
            distinct(opaque.clone(), count).unwrap_or_else(|| quantized(shades(opaque), count));
        let points = colors.iter().map(|color| Point::of(color.map(f32::from))).collect();
        Self { colors, nearest: Nearest::new(points) }
    }

    /// The mean square of the distance to the nearest colour, over one pixel of every few.
    pub(super) fn error(&mut self, pixels: &[Pixel]) -> f32 {
        let sample = pixels.iter().filter(|pixel| is_opaque(**pixel)).step_by(7);
        let (mut sum, mut count) = (0.0, 0.0);
        for [r, g, b, _] in sample {
            sum += self.nearest.find(Point::of([*r, *g, *b].map(f32::from))).1;
            count += 1.0;
        }
        if count > 0.0 { sum / count } else { 0.0 }
    }
}

pub(super) fn is_opaque(pixel: Pixel) -> bool {
    pixel[3] != 0
}

/// All colours, if there are no more than `count`.
fn distinct(mut pixels: impl Iterator<Item = Color>, count: usize) -> Option<Vec<Color>> {
    let mut colors = BTreeSet::new();
    let mut last = None;
    let fits = pixels.all(|color| {
        if last.replace(color) != Some(color) {
            colors.insert(color);
        }
        colors.len() <= count
    });
    fits.then(|| colors.into_iter().collect())
}

fn quantized(mut shades: Vec<Shade>, count: usize) -> Vec<Color> {
    let mut means = cut(&mut shades, count);
    for _ in 0..ROUNDS {
        let points = means.iter().map(|color| Point::of(*color)).collect();
        let mut nearest = Nearest::new(points);
        let mut sums = vec![Sum::default(); means.len()];
        for shade in &shades {
            sums[usize::from(nearest.find(shade.point).0)].add(shade);
        }
        for (mean, sum) in means.iter_mut().zip(sums) {
            *mean = sum.mean().unwrap_or(*mean);
        }
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
    let byte = |channel: f32| (channel + 0.5) as u8;
    means.into_iter().map(|color| color.map(byte)).collect()
}
