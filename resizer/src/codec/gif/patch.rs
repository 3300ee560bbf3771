//! What each frame changes in what is shown.
//!
//! A viewer keeps what a frame has drawn, or clears the frame's own rectangle when its time is over; a run starts with
//! nothing shown. So every frame but the first is cut to what differs from before, and what does not differ in there is
//! transparent. One after which something is to vanish is as large as that, and is cleared.

use super::palette::{Pixel, is_opaque};
use crate::raster::{Frame, Raster};

/// A part of the canvas, and what is drawn there.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Patch {
    pub(super) place: Rectangle,
    /// Transparent ones leave what is there.
    pub(super) pixels: Vec<Pixel>,
    /// When its time is over, nothing is shown in its place.
    pub(super) is_cleared: bool,
    pub(super) delay_ms: u32,
}

/// At least one pixel of a canvas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rectangle {
    pub(super) left: usize,
    pub(super) top: usize,
    pub(super) width: usize,
    pub(super) height: usize,
}

impl Rectangle {
    /// Around all of those pixels of a canvas, or the first pixel if there are none.
    fn around(canvas_width: usize, pixels: impl Iterator<Item = usize>) -> Self {
        let bounds = pixels.map(|at| (at % canvas_width, at / canvas_width)).fold(
            None,
            |bounds: Option<[usize; 4]>, (x, y)| {
                let [left, top, right, bottom] = bounds.unwrap_or([x, y, x, y]);
                Some([left.min(x), top.min(y), right.max(x), bottom.max(y)])
            },
        );
        let [left, top, right, bottom] = bounds.unwrap_or_default();
        Self { left, top, width: right - left + 1, height: bottom - top + 1 }
    }

    /// The places of its pixels, row by row.
    fn pixels(self, canvas_width: usize) -> impl Iterator<Item = usize> {
        (self.top..self.top + self.height).flat_map(move |y| {
            (self.left..self.left + self.width).map(move |x| y * canvas_width + x)
        })
    }
}

/// Of frames that are all of this width and of the same height.
pub(super) fn patches(frames: Vec<Frame>, width: usize) -> Vec<Patch> {
    let mut frames =
        frames.into_iter().map(|frame| (solid(frame.raster), frame.delay_ms)).peekable();
    let (mut patches, mut shown) = (Vec::new(), None);
    while let Some((pixels, delay_ms)) = frames.next() {
        let before = shown.unwrap_or_else(|| vec![Pixel::default(); pixels.len()]);
        let next = frames.peek().map(|(next, _)| next);
        let changes = |at: usize| pixels[at] != before[at];
        let vanishes =
            |at: usize| next.is_some_and(|next| is_opaque(pixels[at]) && !is_opaque(next[at]));
        let everything = 0..pixels.len();
        // Viewers differ in what is beside the first, so that one is whole.
        let is_first = patches.is_empty();
        let touched = everything.clone().filter(|at| is_first || changes(*at) || vanishes(*at));
        let place = Rectangle::around(width, touched);
        let is_cleared = everything.into_iter().any(vanishes);
        let drawn = |at: usize| {
            let [r, g, b, alpha] = pixels[at];
            [r, g, b, if changes(at) { alpha } else { 0 }]
        };
        let patch = place.pixels(width).map(drawn).collect();
        patches.push(Patch { place, pixels: patch, is_cleared, delay_ms });
        shown = Some(if is_cleared { without(pixels, place, width) } else { pixels });
    }
    patches
}

fn without(mut pixels: Vec<Pixel>, place: Rectangle, width: usize) -> Vec<Pixel> {
    place.pixels(width).for_each(|at| pixels[at] = Pixel::default());
    pixels
}

/// What is half transparent or more becomes wholly so, and the rest opaque.
fn solid(raster: Raster) -> Vec<Pixel> {
    let raster = raster.into_rgba();
    let (pixels, _) = raster.pixels.as_chunks::<4>();
    let solid = |[r, g, b, alpha]: &Pixel| if *alpha < 128 { [0; 4] } else { [*r, *g, *b, 255] };
    pixels.iter().map(solid).collect()
}
