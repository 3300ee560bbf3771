//! Scans of sequential files (F.2): each block is complete, and becomes samples at once.

use super::Refusal;
use super::bits::Bits;
use super::entropy::Entropy;
use super::frame::Frame;
use super::huffman::{Class, END, Lookup};
use super::plane::Plane;
use super::quantization::{Block, Quantization};
use super::reader::Tables;
use super::scan::{Scan, ScanComponent, Unit};
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
    let (wide, high, units) = scan.units(frame);
    let coders: Result<Vec<_>, _> =
        scan.components.iter().map(|part| Coder::new(*part, tables, planes)).collect();
    let coders = coders?;
    let coder = |unit: Unit| {
        let at = scan.components.iter().position(|part| part.index == unit.part.index);
        at.and_then(|at| Some((unit, coders.get(at)?)))
    };
    let units: Vec<(Unit, &Coder)> = units.into_iter().filter_map(coder).collect();
    let total = wide * high;
    let per_interval = if tables.restart_interval == 0 { total } else { tables.restart_interval };
    let (mut x, mut y) = (0, 0);
    for (number, first) in (0..total).step_by(per_interval).enumerate() {
        let mut interval = entropy.interval(number)?;
        let mut predictions = [0_i32; 4];
        for _ in first..total.min(first + per_interval) {
            for (unit, coder) in &units {
                let index = unit.part.index & 3;
                let place = unit.block(x, y);
                coder.block(
                    &mut interval.bits,
                    &mut predictions[index],
                    place,
                    &mut planes[index],
                )?;
            }
            x += 1;
            if x == wide {
                (x, y) = (0, y + 1);
                interval.check()?;
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

/// What becomes of the frequencies behind a block's first.
enum Detail {
    Skip(Skip),
    Read(Lookup),
}

impl<'a> Coder<'a> {
    fn new(part: ScanComponent, tables: &'a Tables, planes: &[Plane]) -> Result<Self, Refusal> {
        let ac = tables.ac(part.ac_table)?;
        let is_coarse = planes.get(part.index).is_some_and(Plane::is_coarse);
        Ok(Self {
            dc: Lookup::new(tables.dc(part.dc_table)?, Class::Dc),
            detail: if is_coarse {
                Detail::Skip(Skip::new(ac))
            } else {
                Detail::Read(Lookup::new(ac, Class::Ac))
            },
            quantization: tables.quantization_of(part.index)?,
        })
    }

    #[inline]
    fn block(
        &self,
        bits: &mut Bits,
        prediction: &mut i32,
        place: (usize, usize),
        plane: &mut Plane,
    ) -> Result<(), Refusal> {
        bits.refill();
        let difference = self.dc.read(bits).ok_or(MALFORMED)?.value;
        *prediction = prediction.wrapping_add(difference);
        match &self.detail {
            Detail::Skip(skip) => {
                skip.skip(bits).ok_or(MALFORMED)?;
                plane.put_sample(place, prediction.saturating_mul(self.quantization.factor(0)))
            }
            Detail::Read(ac) => {
                let mut block = Block::new();
                block.set(0, *prediction, self.quantization);
                self.frequencies(ac, bits, &mut block).ok_or(MALFORMED)?;
                plane.put(place, &block)
            }
        }
    }

    /// F.2.2.2
    #[inline]
    fn frequencies(&self, ac: &Lookup, bits: &mut Bits, block: &mut Block) -> Option<()> {
        let mut k = 1;
        while k < 64 {
            bits.refill();
            let symbol = ac.read(bits)?;
            k += symbol.run;
            if k > 63 {
                return (symbol.run >= END).then_some(());
            }
            block.set(k, symbol.value, self.quantization);
            k += 1;
        }
        Some(())
    }
}
