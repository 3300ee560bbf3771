//! Where each block of sequential data begins; nothing of what is in the blocks.
//!
//! A block does not say how long it is, so each symbol has to wait for the one before it. Two things shorten the wait:
//!
//! * A step goes over as many symbols as lie in the next bits, by a table.
//! * Two walkers take turns, one from the beginning and one from the middle, so that the processor has something to do
//!   while one of them waits. The second guesses where a block begins. Huffman codes fall back into step by themselves,
//!   here within some dozen blocks (Klein and Wiseman, "Parallel Huffman Decoding with Applications to JPEG Files",
//!   2003): where the first finds a block that the second has found too, all that the second found from there on is
//!   right. If they do not meet, the first goes on alone.

use std::cmp::Ordering;

use super::Refusal;
use super::bits::window_at;
use super::huffman::{Class, Code, END, Lookup, NO_CODE, meaning};

/// Bits looked up at once: the tables of a colour picture then stay in the first-level cache.
const WIDTH: u32 = 12;
const ENTRIES: usize = 1 << WIDTH;

/// From one load of bits to the next, which brings at least 57.
const STEPS: usize = 3;
const BITS_MAX: u32 = 57 / STEPS as u32;

/// `frequencies << 6 | bits` over whole symbols, the numbers behind them included.
type Step = u16;

/// A block is complete with 64 frequencies; its end counts as 128.
const COMPLETE: u32 = 64;
const ENDS: u32 = 128;

/// Two for each of four components.
const CODES_MAX: usize = 8;

/// Where the table has no answer; more than any block can have.
const NONE: Step = 320 << 6;

/// Data that is shorter is walked from one end.
const SPLIT_BYTES_MIN: usize = 4096;

/// Guesses at the middle that may turn out to be no blocks at all.
const GUESSES_MAX: usize = 64;

/// As many blocks may be found before a guess proves wrong.
const GUESSED_BLOCKS_MAX: usize = 1000;

/// The second walker keeps away from the end, behind which it would find blocks too.
const END_BYTES: usize = 64;

/// Blocks from one look for a meeting to the next.
const MEETING_BLOCKS: usize = 32;

/// The tables for the blocks of a scan's unit.
pub(super) struct Walk {
    steps: Box<[Step; CODES_MAX * ENTRIES]>,
    /// For each code in `steps`, what its table does not answer.
    lookups: Vec<Lookup>,
    /// For each block of a unit.
    turns: [Turn; TURNS],
    /// Of a unit.
    blocks: usize,
}

/// [`UNIT_BLOCKS_MAX`], rounded up to a power of two.
const TURNS: usize = 16;

/// Which table holds next; a state is the block's place in its unit and the first entry of the table.
#[derive(Debug, Clone, Copy, Default)]
struct Turn {
    /// For the frequencies of this block.
    detail: u32,
    /// What leads from there to the beginning of the next block.
    to_next: u32,
}

/// Above the first entry.
const PLACE_SHIFT: u32 = 16;

/// Somebody on the way.
#[derive(Debug, Clone, Copy)]
struct Walker {
    /// In bits.
    at: u32,
    /// Frequencies of the block.
    done: u32,
    state: u32,
    /// Blocks behind it.
    blocks: usize,
    /// Whether what lies before it is no code word, or the end.
    is_lost: bool,
}

impl Walker {
    #[inline]
    fn has_ahead(&self, until: u32, blocks: usize) -> bool {
        self.at < until && self.blocks < blocks && !self.is_lost
    }
}

