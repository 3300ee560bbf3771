//! One component's samples at the wanted scale.

use std::ops::Range;

use super::frame::Component;

/// Samples of the blocks that are wanted, row by row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Plane {
    samples: Vec<u8>,
    stride: usize,
    /// Of what becomes of a block.
    edge: usize,
    /// The blocks.
    columns: Range<usize>,
    rows: Range<usize>,
    /// The part that shows.
    width: usize,
    height: usize,
    density: [f64; 2],
}

impl Plane {
    pub(super) fn new(component: &Component) -> Self {
        let Component { columns, rows, edge, width, height, density, .. } = component.clone();
        let stride = columns.len() * edge;
        Self {
            samples: vec![0; stride * rows.len() * edge],
            stride,
            edge,
            width: (columns.end * edge).min(width).saturating_sub(columns.start * edge),
            height: (rows.end * edge).min(height).saturating_sub(rows.start * edge),
            columns,
            rows,
            density,
        }
    }

    /// Where the first sample lies in a plane of the whole picture.
    pub(crate) fn origin(&self) -> [usize; 2] {
        [self.columns.start * self.edge, self.rows.start * self.edge]
    }

    /// The rows of blocks that are wanted.
    pub(super) fn rows(&self) -> &Range<usize> {
        &self.rows
    }

    /// Whether the block in this column and row is wanted.
    #[inline]
    pub(super) fn holds(&self, (x, y): (usize, usize)) -> bool {
        x.wrapping_sub(self.columns.start) < self.columns.len()
            && y.wrapping_sub(self.rows.start) < self.rows.len()
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

    /// Puts the samples of the block in this column and row, if it is wanted.
    #[inline]
    pub(super) fn put<const S: usize>(&mut self, place: (usize, usize), samples: &[u8; S]) {
        let edge = const { S.isqrt() };
        // What lies to the left or above becomes a number that is larger than any other.
        let left = place.0.wrapping_sub(self.columns.start).wrapping_mul(edge);
        if left >= self.stride {
            return;
        }
        let above = place.1.wrapping_sub(self.rows.start).wrapping_mul(edge);
        let mut from = above.wrapping_mul(self.stride).wrapping_add(left);
        // Not by chunks, of which the number would be divided out for each block.
        for row in 0..edge {
            if let Some(place) = self.samples.get_mut(from..from.wrapping_add(edge)) {
                place.copy_from_slice(&samples[row * edge..][..edge]);
            }
            from = from.wrapping_add(self.stride);
        }
    }
}
