//! The entropy-coded data of one scan, without what B.1.1.5 puts into it.

use std::ops::Range;

use super::Refusal;
use super::bits::{Bits, PADDING};
use super::markers::{RST0, RST7, position_of_ff};

/// Data between restart markers, one interval behind the other. Kept from scan to scan for its memory.
#[derive(Debug, Default)]
pub(super) struct Entropy {
    bytes: Vec<u8>,
    intervals: Vec<Range<usize>>,
}

impl Entropy {
    /// Reads the data at the beginning of `file`; returns its length, behind which a marker comes.
    pub(super) fn read(&mut self, file: &[u8]) -> Result<usize, Refusal> {
        self.bytes.clear();
        self.intervals.clear();
        let (mut at, mut from) = (0, 0);
        let end = loop {
            let rest = file.get(at..).unwrap_or_default();
            let ff = position_of_ff(rest).ok_or(Refusal::Truncated)?;
            self.bytes.extend_from_slice(&rest[..ff]);
            let fill = rest[ff..].iter().take_while(|byte| **byte == 0xFF).count();
            let marker = *rest.get(ff + fill).ok_or(Refusal::Truncated)?;
            match marker {
                0 => self.bytes.push(0xFF),
                RST0..=RST7 => {
                    if self.intervals.len() & 7 != usize::from(marker - RST0) {
                        return Err(Refusal::Malformed("restart markers are not in order"));
                    }
                    self.intervals.push(from..self.bytes.len());
                    from = self.bytes.len();
                }
                _ => break at + ff,
            }
            at += ff + fill + 1;
        };
        self.intervals.push(from..self.bytes.len());
        self.bytes.extend([0; PADDING]);
        Ok(end)
    }

    /// The data of an interval.
    pub(super) fn interval(&self, number: usize) -> Result<Interval<'_>, Refusal> {
        let range = self.intervals.get(number).ok_or(Refusal::Truncated)?;
        let is_last = number + 1 == self.intervals.len();
        Ok(Interval { bytes: &self.bytes[range.start..], length: range.len(), is_last })
    }
}

/// Data from one restart to the next.
#[derive(Debug)]
pub(super) struct Interval<'a> {
    /// The data and all that is behind it.
    pub(super) bytes: &'a [u8],
    /// Of the data, in bytes.
    pub(super) length: usize,
    is_last: bool,
}

impl<'a> Interval<'a> {
    pub(super) fn bits(&self) -> Bits<'a> {
        Bits::new(self.bytes)
    }

    /// Whether all has been read and no more, up to this bit. Behind the last interval stray bytes are forgiven, as
    /// between segments.
    pub(super) fn finish(&self, bit: usize) -> Result<(), Refusal> {
        match (self.length * 8).checked_sub(bit) {
            None => Err(Refusal::Truncated),
            Some(rest) if self.is_last || rest < 8 => Ok(()),
            Some(_) => Err(Refusal::Malformed("there is data before a restart marker")),
        }
    }
}
