//! The frequencies of a progressive file's blocks while its scans come in.

use super::Refusal;
use super::frame::{Component, Frame};
use super::idct::{self, Block, EIGHTHS, Factors, HALVES, QUARTERS};
use super::plane::Plane;
use super::quantization::Quantization;

/// What is known so far of one component's blocks, in zigzag, not multiplied.
#[derive(Debug)]
pub(super) struct Coefficients {
    stored: Stored,
    /// Of each block the last frequency that is not zero.
    tops: Vec<u8>,
    stride: usize,
    /// Blocks that hold some of the picture.
    wide: usize,
    high: usize,
}

#[derive(Debug)]
enum Stored {
    /// Where each block becomes one sample.
    First(Vec<i16>),
    All(Vec<[i16; 64]>),
}

/// Of one block: all of its frequencies, and the last that is not zero.
#[derive(Debug)]
pub(super) struct Known<'a> {
    pub(super) values: &'a mut [i16; 64],
    pub(super) top: &'a mut u8,
}

impl Known<'_> {
    /// Sets the `k`-th frequency.
    #[inline]
    pub(super) fn set(&mut self, k: usize, value: i16) {
        self.values[k & 63] = value;
        *self.top = (*self.top).max((k & 63) as u8);
    }
}

impl Coefficients {
    pub(super) fn new(component: &Component, frame: &Frame) -> Self {
        let stride = frame.mcus_wide * component.h;
        let blocks = stride * frame.mcus_high * component.v;
        let stored = if component.edge == 1 {
            Stored::First(vec![0; blocks])
        } else {
            Stored::All(vec![[0; 64]; blocks])
        };
        let tops = vec![0; if component.edge == 1 { 0 } else { blocks }];
        let (wide, high) = (component.blocks_wide, component.blocks_high);
        Self { stored, tops, stride, wide, high }
    }

    /// How many blocks hold some of the picture.
    pub(super) fn count(&self) -> usize {
        self.wide * self.high
    }

    /// The first frequency of the block in this column and row.
    #[inline]
    pub(super) fn first(&mut self, (x, y): (usize, usize)) -> Option<&mut i16> {
        let at = y * self.stride + x;
        match &mut self.stored {
            Stored::First(blocks) => blocks.get_mut(at),
            Stored::All(blocks) => blocks.get_mut(at).map(|block| &mut block[0]),
        }
    }

    /// All of the `number`-th block that holds some of the picture; none where only the first is kept.
    #[inline]
    pub(super) fn all(&mut self, number: usize) -> Option<Known<'_>> {
        let at = number / self.wide * self.stride + number % self.wide;
        let Stored::All(blocks) = &mut self.stored else { return None };
        Some(Known { values: blocks.get_mut(at)?, top: self.tops.get_mut(at)? })
    }

    /// Turns all blocks into samples.
    pub(super) fn render(
        &self,
        quantization: &Quantization,
        plane: &mut Plane,
    ) -> Result<(), Refusal> {
        match (&self.stored, plane.edge()) {
            (Stored::First(blocks), _) => {
                for (at, dc) in blocks.iter().enumerate() {
                    let sample = idct::to_one(quantization.first((*dc).into()))?;
                    plane.put(self.place(at), &[[sample]]);
                }
                Ok(())
            }
            (Stored::All(blocks), 2) => self.render_all(blocks, &HALVES, quantization, plane),
            (Stored::All(blocks), 4) => self.render_all(blocks, &QUARTERS, quantization, plane),
            (Stored::All(blocks), _) => self.render_all(blocks, &EIGHTHS, quantization, plane),
        }
    }

    fn render_all<const N: usize>(
        &self,
        blocks: &[[i16; 64]],
        factors: &Factors<N>,
        quantization: &Quantization,
        plane: &mut Plane,
    ) -> Result<(), Refusal> {
        for (at, (frequencies, top)) in blocks.iter().zip(&self.tops).enumerate() {
            let mut block = Block::new(quantization.first(frequencies[0].into()), factors);
            for (k, value) in frequencies.iter().enumerate().take(usize::from(*top) + 1).skip(1) {
                if *value != 0 {
                    block.add(quantization.apply(k, (*value).into()));
                }
            }
            plane.put(self.place(at), &block.samples()?);
        }
        Ok(())
    }

    fn place(&self, at: usize) -> (usize, usize) {
        (at % self.stride, at / self.stride)
    }
}
