//! A block on its way from frequencies to samples.

use super::Refusal;
use super::idct::{Columns, EIGHTHS, Halves, QUARTERS};
use super::plane::Plane;
use super::quantization::Weight;

/// Takes the frequencies of one block, multiplied, and puts what becomes of them.
pub(super) trait Block {
    /// The block with its first frequency.
    fn new(dc: i32) -> Self;
    /// Adds one that is not the first and lies at `natural` in the block.
    fn add(&mut self, natural: usize, value: i32);
    /// Puts the samples.
    fn put(&self, plane: &mut Plane, place: (usize, usize));
}

/// Becomes 2 x 2 samples.
pub(super) type Four = Halves;
/// Becomes 4 x 4 samples.
pub(super) type Sixteen = Columns<4>;
/// Becomes 8 x 8 samples.
pub(super) type SixtyFour = Columns<8>;

impl Block for Four {
    #[inline]
    fn new(dc: i32) -> Self {
        Self::new(dc)
    }

    #[inline]
    fn add(&mut self, natural: usize, value: i32) {
        self.add(natural, value);
    }

    #[inline]
    fn put(&self, plane: &mut Plane, place: (usize, usize)) {
        plane.put(place, &self.samples());
    }
}

impl Block for Sixteen {
    #[inline]
    fn new(dc: i32) -> Self {
        Self::new(dc, &QUARTERS)
    }

    #[inline]
    fn add(&mut self, natural: usize, value: i32) {
        self.add(natural, value, &QUARTERS);
    }

    #[inline]
    fn put(&self, plane: &mut Plane, place: (usize, usize)) {
        plane.put(place, &self.flat().unwrap_or_else(|| self.samples(&QUARTERS)));
    }
}

impl Block for SixtyFour {
    #[inline]
    fn new(dc: i32) -> Self {
        Self::new(dc, &EIGHTHS)
    }

    #[inline]
    fn add(&mut self, natural: usize, value: i32) {
        self.add(natural, value, &EIGHTHS);
    }

    #[inline]
    fn put(&self, plane: &mut Plane, place: (usize, usize)) {
        plane.put(place, &self.flat().unwrap_or_else(|| self.samples(&EIGHTHS)));
    }
}

/// A block with the sum of its frequencies.
#[derive(Debug)]
pub(super) struct Weighed<B> {
    block: B,
    weight: Weight,
}

impl<B: Block> Weighed<B> {
    #[inline]
    pub(super) fn new(dc: i32) -> Self {
        Self { block: B::new(dc), weight: Weight::new(dc) }
    }

    #[inline]
    pub(super) fn add(&mut self, (natural, value): (usize, i32)) {
        self.block.add(natural, value);
        self.weight.add(value);
    }

    #[inline]
    pub(super) fn put(&self, plane: &mut Plane, place: (usize, usize)) -> Result<(), Refusal> {
        self.weight.check()?;
        self.block.put(plane, place);
        Ok(())
    }
}
