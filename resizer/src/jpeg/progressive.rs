//! Scans of progressive files (annex G): frequencies come in bands, and their bits one after the other.

use super::Refusal;
use super::bits::Bits;
use super::coefficients::{Coefficients, Known};
use super::entropy::Entropy;
use super::frame::Frame;
use super::huffman::{Class, END, Lookup, NO_CODE};
use super::scan::Scan;
use super::tables::Tables;

/// Reads a scan of the first frequencies into those of its components.
pub(super) fn decode_first(
    scan: &Scan,
    frame: &Frame,
    tables: &Tables,
    entropy: &Entropy,
    coefficients: &mut [Coefficients],
) -> Result<(), Refusal> {
    let units = scan.units(frame);
    let mut lookups: [Option<Lookup>; 4] = [const { None }; 4];
    if scan.high == 0 {
        for part in &scan.components {
            lookups[part.index & 3] = Some(Lookup::new(tables.dc(part.dc_table)?, Class::Dc));
        }
    }
    each_interval(units.wide * units.high, tables, entropy, |mut bits, from, to| {
        let mut predictions = [0_i32; 4];
        let (mut x, mut y) = (from % units.wide, from / units.wide);
        for _ in from..to {
            for part in &units.parts {
                let index = part.index & 3;
                for place in part.places(x, y) {
                    let Some(first) = coefficients[index].first(place) else { continue };
                    let Some(lookup) = &lookups[index] else {
                        *first |= (bits.take(1) << scan.low) as i16;
                        continue;
                    };
                    bits.refill();
                    let difference = lookup.read(&mut bits)?.value;
                    predictions[index] = predictions[index].wrapping_add(difference);
                    *first = (predictions[index] << scan.low) as i16;
                }
            }
            x += 1;
            if x == units.wide {
                (x, y) = (0, y + 1);
            }
        }
        Some(bits)
    })
}

/// Reads a scan of other frequencies into those of its only component.
pub(super) fn decode_band(
    scan: &Scan,
    tables: &Tables,
    entropy: &Entropy,
    coefficients: &mut Coefficients,
) -> Result<(), Refusal> {
    let [part] = *scan.components else { return Err(NO_CODE) };
    let lookup = Lookup::new(tables.ac(part.ac_table)?, Class::Ac);
    let band = Band { lookup, first: *scan.band.start(), last: *scan.band.end(), low: scan.low };
    each_interval(coefficients.count(), tables, entropy, |mut bits, from, to| {
        let mut run = 0;
        for number in from..to {
            if scan.high == 0 && run > 0 {
                run -= 1;
                continue;
            }
            let block = coefficients.all(number)?;
            (bits, run) = if scan.high == 0 {
                band.read(bits, block)?
            } else {
                band.refine(bits, block, run)?
            };
        }
        Some(bits)
    })
}

fn each_interval<'a>(
    total: usize,
    tables: &Tables,
    entropy: &'a Entropy,
    mut read: impl FnMut(Bits<'a>, usize, usize) -> Option<Bits<'a>>,
) -> Result<(), Refusal> {
    let length = if tables.restart_interval == 0 { total } else { tables.restart_interval };
    for (number, from) in (0..total).step_by(length).enumerate() {
        let interval = entropy.interval(number)?;
        let bits = read(interval.bits(), from, total.min(from + length)).ok_or(NO_CODE)?;
        interval.finish((interval.bytes.len() * 8).saturating_sub(bits.left()))?;
    }
    Ok(())
}

/// Part of a block's frequencies, and the bit of theirs that a scan brings.
struct Band {
    lookup: Lookup,
    first: usize,
    last: usize,
    low: u32,
}

impl Band {
    /// G.1.2.2. Returns also how many blocks behind this one have nothing in this band.
    #[inline]
    fn read<'a>(&self, mut bits: Bits<'a>, mut block: Known) -> Option<(Bits<'a>, u32)> {
        let mut k = self.first;
        while k <= self.last {
            bits.refill();
            let symbol = self.lookup.read(&mut bits)?;
            if symbol.run >= END {
                let run = end_of_band(symbol.run, &mut bits) - 1;
                return Some((bits, run));
            }
            k += symbol.run;
            if k > 63 {
                return None;
            }
            block.set(k, (symbol.value << self.low) as i16);
            k += 1;
        }
        Some((bits, 0))
    }

    /// G.1.2.3: numbers that are known get their next bit, zeros are counted and new numbers put behind them.
    #[inline]
    fn refine<'a>(
        &self,
        mut bits: Bits<'a>,
        mut block: Known,
        run: u32,
    ) -> Option<(Bits<'a>, u32)> {
        let (mut k, mut run) = (self.first, run);
        while run == 0 && k <= self.last {
            bits.refill();
            let symbol = self.lookup.read(&mut bits)?;
            if symbol.run >= END {
                run = end_of_band(symbol.run, &mut bits);
                break;
            }
            if symbol.value.abs() > 1 {
                return None;
            }
            (bits, k) = self.correct(bits, &mut block, k, symbol.run);
            if symbol.value != 0 {
                if k > self.last {
                    return None;
                }
                block.set(k, (symbol.value << self.low) as i16);
            }
            k += 1;
        }
        if run > 0 {
            (bits, _) = self.correct(bits, &mut block, k, usize::MAX);
            run -= 1;
        }
        Some((bits, run))
    }

    /// Reads a bit for each number from the `k`-th on, up to the zero behind `zeros` others; returns its place.
    #[inline]
    fn correct<'a>(
        &self,
        mut bits: Bits<'a>,
        block: &mut Known,
        mut k: usize,
        mut zeros: usize,
    ) -> (Bits<'a>, usize) {
        let bit = 1 << self.low;
        let last = if zeros == usize::MAX { self.last.min((*block.top).into()) } else { self.last };
        while k <= last {
            let value = &mut block.values[k & 63];
            if *value == 0 {
                if zeros == 0 {
                    break;
                }
                zeros -= 1;
            } else if bits.take(1) == 1 && *value & bit == 0 {
                *value = value.wrapping_add(if *value < 0 { -bit } else { bit });
            }
            k += 1;
        }
        (bits, k)
    }
}

/// Blocks without more in the band, this one included.
fn end_of_band(run: usize, bits: &mut Bits) -> u32 {
    let exponent = (run - END) as u32;
    (1 << exponent) + bits.take_ready(exponent)
}
