//! Step: Gaussian blur.

use super::resize;
use crate::decimal;
use crate::raster::{Layout, Picture, Raster};
use crate::{Plan, RenderError, Size};

/// The standard deviation of a Gaussian, in hundredths of a pixel of the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sigma(u32);

impl Sigma {
    const DECIMALS: usize = 2;

    /// From 0.3 pixels, below which nothing is seen, to 250, which leaves of any image its colours.
    pub fn from_hundredths(hundredths: u32) -> Option<Self> {
        (30..=25_000).contains(&hundredths).then_some(Self(hundredths))
    }

    /// In hundredths of a pixel.
    pub fn hundredths(self) -> u32 {
        self.0
    }

    /// The number of a transform's text, with at most two decimals.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::from_hundredths(decimal::parse(text, Self::DECIMALS)?)
    }

    #[expect(clippy::cast_precision_loss, reason = "far below 2^24")]
    pub(super) fn pixels(self) -> f32 {
        self.0 as f32 / 100.0
    }
}

impl std::fmt::Display for Sigma {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&decimal::print(self.0, Self::DECIMALS))
    }
}

pub(crate) fn blur(picture: Picture, plan: &Plan) -> Result<Picture, RenderError> {
    match plan.transform.blur {
        None => Ok(picture),
        Some(sigma) => picture.try_map(|raster| blurred(&raster, sigma.pixels())),
    }
}

/// Above this many pixels of deviation the image is blurred at a fraction of its size: its details are gone
/// either way, and the cost of a pixel stays bounded.
const SIGMA_DIRECT_MAX: f32 = 8.0;
/// What scaling down and up again adds to the variance, in pixels of the fraction: a sixth each time.
const SCALING_VARIANCE: f32 = 1.0 / 3.0;

fn blurred(raster: &Raster, sigma: f32) -> Result<Raster, RenderError> {
    if sigma <= SIGMA_DIRECT_MAX {
        return Ok(gaussian(raster, sigma));
    }
    let factor = sigma / (SIGMA_DIRECT_MAX / 2.0);
    // The edge goes on as it is and not as the mean of what becomes one pixel of the fraction. So the outermost pixel
    // of the fraction is of the edge alone, which reaches as far again as it is wide, and goes on from there.
    let margin = whole(2.0 * factor);
    let wide = extended(raster, margin);
    let small =
        Size { width: part(wide.size.width, factor), height: part(wide.size.height, factor) };
    let sigma = ((sigma / factor).powi(2) - SCALING_VARIANCE).sqrt();
    let small = gaussian(&resize::smoothly(&wide, small)?, sigma);
    resize::within_margin(&small, margin, raster.size)
}

/// The raster with its edges repeated `margin` times to all sides.
fn extended(raster: &Raster, margin: u32) -> Raster {
    let Size { width, height } = raster.size;
    let size = Size { width: width + 2 * margin, height: height + 2 * margin };
    let channels = raster.layout.channels();
    let mut wide = Raster::blank(size, raster.layout);
    for (y, row) in wide.pixels.chunks_exact_mut(size.width as usize * channels).enumerate() {
        let from = y.saturating_sub(margin as usize).min(height as usize - 1);
        let line = &raster.pixels[from * raster.stride()..][..raster.stride()];
        let (left, rest) = row.split_at_mut(margin as usize * channels);
        let (middle, right) = rest.split_at_mut(line.len());
        middle.copy_from_slice(line);
        left.chunks_exact_mut(channels).for_each(|pixel| pixel.copy_from_slice(&line[..channels]));
        let last = &line[line.len() - channels..];
        right.chunks_exact_mut(channels).for_each(|pixel| pixel.copy_from_slice(last));
    }
    wide
}

