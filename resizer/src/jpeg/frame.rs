//! The frame header: size, components, and how large each comes out at the wanted scale.

use super::markers::{SOF_BASELINE, SOF_EXTENDED, SOF_PROGRESSIVE};
use std::ops::Range;

use super::{ALL_EIGHTHS, EIGHTHS_MAX, Refusal, Wanted};

/// Samples of a block's edge.
const BLOCK: usize = 8;

#[derive(Debug, Clone)]
pub(super) struct Frame {
    /// Whole units of interleaved scans, which contain blocks of all components.
    pub(super) mcus_wide: usize,
    pub(super) mcus_high: usize,
    pub(super) is_progressive: bool,
    /// One, three or four.
    pub(super) components: Vec<Component>,
}

#[derive(Debug, Clone)]
pub(super) struct Component {
    pub(super) id: u8,
    /// Number of its quantisation table.
    pub(super) quantization: usize,
    /// Blocks in a unit.
    pub(super) h: usize,
    pub(super) v: usize,
    /// Blocks that hold some of the picture.
    pub(super) blocks_wide: usize,
    pub(super) blocks_high: usize,
    /// Blocks that are wanted.
    pub(super) columns: Range<usize>,
    pub(super) rows: Range<usize>,
    /// Edge of what becomes of a block: 1 to 4 samples, or 8.
    pub(super) edge: usize,
    /// Samples that hold some of the picture.
    pub(super) width: usize,
    pub(super) height: usize,
    /// Samples for a pixel of the file, along each axis.
    pub(super) density: [f64; 2],
}

impl Frame {
    /// Of a start of frame (B.2.2).
    pub(super) fn read(marker: u8, payload: &[u8], wanted: &Wanted) -> Result<Self, Refusal> {
        if !matches!(marker, SOF_BASELINE | SOF_EXTENDED | SOF_PROGRESSIVE) {
            return Err(Refusal::Unsupported("arithmetic, lossless or hierarchical coding"));
        }
        let [precision, h1, h0, w1, w0, count, ref specifications @ ..] = *payload else {
            return Err(Refusal::Malformed("the frame header is not complete"));
        };
        if precision != 8 || !matches!(count, 1 | 3 | 4) {
            return Err(Refusal::Unsupported("more than 8 bits, or two components"));
        }
        let (width, height) = (u16::from_be_bytes([w1, w0]), u16::from_be_bytes([h1, h0]));
        let (specifications, []) = specifications.as_chunks::<3>() else {
            return Err(Refusal::Malformed("the frame header has stray bytes"));
        };
        if width == 0 || height == 0 || specifications.len() != usize::from(count) {
            return Err(Refusal::Malformed("the frame header contradicts itself"));
        }
        if u64::from(width) * u64::from(height) > wanted.pixels_max {
            return Err(Refusal::Unsupported("more pixels than are wanted"));
        }
        let is_progressive = marker == SOF_PROGRESSIVE;
        Layout::new(width.into(), height.into(), specifications, wanted)?
            .frame(specifications, is_progressive)
    }
}

/// What all components' sizes follow from.
struct Layout<'a> {
    width: usize,
    height: usize,
    h_max: usize,
    v_max: usize,
    wanted: &'a Wanted,
}

impl<'a> Layout<'a> {
    fn new(
        width: usize,
        height: usize,
        specifications: &[[u8; 3]],
        wanted: &'a Wanted,
    ) -> Result<Self, Refusal> {
        let factors =
            |shift: u32| specifications.iter().map(move |[_, hv, _]| usize::from(hv >> shift) & 15);
        if factors(4).chain(factors(0)).any(|factor| !(1..=4).contains(&factor)) {
            return Err(Refusal::Malformed("a sampling factor is not 1 to 4"));
        }
        let h_max = factors(4).max().unwrap_or(1);
        let v_max = factors(0).max().unwrap_or(1);
        Ok(Self { width, height, h_max, v_max, wanted })
    }

    fn frame(&self, specifications: &[[u8; 3]], is_progressive: bool) -> Result<Frame, Refusal> {
        let component = |specification: &[u8; 3]| self.component(*specification);
        let components: Result<Vec<_>, _> = specifications.iter().map(component).collect();
        let components = components?;
        let ids = components.iter().map(|component| component.id);
        if ids.clone().enumerate().any(|(at, id)| ids.clone().skip(at + 1).any(|other| other == id))
        {
            return Err(Refusal::Unsupported("components of the same name"));
        }
        Ok(Frame {
            mcus_wide: self.mcus_wide(),
            mcus_high: self.mcus_high(),
            is_progressive,
            components,
        })
    }

    fn mcus_wide(&self) -> usize {
        self.width.div_ceil(self.h_max * BLOCK)
    }

    fn mcus_high(&self) -> usize {
        self.height.div_ceil(self.v_max * BLOCK)
    }

    fn component(&self, [id, hv, quantization]: [u8; 3]) -> Result<Component, Refusal> {
        let (h, v) = (usize::from(hv >> 4), usize::from(hv & 15));
        let edge = self.edge(h, v)?;
        let density = |factor: usize, max: usize| (factor * edge) as f64 / (max * BLOCK) as f64;
        let blocks_wide = (self.width * h).div_ceil(self.h_max * BLOCK);
        let blocks_high = (self.height * v).div_ceil(self.v_max * BLOCK);
        let blocks = |pixels: &Range<usize>, factor: usize, max: usize, most: usize| {
            let first = (pixels.start * factor / (max * BLOCK)).min(most);
            first..(pixels.end * factor).div_ceil(max * BLOCK).clamp(first, most)
        };
        let (columns, rows) = match &self.wanted.part {
            None => (0..self.mcus_wide() * h, 0..self.mcus_high() * v),
            Some(part) => (
                blocks(&part.columns, h, self.h_max, blocks_wide),
                blocks(&part.rows, v, self.v_max, blocks_high),
            ),
        };
        if columns.is_empty() || rows.is_empty() {
            return Err(Refusal::Malformed("the part lies outside the picture"));
        }
        Ok(Component {
            id,
            quantization: quantization.into(),
            h,
            v,
            blocks_wide,
            blocks_high,
            columns,
            rows,
            edge,
            width: (self.width * h * edge).div_ceil(self.h_max * BLOCK),
            height: (self.height * v * edge).div_ceil(self.v_max * BLOCK),
            density: [density(h, self.h_max), density(v, self.v_max)],
        })
    }

    /// Where all of the colour is wanted, components with fewer samples come out of a larger transform.
    fn edge(&self, h: usize, v: usize) -> Result<usize, Refusal> {
        let more = if self.wanted.full_color { (self.h_max / h).min(self.v_max / v) } else { 1 };
        let edge = usize::from(self.wanted.eighths) * more;
        if edge <= EIGHTHS_MAX.into() {
            return Ok(edge);
        }
        if self.wanted.part.is_none() {
            return Err(Refusal::Unsupported("more of the colour than half a block's edge"));
        }
        let most = if edge < ALL_EIGHTHS.into() { EIGHTHS_MAX } else { ALL_EIGHTHS };
        Ok(most.into())
    }
}
