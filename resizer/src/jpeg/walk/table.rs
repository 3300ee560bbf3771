//! Tables that tell how far to step.

use super::super::huffman::{Class, Code, END, meaning};

/// Bits looked up at once: the tables of a colour picture then stay in the first-level cache.
pub(super) const WIDTH: u32 = 12;
pub(super) const ENTRIES: usize = 1 << WIDTH;

/// From one load of bits to the next, which brings at least 57.
pub(super) const STEPS: usize = 3;
const BITS_MAX: u32 = 57 / STEPS as u32;

/// `frequencies << 6 | bits` over whole symbols, the numbers behind them included.
pub(super) type Step = u16;

/// A block is complete with 64 frequencies; its end counts as 128.
pub(super) const COMPLETE: u32 = 64;
const ENDS: u32 = 128;

/// Two for each of four components.
const CODES_MAX: usize = 8;

/// Where the table has no answer; more than any block can have.
const NONE: Step = 320 << 6;

/// Of all codes together.
pub(super) const ALL_ENTRIES: usize = CODES_MAX * ENTRIES;

/// Without an answer to anything.
#[expect(clippy::large_stack_arrays, reason = "64 KiB, on their way into the box")]
pub(super) fn empty() -> Box<[Step; ALL_ENTRIES]> {
    Box::new([NONE; ALL_ENTRIES])
}

/// How many frequencies a run of zeros and what ends it stand for.
pub(super) fn frequencies(run: usize) -> u32 {
    if run >= END { ENDS } else { run as u32 + 1 }
}

/// Whether a block has more frequencies than it can, or less than 64 and an end; both show in one bit.
#[inline]
pub(super) fn goes_over(done: u32) -> bool {
    done & COMPLETE != 0 && done != COMPLETE
}

/// The table of one code.
pub(super) fn fill(table: &mut [Step; ENTRIES], code: &Code, class: Class) {
    // Over one symbol, with the length of its word.
    let mut single = vec![(NONE, WIDTH + 1); ENTRIES];
    for word in code.words().take_while(|word| word.length <= WIDTH) {
        let (run, size) = meaning(word.symbol, class);
        let step = (frequencies(run as usize) << 6 | (word.length + size)) as Step;
        let from = word.bits >> (16 - WIDTH);
        single[from..from + (1 << (WIDTH - word.length))].fill((step, word.length));
    }
    // Behind a first frequency another table holds.
    let symbols = if class == Class::Dc { 1 } else { usize::MAX };
    for (index, entry) in table.iter_mut().enumerate() {
        *entry = joined(index, &single, symbols);
    }
}

/// Over all symbols whose words lie in these bits, up to a block's end.
fn joined(index: usize, single: &[(Step, u32)], symbols: usize) -> Step {
    let mut joined = 0;
    for _ in 0..symbols {
        let bits = u32::from(joined & 63);
        if bits >= WIDTH || u32::from(joined >> 6) >= ENDS {
            break;
        }
        let (step, length) = single[index << bits & (ENTRIES - 1)];
        if bits + length > WIDTH || bits + u32::from(step & 63) > BITS_MAX {
            break;
        }
        joined += step;
    }
    if joined == 0 { NONE } else { joined }
}
