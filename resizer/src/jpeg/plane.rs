//! One component's samples at the wanted scale.

use super::frame::{Component, Frame};

/// Samples, row by row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Plane {
    samples: Vec<u8>,
    stride: usize,
    /// Of what becomes of a block.
    edge: usize,
    /// The part that shows.
    width: usize,
    height: usize,
    density: [f64; 2],
}

impl Plane {
    /// For all blocks of whole units.
    pub(super) fn new(component: &Component, frame: &Frame) -> Self {
        let stride = frame.mcus_wide * component.h * component.edge;
        let rows = frame.mcus_high * component.v * component.edge;
        Self {
            samples: vec![0; stride * rows],
            stride,
            edge: component.edge,
            width: component.width,
            height: component.height,
            density: component.density,
        }
    }

    /// Width and height of the part that shows, which is all after [`Plane::into_samples`].
    pub(crate) fn size(&self) -> [usize; 2] {
        [self.width, self.height]
    }

    /// Samples for a pixel of the file, along each axis.
    pub(crate) fn density(&self) -> [f64; 2] {
        self.density
    }

    /// The part that shows, rows without padding.
    pub(crate) fn into_samples(mut self) -> Vec<u8> {
        if self.stride > self.width {
            for y in 1..self.height {
                let from = y * self.stride;
                self.samples.copy_within(from..from + self.width, y * self.width);
            }
        }
        self.samples.truncate(self.width * self.height);
        self.samples
    }

    pub(super) fn edge(&self) -> usize {
        self.edge
    }

    /// Puts the samples of the block in this column and row.
    #[inline]
    pub(super) fn put<const S: usize>(&mut self, (x, y): (usize, usize), samples: &[u8; S]) {
        let edge = const { S.isqrt() };
        let mut from = (y * self.stride + x) * edge;
        // Not by chunks, of which the number would be divided out for each block.
        for row in 0..edge {
            if let Some(place) = self.samples.get_mut(from..from + edge) {
                place.copy_from_slice(&samples[row * edge..][..edge]);
            }
            from += self.stride;
        }
    }
}
