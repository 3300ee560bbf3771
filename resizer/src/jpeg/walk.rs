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

mod steps;
mod table;

use std::cmp::Ordering;

use super::Refusal;
use super::huffman::{Code, NO_CODE};
use steps::{Steps, Walker};

/// What 32 bits can count the bits of, and a step behind the end.
const BYTES_MAX: usize = (1 << 29) - 64;

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

/// How many blocks there are in some data, and how many of them, from the first on, have to be found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Blocks {
    pub(super) wanted: usize,
    pub(super) all: usize,
}

/// A scan's blocks, of which each unit has the same.
pub(super) struct Walk {
    steps: Steps,
}

impl Walk {
    /// For units of these blocks, each with its codes.
    pub(super) fn new(unit: &[(&Code, &Code)]) -> Self {
        Self { steps: Steps::new(unit) }
    }

    /// The bits at which the wanted blocks begin, and where the last of them ends. The data is the first `length` of the
    /// `bytes`.
    pub(super) fn starts(
        &self,
        bytes: &[u8],
        length: usize,
        blocks: Blocks,
    ) -> Result<(Vec<u32>, u32), Refusal> {
        let Blocks { wanted: blocks, all } = blocks;
        if bytes.len() > BYTES_MAX {
            return Err(Refusal::Unsupported("half a gigabyte of data without a restart"));
        }
        let mut starts = vec![0; blocks + 1];
        let mut walker = self.steps.walker(0);
        // Blocks are about as long in one part of a picture as in another.
        let share = (length as u64 * blocks as u64 / all.max(1) as u64) as usize;
        if share >= SPLIT_BYTES_MIN {
            walker = self.by_two(bytes, share, walker, &mut starts);
        }
        let [end] =
            self.steps.go(bytes, [walker], &mut [&mut starts], [(bytes.len() * 8) as u32], blocks);
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
        let mut second = self.steps.walker(length / 2);
        for _ in 0..GUESSES_MAX {
            ahead[0] = second.at;
            let mut found = [&mut *starts, &mut *ahead];
            [first, second] =
                self.steps.go(bytes, [first, second], &mut found, [middle, end], blocks);
            if !second.is_lost || second.blocks > GUESSED_BLOCKS_MAX {
                break;
            }
            second = self.steps.walker(second.at as usize / 8 + 1);
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
            [first] = self.steps.go(bytes, [first], &mut [&mut *starts], [all], goal);
            while own <= first.blocks.min(blocks) {
                let Some(start) = ahead.get(other) else { return first };
                match start.cmp(&starts[own]) {
                    Ordering::Less => other += 1,
                    Ordering::Equal if own % self.steps.blocks == other % self.steps.blocks => {
                        let known = (ahead.len() - other).min(starts.len() - own);
                        starts[own..own + known].copy_from_slice(&ahead[other..other + known]);
                        let mut joined = second;
                        joined.blocks = own + second.blocks - other;
                        return joined;
                    }
                    _ => own += 1,
                }
            }
        }
        first
    }
}
