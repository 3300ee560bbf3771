//! Scans of sequential files (F.2), in two passes: where each block begins, and what of it the wanted scale needs.
//!
//! In the second pass no block waits for the one before it, and each is left as soon as it has told enough.

use std::ops::Range;

use super::Refusal;
use super::bits::window_at;
use super::entropy::{Entropy, Interval};
use super::frame::Frame;
use super::huffman::{Class, Lookup, NO_CODE, Symbol};
use super::idct::{self, Transform};
use super::plane::Plane;
use super::quantization::Quantization;
use super::scan::{Part, Scan, ScanComponent, Units};
use super::tables::Tables;
use super::walk::{Blocks, Walk};

/// Reads a scan into the planes of its components.
pub(super) fn decode(
    scan: &Scan,
    frame: &Frame,
    tables: &Tables,
    entropy: &Entropy,
    planes: &mut [Plane],
) -> Result<(), Refusal> {
    let units = scan.units(frame);
    let coders = scan.components.iter().map(|part| Coder::new(*part, tables));
    let coders = coders.collect::<Result<Vec<_>, _>>()?;
    let walk = walk(scan, &units, tables)?;
    let total = units.wide * units.high;
    let wanted = wanted(&units, planes);
    let length = if tables.restart_interval == 0 { total } else { tables.restart_interval };
    for (number, first) in (0..wanted.end).step_by(length).enumerate() {
        let interval = entropy.interval(number)?;
        let all = length.min(total - first);
        if first + all <= wanted.start {
            continue;
        }
        let count = all.min(wanted.end - first);
        let blocks = Blocks { wanted: count * units.blocks, all: all * units.blocks };
        let (starts, end) = walk.starts(interval.bytes, interval.length, blocks)?;
        if count == all {
            interval.finish(end as usize)?;
        }
        let mut before = 0;
        for (part, coder) in units.parts.iter().zip(&coders) {
            let found = Found { units: &units, first, starts: &starts, part: *part, before };
            coder.read(&found, &interval, &mut planes[part.index])?;
            before += part.h * part.v;
        }
    }
    Ok(())
}

/// The units from the first row to the last that has blocks which are wanted.
fn wanted(units: &Units, planes: &[Plane]) -> Range<usize> {
    let rows = || units.parts.iter().map(|part| (planes[part.index].rows(), part.v));
    let first = rows().map(|(rows, v)| rows.start / v).min().unwrap_or(0);
    let end = rows().map(|(rows, v)| rows.end.div_ceil(v)).max().unwrap_or(units.high);
    first.min(units.high) * units.wide..end.min(units.high) * units.wide
}

fn walk(scan: &Scan, units: &Units, tables: &Tables) -> Result<Walk, Refusal> {
    let mut codes = Vec::new();
    for (part, component) in units.parts.iter().zip(&scan.components) {
        let pair = (tables.dc(component.dc_table)?, tables.ac(component.ac_table)?);
        codes.extend(std::iter::repeat_n(pair, part.h * part.v));
    }
    Ok(Walk::new(&codes))
}

/// The blocks of one component in an interval.
struct Found<'a> {
    units: &'a Units,
    /// The interval's first unit.
    first: usize,
    /// Of all components' blocks.
    starts: &'a [u32],
    part: Part,
    /// How many blocks of other components come first in a unit.
    before: usize,
}

impl Found<'_> {
    /// Calls `read` with the column and row of each block and the bit at which it begins.
    #[inline]
    fn each(
        &self,
        mut read: impl FnMut((usize, usize), usize) -> Option<()>,
    ) -> Result<(), Refusal> {
        let Part { h, v, .. } = self.part;
        let (mut x, mut y) = (self.first % self.units.wide, self.first / self.units.wide);
        for starts in self.starts.chunks_exact(self.units.blocks) {
            let mut starts = starts[self.before..].iter();
            for y in y * v..y * v + v {
                for (x, start) in (x * h..x * h + h).zip(&mut starts) {
                    read((x, y), *start as usize).ok_or(NO_CODE)?;
                }
            }
            x += 1;
            if x == self.units.wide {
                (x, y) = (0, y + 1);
            }
        }
        Ok(())
    }
}