#[expect(clippy::cast_precision_loss, reason = "edges are below 2^24")]
fn part(length: u32, factor: f32) -> u32 {
    whole(length as f32 / factor).max(1)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
fn whole(length: f32) -> u32 {
    length.ceil() as u32
}

/// Each pixel the weighted mean of its neighbours; beyond the edge lies the edge.
///
/// First along rows, then along columns over a ring of as many blurred rows as the kernel is long, so that
/// no second picture of floats is held. Both passes add whole rows, which compilers turn into vector code.
pub(super) fn gaussian(raster: &Raster, sigma: f32) -> Raster {
    let kernel = kernel(sigma);
    let (radius, height) = (kernel.len() / 2, raster.size.height as usize);
    let mut rows = Rows::new(raster, &kernel);
    let mut ring: Vec<Vec<f32>> = vec![vec![0.0; raster.stride()]; kernel.len()];
    let mut blurred = Raster::blank(raster.size, raster.layout);
    let mut sum = vec![0.0; raster.stride()];
    let mut done = 0;
    for (y, out) in blurred.pixels.chunks_exact_mut(raster.stride()).enumerate() {
        while done <= (y + radius).min(height - 1) {
            rows.blur(done, &mut ring[done % kernel.len()]);
            done += 1;
        }
        sum.fill(0.0);
        for (k, weight) in kernel.iter().enumerate() {
            let row = (y + k).saturating_sub(radius).min(height - 1);
            add(&mut sum, &ring[row % kernel.len()], *weight);
        }
        store(&sum, raster.layout, out);
    }
    blurred
}

/// Weights that add up to 1, up to three deviations to either side, where the next would be below 1 %.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a radius is below 100"
)]
fn kernel(sigma: f32) -> Vec<f32> {
    let radius = (3.0 * sigma).ceil() as usize;
    let weight = |k: usize| {
        let distance = k as f32 - radius as f32;
        (-distance * distance / (2.0 * sigma * sigma)).exp()
    };
    let weights: Vec<f32> = (0..=2 * radius).map(weight).collect();
    let sum: f32 = weights.iter().sum();
    weights.iter().map(|weight| weight / sum).collect()
}

/// Rows as floats, premultiplied, with their edges repeated to both sides.
struct Rows<'a> {
    raster: &'a Raster,
    kernel: &'a [f32],
    wide: Vec<f32>,
}

impl<'a> Rows<'a> {
    fn new(raster: &'a Raster, kernel: &'a [f32]) -> Self {
        let beyond = (kernel.len() - 1) * raster.layout.channels();
        Self { raster, kernel, wide: vec![0.0; raster.stride() + beyond] }
    }

    fn blur(&mut self, y: usize, out: &mut [f32]) {
        let (stride, channels) = (self.raster.stride(), self.raster.layout.channels());
        let row = &self.raster.pixels[y * stride..][..stride];
        let beyond = self.kernel.len() / 2 * channels;
        load(row, self.raster.layout, &mut self.wide[beyond..][..stride]);
        for at in 0..beyond {
            self.wide[at] = self.wide[beyond + at % channels];
            self.wide[beyond + stride + at] = self.wide[beyond + stride - channels + at % channels];
        }
        out.fill(0.0);
        for (k, weight) in self.kernel.iter().enumerate() {
            add(out, &self.wide[k * channels..][..stride], *weight);
        }
    }
}

fn add(sum: &mut [f32], row: &[f32], weight: f32) {
    for (sum, value) in sum.iter_mut().zip(row) {
        *sum += weight * value;
    }
}

/// Colours are multiplied by opacity, so that invisible ones do not bleed.
fn load(row: &[u8], layout: Layout, floats: &mut [f32]) {
    for (float, value) in floats.iter_mut().zip(row) {
        *float = f32::from(*value);
    }
    if layout == Layout::Rgba {
        for [r, g, b, a] in floats.as_chunks_mut::<4>().0 {
            for color in [r, g, b] {
                *color *= *a / 255.0;
            }
        }
    }
}

