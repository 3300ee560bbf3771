//! One component's samples at the wanted scale.

use super::Refusal;
use super::frame::{Component, Frame};
use super::idct;
use super::quantization::Block;

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

    /// Whether only the first frequency of each block counts.
    pub(super) fn is_coarse(&self) -> bool {
        self.edge == 1
    }

    /// Puts a block that is one sample.
    #[inline]
    pub(super) fn put_sample(&mut self, (x, y): (usize, usize), dc: i32) -> Result<(), Refusal> {
        let sample = idct::flat(dc)?;
        if let Some(place) = self.samples.get_mut(y * self.stride + x) {
            *place = sample;
        }
        Ok(())
    }

    /// Puts what becomes of a block.
    #[inline]
    pub(super) fn put(&mut self, (x, y): (usize, usize), block: &Block) -> Result<(), Refusal> {
        block.check()?;
        let from = (y * self.stride + x) * self.edge;
        let rows = self.samples.get_mut(from..).unwrap_or_default();
        if !block.has_detail {
            let sample = idct::flat(block.frequencies[0].into())?;
            let rows = rows.chunks_mut(self.stride).take(self.edge);
            rows.for_each(|row| row[..self.edge].fill(sample));
            return Ok(());
        }
        match self.edge {
            1 => rows[0] = idct::flat(block.frequencies[0].into())?,
            2 => copy(rows, self.stride, &idct::to_2x2(&block.frequencies)),
            4 => copy(rows, self.stride, &idct::to_4x4(&block.frequencies)),
            _ => copy(rows, self.stride, &idct::to_8x8(&block.frequencies)),
        }
        Ok(())
    }
}

#[inline]
fn copy<const N: usize>(rows: &mut [u8], stride: usize, block: &[[u8; N]; N]) {
    for (row, samples) in rows.chunks_mut(stride).zip(block) {
        row[..N].copy_from_slice(samples);
    }
}
