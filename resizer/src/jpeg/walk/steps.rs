//! Steps from block to block, by one walker or by two in turn.

use super::super::bits::window_at;
use super::super::huffman::{Class, Code, Lookup};
use super::table::{
    self, ALL_ENTRIES, COMPLETE, ENTRIES, STEPS, Step, WIDTH, frequencies, goes_over,
};

/// The tables for the blocks of a scan's unit.
pub(super) struct Steps {
    table: Box<[Step; ALL_ENTRIES]>,
    /// For each code, what its table does not answer.
    lookups: Vec<Lookup>,
    /// For each block of a unit.
    turns: [Turn; TURNS],
    /// Of a unit.
    pub(super) blocks: usize,
}

/// Blocks that a unit may have, rounded up to a power of two.
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
pub(super) struct Walker {
    /// In bits.
    pub(super) at: u32,
    /// Frequencies of the block.
    done: u32,
    state: u32,
    /// Blocks behind it.
    pub(super) blocks: usize,
    /// Whether what lies before it is no code word, or the end.
    pub(super) is_lost: bool,
}

impl Walker {
    #[inline]
    pub(super) fn has_ahead(&self, until: u32, blocks: usize) -> bool {
        self.at < until && self.blocks < blocks && !self.is_lost
    }
}

impl Steps {
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
        let mut table = table::empty();
        for (part, (code, class)) in table.as_chunks_mut::<ENTRIES>().0.iter_mut().zip(&codes) {
            table::fill(part, code, *class);
        }
        let lookups = codes.iter().map(|(code, class)| Lookup::new(code, *class)).collect();
        Self { table, lookups, turns, blocks: unit.len() }
    }

    /// Somebody who takes this byte for a unit's beginning.
    pub(super) fn walker(&self, byte: usize) -> Walker {
        let last = self.turns[self.blocks - 1];
        let state = last.detail.wrapping_add(last.to_next);
        Walker { at: (byte * 8) as u32, done: 0, state, blocks: 0, is_lost: false }
    }

    /// Goes on until one of the walkers is as far as the bit in `until` or has found so many blocks, or is lost; it may
    /// then have gone a few steps too far.
    #[inline(never)]
    pub(super) fn go<const N: usize>(
        &self,
        bytes: &[u8],
        mut walkers: [Walker; N],
        starts: &mut [&mut [u32]; N],
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
        self.table[entry & (ALL_ENTRIES - 1)].into()
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
        let code = (walker.state as usize & (ALL_ENTRIES - 1)) / ENTRIES;
        let symbol = self.lookups.get(code)?.find(window)?;
        let step = (frequencies(symbol.run) << 6) | symbol.bits;
        (!goes_over(walker.done + (step >> 6))).then_some(step)
    }
}
