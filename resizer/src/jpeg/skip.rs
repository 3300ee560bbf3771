//! Steps over a block's frequencies without reading them.

use super::bits::Bits;
use super::huffman::{Class, Code, END, Lookup, meaning};

/// Bits looked up at once: more leave the first-level cache.
const WIDTH: u32 = 12;

/// How far the next bits go: over as many symbols as begin in them, the numbers behind the symbols included.
#[derive(Debug)]
pub(super) struct Skip {
    entries: Box<[Step; 1 << WIDTH]>,
    /// For words longer than the lookup, and where a block ends in the middle of a step.
    single: Lookup,
}

/// `frequencies << 6 | bits`. A block's end counts as `ENDS` frequencies.
#[derive(Debug, Clone, Copy, Default)]
struct Step(u16);

const ENDS: usize = 128;

/// For words that are longer than the lookup: beyond any block.
const TOO_LONG: Step = Step(u16::MAX << 6);

/// From one refill to the next: each at most a word of the lookup's width and its number.
const STEPS: usize = 2;

impl Step {
    fn bits(self) -> u32 {
        u32::from(self.0 & 63)
    }

    fn frequencies(self) -> usize {
        usize::from(self.0 >> 6)
    }
}

impl Skip {
    pub(super) fn new(code: &Code) -> Self {
        // Steps over one symbol, with the length of its word.
        let mut single = vec![(TOO_LONG, WIDTH + 1); 1 << WIDTH];
        for word in code.words().take_while(|word| word.length <= WIDTH) {
            let (run, size) = meaning(word.symbol, Class::Ac);
            let frequencies = if run as usize >= END { ENDS as u32 } else { run + 1 };
            let step = Step((frequencies << 6 | (word.length + size)) as u16);
            let from = word.bits >> (16 - WIDTH);
            single[from..from + (1 << (WIDTH - word.length))].fill((step, word.length));
        }
        let mut entries = Box::new([Step(0); 1 << WIDTH]);
        for (index, entry) in entries.iter_mut().enumerate() {
            *entry = Step::joined(index, &single);
        }
        Self { entries, single: Lookup::new(code, Class::Ac) }
    }

    /// Goes to the block's end from behind its first frequency; none where the bits are no frequencies.
    #[inline]
    pub(super) fn skip<'a>(&self, mut bits: Bits<'a>) -> Option<Bits<'a>> {
        let mut done = 1;
        loop {
            let (before, done_before) = (bits, done);
            bits.refill();
            for _ in 0..STEPS {
                let step = self.entries[bits.peek::<WIDTH>()];
                bits.skip(step.bits());
                done += step.frequencies();
                if done > 63 {
                    let is_end = done == 64 || (ENDS..ENDS + 64).contains(&done);
                    let settle = || self.one_by_one(before, done_before);
                    return if is_end { Some(bits) } else { settle() };
                }
            }
        }
    }

    /// Where a step would go beyond the block, or a word is longer than the lookup.
    #[cold]
    fn one_by_one<'a>(&self, mut bits: Bits<'a>, mut done: usize) -> Option<Bits<'a>> {
        while done < 64 {
            bits.refill();
            let symbol = self.single.read(&mut bits)?;
            done += symbol.run + 1;
            if symbol.run >= END {
                return Some(bits);
            }
        }
        (done == 64).then_some(bits)
    }
}

impl Step {
    /// Over all symbols whose words lie in these bits, up to a block's end.
    fn joined(index: usize, single: &[(Step, u32)]) -> Self {
        let mut joined = Step(0);
        while joined.bits() < WIDTH && joined.frequencies() < ENDS {
            let (step, length) = single[index << joined.bits() & (single.len() - 1)];
            if joined.bits() + length > WIDTH {
                break;
            }
            joined.0 += step.0;
        }
        if joined.0 == 0 { TOO_LONG } else { joined }
    }
}
