//! A JPEG decoder for pictures that are wanted small: at 1/8, 1/4 or 1/2 of their size.
//!
//! A full decoder turns every coefficient of every block into something. This one skips what the wanted scale has
//! no use for: at 1/8 the frequencies of a block are stepped over, several symbols at a time, and the scans of a
//! progressive file that hold nothing else are not even read.
//!
//! Guarantees:
//! * Pixels are those of libjpeg-turbo at the same scale, byte for byte, with its defaults (accurate inverse
//!   transform, smooth upsampling). The algorithms are therefore its own: `jidctred.c`, `jidctint.c`, `jdsample.c`,
//!   `jdcolor.c`, and the choice of transform sizes in `jdmaster.c`.
//! * What is rare (arithmetic coding, 12 bits, lossless, unfinished progressions) or not as it should be is refused;
//!   the caller hands the file to a decoder that knows how to live with it. Nothing is repaired here.
//! * Safe Rust without a panic, whatever the bytes are. Memory is bounded by the file and by the picture.
//! * Damage inside a scan that is skipped is not seen. Whoever must know reads the file in full.
//!
//! The standard is ITU-T T.81; section numbers in the comments are its own.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "bits are cut to their width on purpose, and numbers are checked where they matter"
)]

mod baseline;
mod bits;
mod coefficients;
mod color;
mod entropy;
mod frame;
mod huffman;
mod idct;
mod markers;
mod picture;
mod plane;
mod progressive;
mod quantization;
mod reader;
mod scan;
mod skip;
mod tables;
mod upsample;

/// What one pixel's samples are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Channels {
    /// Brightness.
    Gray,
    /// Red, green, blue.
    Rgb,
    /// Four inks as they are stored: Adobe's programs store them inverted.
    Cmyk,
}

/// Decoded pixels, rows without padding, top row first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) channels: Channels,
    pub(crate) samples: Vec<u8>,
}

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

/// The picture at `eighths`/8 of its size, rounded up; `eighths` is 1, 2 or 4.
pub(crate) fn decode(bytes: &[u8], eighths: usize) -> Result<Picture, Refusal> {
    if !matches!(eighths, 1 | 2 | 4) {
        return Err(Refusal::Unsupported("another scale than 1/8, 1/4 or 1/2"));
    }
    reader::read(bytes, eighths)
}

#[cfg(test)]
mod tests;
