//! The scan header (B.2.3), and the order in which a scan's blocks are stored (A.2).

use std::ops::RangeInclusive;

use super::Refusal;
use super::frame::Frame;

/// Blocks that one unit may have (B.2.3).
const UNIT_BLOCKS_MAX: usize = 10;

/// What one start of scan announces.
#[derive(Debug, Clone)]
pub(super) struct Scan {
    pub(super) components: Vec<ScanComponent>,
    /// The frequencies that it holds, in zigzag.
    pub(super) band: RangeInclusive<usize>,
    /// Successive approximation: the bit that is already known, and the one that will be.
    pub(super) high: u32,
    pub(super) low: u32,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct ScanComponent {
    /// Place in the frame.
    pub(super) index: usize,
    pub(super) dc_table: usize,
    pub(super) ac_table: usize,
}

impl Scan {
    pub(super) fn read(payload: &[u8], frame: &Frame) -> Result<Self, Refusal> {
        const MALFORMED: Refusal = Refusal::Malformed("a scan header contradicts itself");
        let (count, rest) = payload.split_first().ok_or(MALFORMED)?;
        let (names, [first, last, approximation]) =
            rest.split_last_chunk::<3>().ok_or(MALFORMED)?;
        let (names, []) = names.as_chunks::<2>() else { return Err(MALFORMED) };
        if names.len() != usize::from(*count) {
            return Err(MALFORMED);
        }
        let components: Option<Vec<_>> =
            names.iter().map(|name| ScanComponent::find(*name, frame)).collect();
        let scan = Self {
            components: components.ok_or(MALFORMED)?,
            band: usize::from(*first)..=usize::from(*last),
            high: u32::from(approximation >> 4),
            low: u32::from(approximation & 15),
        };
        if scan.is_sound(frame) { Ok(scan) } else { Err(MALFORMED) }
    }

    fn is_sound(&self, frame: &Frame) -> bool {
        let blocks = self.components.iter().filter_map(|part| frame.components.get(part.index));
        let blocks: usize = blocks.map(|component| component.h * component.v).sum();
        let in_order = self.components.is_sorted_by(|a, b| a.index < b.index);
        let fits = self.components.len() == 1 || blocks <= UNIT_BLOCKS_MAX;
        !self.components.is_empty() && in_order && fits && self.has_sound_band(frame.is_progressive)
    }

    /// G.1.1.1
    fn has_sound_band(&self, is_progressive: bool) -> bool {
        if !is_progressive {
            return self.band == (0..=63) && self.high == 0 && self.low == 0;
        }
        let (first, last) = (*self.band.start(), *self.band.end());
        let is_band = if first == 0 {
            last == 0
        } else {
            first <= last && last < 64 && self.components.len() == 1
        };
        is_band && self.low <= 13 && (self.high == 0 || self.high == self.low + 1)
    }

    /// A scan of one component stores its blocks row by row and none that is only there to fill a unit.
    pub(super) fn units(&self, frame: &Frame) -> Units {
        let part = |part: &ScanComponent| {
            let component = frame.components.get(part.index)?;
            Some(Part { index: part.index, h: component.h, v: component.v })
        };
        let parts: Vec<Part> = self.components.iter().filter_map(part).collect();
        if let [Part { index, .. }] = *parts
            && let Some(component) = frame.components.get(index)
        {
            let (wide, high) = (component.blocks_wide, component.blocks_high);
            return Units { wide, high, blocks: 1, parts: vec![Part { index, h: 1, v: 1 }] };
        }
        let blocks = parts.iter().map(|part| part.h * part.v).sum();
        Units { wide: frame.mcus_wide, high: frame.mcus_high, blocks, parts }
    }
}

/// The units of a scan: groups of blocks that lie over the same part of the picture.
#[derive(Debug)]
pub(super) struct Units {
    /// Along each axis.
    pub(super) wide: usize,
    pub(super) high: usize,
    /// In each unit.
    pub(super) blocks: usize,
    pub(super) parts: Vec<Part>,
}

/// The blocks that one component has in a unit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    /// Place of the component in the frame.
    pub(super) index: usize,
    pub(super) h: usize,
    pub(super) v: usize,
}

impl Part {
    /// Column and row of each block in the unit at this column and row.
    #[inline]
    pub(super) fn places(self, x: usize, y: usize) -> impl Iterator<Item = (usize, usize)> {
        let Self { h, v, .. } = self;
        (y * v..y * v + v).flat_map(move |y| (x * h..x * h + h).map(move |x| (x, y)))
    }
}

impl ScanComponent {
    fn find([name, tables]: [u8; 2], frame: &Frame) -> Option<Self> {
        let index = frame.components.iter().position(|component| component.id == name)?;
        Some(Self { index, dc_table: usize::from(tables >> 4), ac_table: usize::from(tables & 15) })
    }
}