impl Walk {
    /// For units of these blocks, each with its codes.
    pub(super) fn new<'a>(unit: &[(&'a Code, &'a Code)]) -> Self {
        let mut codes: Vec<(&Code, Class)> = Vec::new();
        let mut entry = |code: &'a Code, class| {
            let known = codes.iter().position(|known| std::ptr::eq(known.0, code));
            let number = known.unwrap_or(codes.len());
            if known.is_none() {
                codes.push((code, class));
            }
            (number * ENTRIES) as u32
        };
        let unit: Vec<[u32; 2]> =
            unit.iter().map(|(dc, ac)| [entry(dc, Class::Dc), entry(ac, Class::Ac)]).collect();
        let mut turns = [Turn::default(); TURNS];
        for (place, turn) in turns.iter_mut().enumerate().take(unit.len()) {
            let next = (place + 1) % unit.len();
            let state = |place: usize, entry: u32| (place as u32) << PLACE_SHIFT | entry;
            turn.detail = state(place, unit[place][1]);
            turn.to_next = state(next, unit[next][0]).wrapping_sub(turn.detail);
        }
        let mut steps = Box::new([NONE; CODES_MAX * ENTRIES]);
        for (table, (code, class)) in steps.as_chunks_mut::<ENTRIES>().0.iter_mut().zip(&codes) {
            fill(table, code, *class);
        }
        let lookups = codes.iter().map(|(code, class)| Lookup::new(code, *class)).collect();
        Self { steps, lookups, turns, blocks: unit.len() }
    }

    /// The bits at which `blocks` blocks begin, and where the last of them ends. The data is the first `length` of the
    /// `bytes`.
    pub(super) fn starts(
        &self,
        bytes: &[u8],
        length: usize,
        blocks: usize,
    ) -> Result<(Vec<u32>, u32), Refusal> {
        if u32::try_from(bytes.len() * 8).is_err() {
            return Err(Refusal::Unsupported("half a gigabyte of data without a restart"));
        }
        let mut starts = vec![0; blocks + 1];
        let mut walker = self.walker(0);
        if length >= SPLIT_BYTES_MIN {
            walker = self.by_two(bytes, length, walker, &mut starts);
        }
        let [end] = self.go(bytes, [walker], [&mut starts], [(bytes.len() * 8) as u32], blocks);
        if end.blocks >= blocks {
            let end = starts.pop().unwrap_or_default();
            return Ok((starts, end));
        }
        Err(if end.at as usize >= length * 8 { Refusal::Truncated } else { NO_CODE })
    }

    /// Goes as far as the two come together.
    fn by_two(&self, bytes: &[u8], length: usize, mut first: Walker, starts: &mut [u32]) -> Walker {
        let blocks = starts.len() - 1;
        let bits = |byte: usize| (byte * 8) as u32;
        let (middle, end) = (bits(length / 2), bits(length - END_BYTES));
        let mut ahead = vec![0; blocks + 1];
        let mut second = self.walker(length / 2);
        for _ in 0..GUESSES_MAX {
            ahead[0] = second.at;
            let found = [&mut *starts, &mut *ahead];
            [first, second] = self.go(bytes, [first, second], found, [middle, end], blocks);
            if !second.is_lost || second.blocks > GUESSED_BLOCKS_MAX {
                break;
            }
            second = self.walker(second.at as usize / 8 + 1);
        }
        self.meet(bytes, (first, starts), (second, &ahead))
    }

    /// Leads the first walker to a block which the second has found too, and from there to where the second is; as far
    /// as it comes if there is none.
    fn meet(
        &self,
        bytes: &[u8],
        (mut first, starts): (Walker, &mut [u32]),
        (second, ahead): (Walker, &[u32]),
    ) -> Walker {
        let blocks = starts.len() - 1;
        let all = (bytes.len() * 8) as u32;
        let ahead = &ahead[..=second.blocks.min(blocks)];
        let (mut own, mut other) = (first.blocks, 0);
        while first.has_ahead(all, blocks) {
            let goal = blocks.min(first.blocks + MEETING_BLOCKS);
            [first] = self.go(bytes, [first], [&mut *starts], [all], goal);
            while own <= first.blocks.min(blocks) {
                let Some(start) = ahead.get(other) else { return first };
                match start.cmp(&starts[own]) {
                    Ordering::Less => other += 1,
                    Ordering::Equal if own % self.blocks == other % self.blocks => {
                        let known = (ahead.len() - other).min(starts.len() - own);
                        starts[own..own + known].copy_from_slice(&ahead[other..other + known]);
                        return Walker { blocks: own + second.blocks - other, ..second };
                    }
                    _ => own += 1,
                }
            }
        }
        first
    }

    fn walker(&self, byte: usize) -> Walker {
        let last = self.turns[self.blocks - 1];
        let state = last.detail.wrapping_add(last.to_next);
        Walker { at: (byte * 8) as u32, done: 0, state, blocks: 0, is_lost: false }
    }

    /// Goes on until one of the walkers is as far as the bit in `until` or has found so many blocks, or is lost; it may
    /// then have gone a few steps too far.
    #[inline(never)]
    fn go<const N: usize>(
        &self,
        bytes: &[u8],
        mut walkers: [Walker; N],
        starts: [&mut [u32]; N],
        until: [u32; N],
        blocks: usize,
    ) -> [Walker; N] {
        while (0..N).all(|i| walkers[i].has_ahead(until[i], blocks)) {
            let mut windows = walkers.map(|walker| window_at(bytes, walker.at as usize));
            for _ in 0..STEPS {
                let steps: [u32; N] = std::array::from_fn(|i| self.step(windows[i], walkers[i]));
                if (0..N).any(|i| goes_over(walkers[i].done + (steps[i] >> 6))) {
                    for i in 0..N {
                        self.go_carefully(&mut walkers[i], windows[i], steps[i], starts[i]);
                    }
                    break;
                }
                for i in 0..N {
                    windows[i] = windows[i].wrapping_shl(steps[i]);
                    self.advance(&mut walkers[i], steps[i], starts[i]);
                }
            }
        }
        walkers
    }

    #[inline]
    fn step(&self, window: u64, walker: Walker) -> u32 {
        let entry = walker.state as usize + (window >> (64 - WIDTH)) as usize;
        self.steps[entry & (CODES_MAX * ENTRIES - 1)].into()
    }

    /// Without a branch: which step completes a block is nothing that a processor could foresee.
    #[inline]
    fn advance(&self, walker: &mut Walker, step: u32, starts: &mut [u32]) {
        walker.at += step & 63;
        let done = walker.done + (step >> 6);
        let complete = ((COMPLETE - 1).wrapping_sub(done).cast_signed() >> 31).cast_unsigned();
        if let Some(next) = starts.get_mut(walker.blocks + 1) {
            *next = walker.at;
        }
        let turn = self.turns[(walker.state >> PLACE_SHIFT) as usize & (TURNS - 1)];
        walker.state = turn.detail.wrapping_add(turn.to_next & complete);
        walker.done = done & !complete;
        walker.blocks += (complete & 1) as usize;
    }

    #[inline]
    fn go_carefully(&self, walker: &mut Walker, window: u64, step: u32, starts: &mut [u32]) {
        let step = if goes_over(walker.done + (step >> 6)) {
            self.single(window, *walker)
        } else {
            Some(step)
        };
        match step {
            Some(step) => self.advance(walker, step, starts),
            None => walker.is_lost = true,
        }
    }

    /// Over one symbol, where the table has no answer or a block ends within its answer.
    #[cold]
    #[inline(never)]
    fn single(&self, window: u64, walker: Walker) -> Option<u32> {
        let code = (walker.state as usize & (CODES_MAX * ENTRIES - 1)) / ENTRIES;
        let symbol = self.lookups.get(code)?.find(window)?;
        let step = (frequencies(symbol.run) << 6) | symbol.bits;
        (!goes_over(walker.done + (step >> 6))).then_some(step)
    }
}

/// Whether a block has more frequencies than it can, or less than 64 and an end; both show in one bit.
#[inline]
fn goes_over(done: u32) -> bool {
    done & COMPLETE != 0 && done != COMPLETE
}

fn frequencies(run: usize) -> u32 {
    if run >= END { ENDS } else { run as u32 + 1 }
}

/// The table of one code.
fn fill(table: &mut [Step; ENTRIES], code: &Code, class: Class) {
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
