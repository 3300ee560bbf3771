//! Steps over a block's frequencies without reading them.

use super::bits::Bits;
use super::huffman::{Class, Code, END, Lookup, meaning};

/// Bits looked up at once: more leave the first-level cache.
const WIDTH: u32 = 13;

/// How far the next bits go: over as many symbols as begin in them, the numbers behind the symbols included.
#[derive(Debug)]
pub(super) struct Skip {
    entries: Box<[Step; 1 << WIDTH]>,
    /// For words longer than the lookup, and where a block ends in the middle of a step.
    single: Lookup,
}

/// `frequencies << 6 | bits`, so that one addition counts both. A block's end counts as `ENDS` frequencies.
#[derive(Debug, Clone, Copy, Default)]
struct Step(u16);

const ENDS: u32 = 128;

/// For words that are longer than the lookup or their numbers too long: beyond any block.
const TOO_LONG: Step = Step(u16::MAX << 6);

/// From one refill to the next.
const STEPS: usize = 3;

/// Of a step: those between two refills must fit into what a refill brings, and into the six bits that count them.
const BITS_MAX: u32 = 56 / STEPS as u32;

impl Step {
    fn new(frequencies: u32, bits: u32) -> Self {
        Self((frequencies << 6 | bits) as u16)
    }

    fn bits(self) -> u32 {
        u32::from(self.0 & 63)
    }

    fn frequencies(self) -> u32 {
        u32::from(self.0 >> 6)
    }

    /// Over all symbols whose words lie in these bits, up to a block's end.
    fn joined(index: usize, single: &[(Step, u32)]) -> Self {
        let mut joined = Step(0);
        while joined.bits() < WIDTH && joined.frequencies() < ENDS {
            let (step, length) = single[index << joined.bits() & (single.len() - 1)];
            if joined.bits() + length > WIDTH || joined.bits() + step.bits() > BITS_MAX {
                break;
            }
            joined.0 += step.0;
        }
        if joined.0 == 0 { TOO_LONG } else { joined }
    }
}

impl Skip {
    pub(super) fn new(code: &Code) -> Self {
        // Steps over one symbol, with the length of its word.
        let mut single = vec![(TOO_LONG, WIDTH + 1); 1 << WIDTH];
        for word in code.words().take_while(|word| word.length <= WIDTH) {
            let (run, size) = meaning(word.symbol, Class::Ac);
            let frequencies = if run as usize >= END { ENDS } else { run + 1 };
            let step = Step::new(frequencies, word.length + size);
            let from = word.bits >> (16 - WIDTH);
            single[from..from + (1 << (WIDTH - word.length))].fill((step, word.length));
        }
        let mut entries = Box::new([Step(0); 1 << WIDTH]);
        for (index, entry) in entries.iter_mut().enumerate() {
            *entry = Step::joined(index, &single);
        }
        Self { entries, single: Lookup::new(code, Class::Ac) }
    }

    /// Goes to the end of a block of which `done` frequencies are; none where the bits are no frequencies.
    #[inline]
    pub(super) fn skip<'a>(&self, mut bits: Bits<'a>, done: u32) -> Option<Bits<'a>> {
        let mut sum = done << 6;
        loop {
            bits.refill();
            let (before, done) = (bits, sum >> 6);
            for _ in 0..STEPS {
                let step = u32::from(self.entries[bits.peek::<WIDTH>()].0);
                bits.shift(step);
                sum += step;
                if sum >= 64 << 6 {
                    bits.count_out(sum & 63);
                    let is_end = sum >> 6 == 64 || (ENDS..ENDS + 64).contains(&(sum >> 6));
                    return if is_end { Some(bits) } else { self.skip_slowly(before, done) };
                }
            }
            bits.count_out(sum & 63);
            sum &= !63;
        }
    }

    /// Where a step would go beyond the block, or over something too long: one symbol first.
    #[cold]
    fn skip_slowly<'a>(&self, mut bits: Bits<'a>, done: u32) -> Option<Bits<'a>> {
        let symbol = self.single.read(&mut bits)?;
        if symbol.run >= END {
            return Some(bits);
        }
        match done + symbol.run as u32 + 1 {
            64 => Some(bits),
            done if done > 64 => None,
            done => self.skip(bits, done),
        }
    }
}
