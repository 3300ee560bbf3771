//! The frequencies of a progressive file's blocks while its scans come in.

use super::Refusal;
use super::frame::{Component, Frame};
use super::huffman::NO_CODE;
use super::idct::{self, Transform};
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
                for (at, first) in blocks.iter().enumerate() {
                    let sample = idct::to_one(quantization.first((*first).into()));
                    plane.put(self.place(at), &[sample.ok_or(NO_CODE)?]);
                }
            }
            (Stored::All(blocks), 2) => self.render_all::<4>(blocks, quantization, plane),
            (Stored::All(blocks), 3) => self.render_all::<9>(blocks, quantization, plane),
            (Stored::All(blocks), 4) => self.render_all::<16>(blocks, quantization, plane),
            (Stored::All(blocks), _) => self.render_all::<64>(blocks, quantization, plane),
        }
        Ok(())
    }

    fn render_all<const S: usize>(
        &self,
        blocks: &[[i16; 64]],
        quantization: &Quantization,
        plane: &mut Plane,
    ) {
        let transform = Transform::<S>::new(quantization);
        for (at, (frequencies, top)) in blocks.iter().zip(&self.tops).enumerate() {
            if !plane.holds(self.place(at)) {
                continue;
            }
            let mut sums = transform.flat(frequencies[0].into());
            let last = usize::from(*top).min(Transform::<S>::LAST);
            for (k, value) in frequencies.iter().enumerate().take(last + 1).skip(1) {
                if *value != 0 {
                    transform.add(&mut sums, k, (*value).into());
                }
            }
            plane.put(self.place(at), &sums.samples());
        }
    }

    fn place(&self, at: usize) -> (usize, usize) {
        (at % self.stride, at / self.stride)
    }
}