fn store(floats: &[f32], layout: Layout, row: &mut [u8]) {
    if layout != Layout::Rgba {
        row.iter_mut().zip(floats).for_each(|(value, float)| *value = rounded(*float));
        return;
    }
    for (pixel, [r, g, b, a]) in
        row.as_chunks_mut::<4>().0.iter_mut().zip(floats.as_chunks::<4>().0)
    {
        // Where nothing is seen the colour is of no account.
        let unseen = if *a > 0.0 { 255.0 / a } else { 0.0 };
        *pixel = [rounded(r * unseen), rounded(g * unseen), rounded(b * unseen), rounded(*a)];
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
fn rounded(value: f32) -> u8 {
    (value + 0.5) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raster(width: u32, height: u32, layout: Layout, pixels: Vec<u8>) -> Raster {
        Raster { size: Size { width, height }, layout, pixels }
    }

    #[test]
    fn a_point_becomes_a_bell() {
        let mut pixels = vec![0; 21 * 21];
        pixels[10 * 21 + 10] = 255;
        let bell = blurred(&raster(21, 21, Layout::Gray, pixels), 2.0).unwrap().pixels;
        // 255 / (2 pi 2^2), and e^-(1/2) of it two pixels away.
        assert_eq!(bell[10 * 21 + 10], 10);
        assert_eq!([bell[10 * 21 + 12], bell[12 * 21 + 10], bell[8 * 21 + 10]], [6; 3]);
        let sum: u32 = bell.iter().map(|value| u32::from(*value)).sum();
        assert!(sum.abs_diff(255) < 40, "{sum}");
    }

    #[test]
    fn what_is_even_stays() {
        for sigma in [0.3, 2.0, 8.0, 40.0, 250.0] {
            let even = raster(50, 3, Layout::Rgb, [7, 128, 255].repeat(150));
            assert_eq!(blurred(&even, sigma).unwrap(), even, "{sigma}");
        }
    }

    #[test]
    fn invisible_colors_do_not_bleed() {
        let row = [255, 0, 0, 255, 0, 255, 0, 0].repeat(20);
        let blurred = blurred(&raster(40, 1, Layout::Rgba, row), 3.0).unwrap();
        // Far from the edges, beyond which the last pixel goes on.
        for [r, g, b, a] in &blurred.pixels.as_chunks::<4>().0[10..30] {
            assert_eq!([*r, *g, *b], [255, 0, 0]);
            assert!(a.abs_diff(128) <= 1, "{a}");
        }
    }

    #[test]
    fn what_is_far_larger_than_the_picture_blurs_as_its_kernel_says() {
        let steps = |length: u32| (0..length).map(|at| if at / 60 % 2 == 0 { 20 } else { 230 });
        for (width, height) in [(3, 400), (400, 3), (90, 700)] {
            let along = |row: Vec<u8>| (0..height).flat_map(move |_| row.clone());
            let pixels = if width > height {
                along(steps(width).collect()).collect()
            } else {
                steps(height).flat_map(|value| vec![value; width as usize]).collect()
            };
            let raster = raster(width, height, Layout::Gray, pixels);
            let (direct, reduced) = (gaussian(&raster, 60.0), blurred(&raster, 60.0).unwrap());
            let pairs = direct.pixels.iter().zip(&reduced.pixels);
            let most = pairs.map(|(a, b)| a.abs_diff(*b)).max();
            assert!(most < Some(4), "{width} x {height}: {most:?}");
        }
    }

    #[test]
    fn a_large_blur_is_the_same_curve_as_a_small_one() {
        let step = |width: u32| {
            let row = (0..width).map(|x| if x < width / 2 { 0 } else { 255 }).collect();
            raster(width, 1, Layout::Gray, row)
        };
        let [direct, reduced] = [7.9, 8.1].map(|sigma| blurred(&step(200), sigma).unwrap().pixels);
        let most = direct.iter().zip(&reduced).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(most < Some(4), "{most:?}");
    }
}
