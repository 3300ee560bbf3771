//! One component's samples at the wanted scale.

use super::frame::{Component, Frame};

#[derive(Debug)]
pub(super) struct Plane {
    samples: Vec<u8>,
    stride: usize,
    edge: usize,
    /// The part that shows.
    width: usize,
    height: usize,
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
        }
    }

    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// The row at `y`, or the last one that shows.
    pub(super) fn row(&self, y: usize) -> &[u8] {
        let from = y.min(self.height - 1) * self.stride;
        &self.samples[from..from + self.stride]
    }

    /// Edge of what becomes of a block.
    pub(super) fn edge(&self) -> usize {
        self.edge
    }

    /// Room for blocks that become one sample each.
    #[inline]
    pub(super) fn samples(&mut self, x: usize, y: usize, blocks: usize) -> &mut [u8] {
        let from = y * self.stride + x;
        self.samples.get_mut(from..from + blocks).unwrap_or_default()
    }

    /// Puts the samples of a block.
    #[inline]
    pub(super) fn put<const N: usize>(&mut self, (x, y): (usize, usize), samples: &[[u8; N]; N]) {
        let from = (y * self.stride + x) * N;
        let Some(rows) = self.samples.get_mut(from..) else { return };
        for (row, samples) in samples.iter().enumerate() {
            let row = rows.get_mut(row * self.stride..).and_then(<[u8]>::first_chunk_mut::<N>);
            if let Some(row) = row {
                *row = *samples;
            }
        }
    }
}
