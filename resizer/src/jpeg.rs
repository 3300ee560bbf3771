//! A JPEG decoder for pictures that are wanted small, at 1/8 to 4/8 of their size, and for parts of large ones.
//!
//! A full decoder turns every coefficient of every block into something. This one skips what the wanted scale has no use
//! for: at 1/8 the frequencies of a block are stepped over, several symbols at a time and at two places of the file in
//! turn, and the scans of a progressive file that hold nothing else are not even read. What comes out are the planes of
//! the components, each in its own resolution; to resize them costs less than to resize pixels. Of a part's surroundings
//! nothing is read but where each block begins, and of what lies below it not even that.
//!
//! Guarantees:
//! * At 1/8 each plane is libjpeg-turbo's, byte for byte. At larger scales each sample is that of the exact transform
//!   ([`idct`]), rounded.
//! * What is rare (arithmetic coding, 12 bits, lossless, unfinished progressions) or not as it should be is refused;
//!   the caller hands the file to a decoder that knows how to live with it. Nothing is repaired here.
//! * Safe Rust without a panic, whatever the bytes are. Memory is bounded by the file and by the picture.
//! * Damage behind what a block has to tell is seen only where it puts the codes out of step, and damage inside a scan
//!   that is skipped not at all. Whoever must know reads the file in full.
//!
//! The standard is ITU-T T.81; section numbers in the comments are its own.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "bits are cut to their width on purpose, and numbers are checked where they matter"
)]

use std::ops::Range;

mod bands;
mod baseline;
mod bits;
mod coefficients;
mod color;
mod entropy;
mod frame;
mod huffman;
mod idct;
mod markers;
mod plane;
mod progressive;
mod quantization;
mod reader;
mod scan;
mod tables;
mod walk;

pub(crate) use color::Color;
pub(crate) use plane::Plane;

/// A decoded picture.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Picture {
    pub(crate) color: Color,
    /// One of each component.
    pub(crate) planes: Vec<Plane>,
}

/// What is wanted of a file.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    /// Of the file's size, 1 to [`EIGHTHS_MAX`], rounded up; for a part also [`ALL_EIGHTHS`].
    pub(crate) eighths: u8,
    /// Whether components of which the file has fewer samples are wanted at a larger scale, with up to as many as the
    /// others have. A file is refused where that is more than [`EIGHTHS_MAX`]; a part is given as much as there is.
    pub(crate) full_color: bool,
    /// The part that is wanted; none is all.
    pub(crate) part: Option<Part>,
    /// A file with more pixels is refused before any memory is taken for them.
    pub(crate) pixels_max: u64,
}

/// A part of the picture, in pixels of the file. What is decoded are the blocks that have some of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) columns: Range<usize>,
    pub(crate) rows: Range<usize>,
}

/// The largest scale for all of a picture.
pub(crate) const EIGHTHS_MAX: u8 = 4;
/// The scale at which a block keeps its size.
pub(crate) const ALL_EIGHTHS: u8 = 8;

/// Why a file is left to another decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// Allowed by the standard, and not taken here.
    #[error("{0}: not taken here")]
    Unsupported(&'static str),
    /// Against the standard.
    #[error("{0}")]
    Malformed(&'static str),
    /// The data ends before the picture does.
    #[error("the data ends early")]
    Truncated,
}

/// The picture at the wanted scale.
pub(crate) fn decode(bytes: &[u8], wanted: &Wanted) -> Result<Picture, Refusal> {
    let for_parts = wanted.part.is_some() && wanted.eighths == ALL_EIGHTHS;
    if !(1..=EIGHTHS_MAX).contains(&wanted.eighths) && !for_parts {
        return Err(Refusal::Unsupported("a scale that is not 1/8 to 4/8"));
    }
    reader::read(bytes, wanted)
}

#[cfg(any(test, fuzzing))]
pub(crate) mod comparison;
#[cfg(test)]
mod tests;