/// Reads the blocks of one component.
struct Coder<'a> {
    dc: Lookup,
    ac: Lookup,
    quantization: &'a Quantization,
}

impl<'a> Coder<'a> {
    fn new(part: ScanComponent, tables: &'a Tables) -> Result<Self, Refusal> {
        Ok(Self {
            dc: Lookup::new(tables.dc(part.dc_table)?, Class::Dc),
            ac: Lookup::new(tables.ac(part.ac_table)?, Class::Ac),
            quantization: tables.quantization_of(part.index)?,
        })
    }

    fn read(&self, found: &Found, interval: &Interval, plane: &mut Plane) -> Result<(), Refusal> {
        match plane.edge() {
            1 => self.read_first(found, interval, plane),
            2 => self.read_some::<4>(found, interval, plane),
            3 => self.read_some::<9>(found, interval, plane),
            4 => self.read_some::<16>(found, interval, plane),
            _ => self.read_some::<64>(found, interval, plane),
        }
    }

    fn read_first(
        &self,
        found: &Found,
        interval: &Interval,
        plane: &mut Plane,
    ) -> Result<(), Refusal> {
        let mut value = 0_i32;
        found.each(|place, start| {
            let difference = self.dc.find(window_at(interval.bytes, start))?;
            value = value.wrapping_add(difference.value);
            plane.put(place, &[idct::to_one(self.quantization.first(value))?]);
            Some(())
        })
    }

    fn read_some<const S: usize>(
        &self,
        found: &Found,
        interval: &Interval,
        plane: &mut Plane,
    ) -> Result<(), Refusal> {
        let transform = Transform::<S>::new(self.quantization);
        let (mut value, mut held) = (0_i32, None::<Begun>);
        found.each(|place, at| {
            let difference = self.dc.find(window_at(interval.bytes, at))?;
            value = value.wrapping_add(difference.value);
            if !plane.holds(place) {
                return Some(());
            }
            let begun = Begun { place, at: at + difference.bits as usize, first: value };
            match held.take() {
                None => held = Some(begun),
                Some(other) => self.finish([other, begun], &transform, interval, plane),
            }
            Some(())
        })?;
        if let Some(last) = held {
            self.finish([last; 2], &transform, interval, plane);
        }
        Ok(())
    }

    /// Two blocks in step: neither waits for the other's symbols, and a wrong guess of when one ends costs once.
    #[inline]
    fn finish<const S: usize>(
        &self,
        begun: [Begun; 2],
        transform: &Transform<S>,
        interval: &Interval,
        plane: &mut Plane,
    ) {
        let last = Transform::<S>::LAST;
        let mut sums = begun.map(|block| transform.flat(block.first));
        let (mut at, mut k) = (begun.map(|block| block.at), [0; 2]);
        while k[0] < last || k[1] < last {
            // Nothing more is read of a block that is complete.
            let mut windows: [u64; 2] =
                std::array::from_fn(
                    |i| {
                        if k[i] < last { window_at(interval.bytes, at[i]) } else { 0 }
                    },
                );
            for _ in 0..2 {
                for i in 0..2 {
                    let symbol = self.ac.find(windows[i]).unwrap_or(Symbol::END);
                    windows[i] <<= symbol.bits;
                    at[i] += symbol.bits as usize;
                    k[i] += symbol.run + 1;
                    transform.add(&mut sums[i], k[i], symbol.value);
                }
            }
        }
        plane.put(begun[0].place, &sums[0].samples());
        plane.put(begun[1].place, &sums[1].samples());
    }
}

/// A block of which the first frequency has been read.
#[derive(Clone, Copy)]
struct Begun {
    place: (usize, usize),
    /// The bit behind it.
    at: usize,
    /// The sum of all first differences.
    first: i32,
}
