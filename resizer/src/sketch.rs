//! What a picture looks like, in a few bytes: something to show before it is there, and something to find it again by.

use std::f64::consts::PI;

use crate::raster::Raster;
use crate::steps::resize::{View, lanczos, resample};
use crate::{Color, Format, Limits, Rect, RenderError, Size, Transform, pixels};

/// The most that a ThumbHash takes, along the longer edge.
const EDGE_PX: u32 = 100;
/// Bits of each channel that tell colours apart.
const COLOR_BITS: u32 = 4;
/// Of the picture that a perceptual hash is made of.
const HASHED_PX: usize = 32;
/// Lowest frequencies along each axis, of which each gives a bit.
const FREQUENCIES: usize = 8;

/// What a picture looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sketch {
    /// The mean of the commonest colours; of what is transparent nothing counts.
    pub dominant: Color,
    /// A ThumbHash (<https://evanw.github.io/thumbhash/>): the picture blurred, in about 25 bytes.
    pub thumbhash: Vec<u8>,
    /// The perceptual hash of Zauner (2010), as `imagehash.phash` makes it: pictures that look alike differ in few bits.
    pub perceptual_hash: u64,
}

/// The sketch of an original, of an animation of its first frame.
pub fn sketch(bytes: &[u8], limits: &Limits) -> Result<Sketch, RenderError> {
    let (edge, edge_px) = (Some(EDGE_PX), u64::from(EDGE_PX));
    let transform =
        Transform { width: edge, height: edge, format: Some(Format::Png), ..Transform::default() };
    // A customer's bounds of results are none of sketches.
    let limits =
        Limits { result_edge_max_px: EDGE_PX, result_pixels_max: edge_px * edge_px, ..*limits };
    let picture = pixels(bytes, &transform, &limits)?;
    let raster = picture.frames[0].raster.clone().into_rgba();
    let Size { width, height } = raster.size;
    Ok(Sketch {
        dominant: dominant(&raster),
        thumbhash: thumbhash::rgba_to_thumb_hash(width as usize, height as usize, &raster.pixels),
        perceptual_hash: perceptual_hash(&raster)?,
    })
}

/// The fullest of the boxes that the first bits of each channel make; the mean of what is in it.
fn dominant(raster: &Raster) -> Color {
    let mut boxes = vec![[0_u32; 4]; 1 << (3 * COLOR_BITS)];
    for [red, green, blue, opacity] in raster.pixels.as_chunks().0 {
        if *opacity < 128 {
            continue;
        }
        let place = [red, green, blue]
            .iter()
            .fold(0, |place, level| place << COLOR_BITS | usize::from(**level >> (8 - COLOR_BITS)));
        let [reds, greens, blues, count] = &mut boxes[place];
        *reds += u32::from(*red);
        *greens += u32::from(*green);
        *blues += u32::from(*blue);
        *count += 1;
    }
    // The first of several that are as full.
    let fullest = boxes.into_iter().rev().max_by_key(|[.., count]| *count);
    let [reds, greens, blues, count] = fullest.unwrap_or_default();
    let mean = |sum: u32| u8::try_from((sum + count / 2) / count.max(1)).unwrap_or(u8::MAX);
    Color { rgb: [reds, greens, blues].map(mean) }
}

/// The lowest frequencies of 32 x 32 levels of grey, each a bit: whether it is above their median.
fn perceptual_hash(raster: &Raster) -> Result<u64, RenderError> {
    let frequencies = lowest(&gray(raster)?);
    let mut sorted = frequencies;
    sorted.sort_by(f64::total_cmp);
    let median = f64::midpoint(sorted[31], sorted[32]);
    Ok(frequencies.iter().fold(0, |hash, level| hash << 1 | u64::from(*level > median)))
}

/// Brightness (ITU-R BT.601) over white, of 32 x 32 pixels.
fn gray(raster: &Raster) -> Result<Vec<f64>, RenderError> {
    let edge = u32::try_from(HASHED_PX).unwrap_or(u32::MAX);
    let (all, size) = (Rect::whole(raster.size), Size { width: edge, height: edge });
    let small = resample(raster, all, View::whole(raster.size), size, lanczos())?;
    let level = |[red, green, blue, opacity]: &[u8; 4]| {
        let [red, green, blue, opacity] =
            [red, green, blue, opacity].map(|level| f64::from(*level));
        let brightness = 0.299 * red + 0.587 * green + 0.114 * blue;
        (brightness * opacity + 255.0 * (255.0 - opacity)) / 255.0
    };
    Ok(small.pixels.as_chunks().0.iter().map(level).collect())
}

/// The lowest frequencies of a discrete cosine transform (type II) along both axes, row by row.
#[expect(clippy::cast_precision_loss, reason = "numbers below a thousand")]
fn lowest(levels: &[f64]) -> [f64; FREQUENCIES * FREQUENCIES] {
    let wave = |frequency: usize, at: usize| {
        let turns = (frequency * (2 * at + 1)) as f64 / (2 * HASHED_PX) as f64;
        (PI * turns).cos()
    };
    std::array::from_fn(|place| {
        let (down, across) = (place / FREQUENCIES, place % FREQUENCIES);
        let part = |(at, level): (usize, &f64)| {
            level * wave(down, at / HASHED_PX) * wave(across, at % HASHED_PX)
        };
        levels.iter().enumerate().map(part).sum()
    })
}
