//! One component's samples at the wanted scale.

use super::Refusal;
use super::frame::{Component, Frame};
use super::idct;

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

    /// Puts a block without detail.
    #[inline]
    pub(super) fn put_flat(&mut self, place: (usize, usize), dc: i32) -> Result<(), Refusal> {
        let sample = idct::flat(dc)?;
        let (edge, stride) = (self.edge, self.stride);
        let rows = self.rows(place).chunks_mut(stride).take(edge);
        rows.filter_map(|row| row.get_mut(..edge)).for_each(|row| row.fill(sample));
        Ok(())
    }

    /// Puts a block that becomes one sample.
    #[inline]
    pub(super) fn put_one(&mut self, place: (usize, usize), dc: i32) -> Result<(), Refusal> {
        let sample = idct::flat(dc)?;
        if let Some(first) = self.rows(place).first_mut() {
            *first = sample;
        }
        Ok(())
    }

    /// Puts the samples of a block.
    #[inline]
    pub(super) fn put<const N: usize>(&mut self, place: (usize, usize), samples: &[[u8; N]; N]) {
        let stride = self.stride;
        let rows = self.rows(place);
        for (y, samples) in samples.iter().enumerate() {
            if let Some(row) = rows.get_mut(y * stride..).and_then(<[u8]>::first_chunk_mut::<N>) {
                *row = *samples;
            }
        }
    }

    /// The samples from a block's first on.
    #[inline]
    fn rows(&mut self, (x, y): (usize, usize)) -> &mut [u8] {
        self.samples.get_mut((y * self.stride + x) * self.edge..).unwrap_or_default()
    }
}
