//! Scans of sequential files (F.2): each block is complete, and becomes samples at once.

use super::Refusal;
use super::bits::Bits;
use super::entropy::Entropy;
use super::frame::Frame;
use super::huffman::{Class, END, Lookup, NO_CODE};
use super::idct::{self, Block, EIGHTHS, Factors, HALVES, QUARTERS};
use super::plane::Plane;
use super::quantization::Quantization;
use super::scan::{Blocks, Scan, ScanComponent};
use super::skip::Skip;
use super::tables::Tables;

/// Reads a scan into the planes of its components.
pub(super) fn decode(
    scan: &Scan,
    frame: &Frame,
    tables: &Tables,
    entropy: &Entropy,
    planes: &mut [Plane],
) -> Result<(), Refusal> {
    let (wide, high, parts) = scan.units(frame);
    let coders = scan.components.iter().map(|part| Coder::new(*part, tables, planes));
    let coders = coders.collect::<Result<Vec<_>, _>>()?;
    let total = wide * high;
    let per_interval = if tables.restart_interval == 0 { total } else { tables.restart_interval };
    for (number, first) in (0..total).step_by(per_interval).enumerate() {
        let mut interval = entropy.interval(number)?;
        let mut cursor = Cursor { bits: interval.bits, predictions: [0; 4] };
        let (mut at, end) = (first, total.min(first + per_interval));
        while at < end {
            let (x, y) = (at % wide, at / wide);
            let run = (wide - x).min(end - at);
            at += run;
            if let ([part], [coder]) = (&*parts, &*coders) {
                // Blocks of one component lie side by side.
                let blocks = Blocks { x, y, wide: run, high: 1 };
                coder.read(blocks, &mut cursor, &mut planes[part.index])?;
                continue;
            }
            for x in x..x + run {
                for (part, coder) in parts.iter().zip(&coders) {
                    coder.read(part.blocks(x, y), &mut cursor, &mut planes[part.index])?;
                }
            }
        }
        interval.bits = cursor.bits;
        interval.finish()?;
    }
    Ok(())
}

/// Where the next block begins, and what the first frequencies of the last ones were.
struct Cursor<'a> {
    bits: Bits<'a>,
    predictions: [i32; 4],
}

/// Reads the blocks of one component.
struct Coder<'a> {
    /// Its place in the frame.
    index: usize,
    dc: Lookup,
    detail: Detail,
    quantization: &'a Quantization,
}

/// What becomes of the frequencies behind a block's first, by the samples that become of the block.
enum Detail {
    One(Skip),
    Four(Lookup),
    Sixteen(Lookup),
    SixtyFour(Lookup),
}

impl<'a> Coder<'a> {
    fn new(part: ScanComponent, tables: &'a Tables, planes: &[Plane]) -> Result<Self, Refusal> {
        let ac = tables.ac(part.ac_table)?;
        let lookup = || Lookup::new(ac, Class::Ac);
        Ok(Self {
            index: part.index & 3,
            dc: Lookup::new(tables.dc(part.dc_table)?, Class::Dc),
            detail: match planes.get(part.index).map(Plane::edge) {
                Some(1) => Detail::One(Skip::new(ac)),
                Some(2) => Detail::Four(lookup()),
                Some(4) => Detail::Sixteen(lookup()),
                _ => Detail::SixtyFour(lookup()),
            },
            quantization: tables.quantization_of(part.index)?,
        })
    }

    #[inline]
    fn read(&self, blocks: Blocks, cursor: &mut Cursor, plane: &mut Plane) -> Result<(), Refusal> {
        match &self.detail {
            Detail::One(skip) => self.read_first(skip, blocks, cursor, plane),
            Detail::Four(ac) => self.read_all(ac, &HALVES, blocks, cursor, plane),
            Detail::Sixteen(ac) => self.read_all(ac, &QUARTERS, blocks, cursor, plane),
            Detail::SixtyFour(ac) => self.read_all(ac, &EIGHTHS, blocks, cursor, plane),
        }
    }

    // Functions of their own, so that their loops have all registers.
    #[inline(never)]
    fn read_first(
        &self,
        skip: &Skip,
        blocks: Blocks,
        cursor: &mut Cursor,
        plane: &mut Plane,
    ) -> Result<(), Refusal> {
        let (mut bits, mut value) = (cursor.bits, cursor.predictions[self.index]);
        for y in blocks.y..blocks.y + blocks.high {
            for sample in plane.samples(blocks.x, y, blocks.wide) {
                bits.refill();
                value = value.wrapping_add(self.dc.read(&mut bits).ok_or(NO_CODE)?.value);
                bits = skip.skip(bits, 1).ok_or(NO_CODE)?;
                *sample = idct::to_one(self.quantization.first(value))?;
            }
        }
        cursor.bits = bits;
        cursor.predictions[self.index] = value;
        Ok(())
    }

    #[inline(never)]
    fn read_all<const N: usize>(
        &self,
        ac: &Lookup,
        factors: &Factors<N>,
        blocks: Blocks,
        cursor: &mut Cursor,
        plane: &mut Plane,
    ) -> Result<(), Refusal> {
        let (mut bits, mut value) = (cursor.bits, cursor.predictions[self.index]);
        for y in blocks.y..blocks.y + blocks.high {
            for x in blocks.x..blocks.x + blocks.wide {
                bits.refill();
                value = value.wrapping_add(self.dc.read(&mut bits).ok_or(NO_CODE)?.value);
                let mut block = Block::new(self.quantization.first(value), factors);
                bits = self.frequencies(ac, bits, |found| block.add(found)).ok_or(NO_CODE)?;
                plane.put((x, y), &block.samples()?);
            }
        }
        cursor.bits = bits;
        cursor.predictions[self.index] = value;
        Ok(())
    }

    /// F.2.2.2: hands over where in its block each frequency lies, and what it is.
    #[inline]
    fn frequencies<'b>(
        &self,
        ac: &Lookup,
        mut bits: Bits<'b>,
        mut found: impl FnMut((usize, i32)),
    ) -> Option<Bits<'b>> {
        let mut k = 1;
        loop {
            bits.refill();
            // Two words fit into what a refill brings.
            for _ in 0..2 {
                let symbol = ac.read(&mut bits)?;
                k += symbol.run;
                if k > 63 {
                    return (symbol.run >= END).then_some(bits);
                }
                found(self.quantization.apply(k, symbol.value));
                k += 1;
                if k > 63 {
                    return Some(bits);
                }
            }
        }
    }
}
