//! Scans of sequential files (F.2): each block is complete, and becomes samples at once.

use super::Refusal;
use super::bits::Bits;
use super::block::{Block, Four, Sixteen, SixtyFour, Weighed};
use super::entropy::Entropy;
use super::frame::Frame;
use super::huffman::{Class, END, Lookup};
use super::idct;
use super::plane::Plane;
use super::quantization::Quantization;
use super::reader::Tables;
use super::scan::{Part, Scan, ScanComponent};
use super::skip::Skip;

const MALFORMED: Refusal =
    Refusal::Malformed("bits that are no Huffman code, or too many frequencies");

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
    let (mut x, mut y) = (0, 0);
    for (number, first) in (0..total).step_by(per_interval).enumerate() {
        let mut interval = entropy.interval(number)?;
        let mut predictions = [0_i32; 4];
        for _ in first..total.min(first + per_interval) {
            for (part, coder) in parts.iter().zip(&coders) {
                let index = part.index & 3;
                let (prediction, plane) = (&mut predictions[index], &mut planes[index]);
                coder.read(*part, (x, y), &mut interval.bits, prediction, plane)?;
            }
            interval.check()?;
            x += 1;
            if x == wide {
                (x, y) = (0, y + 1);
            }
        }
        interval.finish()?;
    }
    Ok(())
}

/// Reads the blocks of one component.
struct Coder<'a> {
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

    /// The blocks of one unit.
    #[inline]
    fn read(
        &self,
        part: Part,
        (x, y): (usize, usize),
        bits: &mut Bits,
        prediction: &mut i32,
        plane: &mut Plane,
    ) -> Result<(), Refusal> {
        let (x, y) = (x * part.h, y * part.v);
        for y in y..y + part.v {
            match &self.detail {
                Detail::One(skip) => {
                    let samples = plane.samples(x, y, part.h);
                    self.read_first(skip, bits, prediction, samples)?;
                }
                Detail::Four(ac) => {
                    for x in x..x + part.h {
                        self.read_all::<Four>(ac, bits, prediction, plane, (x, y))?;
                    }
                }
                Detail::Sixteen(ac) => {
                    for x in x..x + part.h {
                        self.read_all::<Sixteen>(ac, bits, prediction, plane, (x, y))?;
                    }
                }
                Detail::SixtyFour(ac) => {
                    for x in x..x + part.h {
                        self.read_all::<SixtyFour>(ac, bits, prediction, plane, (x, y))?;
                    }
                }
            }
        }
        Ok(())
    }

    #[inline(never)]
    fn read_first(
        &self,
        skip: &Skip,
        place: &mut Bits,
        prediction: &mut i32,
        samples: &mut [u8],
    ) -> Result<(), Refusal> {
        let mut bits = *place;
        let mut value = *prediction;
        for sample in samples {
            bits.refill();
            value = value.wrapping_add(self.dc.read(&mut bits).ok_or(MALFORMED)?.value);
            bits = skip.skip(bits, 1).ok_or(MALFORMED)?;
            *sample = idct::flat(self.quantization.first(value))?;
        }
        *place = bits;
        *prediction = value;
        Ok(())
    }

    #[inline(never)]
    fn read_all<B: Block>(
        &self,
        ac: &Lookup,
        place: &mut Bits,
        prediction: &mut i32,
        plane: &mut Plane,
        at: (usize, usize),
    ) -> Result<(), Refusal> {
        let mut bits = *place;
        bits.refill();
        let difference = self.dc.read(&mut bits).ok_or(MALFORMED)?.value;
        *prediction = prediction.wrapping_add(difference);
        let mut block = Weighed::<B>::new(self.quantization.first(*prediction));
        *place = self.frequencies(ac, bits, |found| block.add(found)).ok_or(MALFORMED)?;
        block.put(plane, at)
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
