//! Against libjpeg-turbo and the transform as the standard defines it: over the fixtures, over files written here in every
//! form that the standard allows, and over damaged ones.

mod damage;
mod dice;
mod equality;
mod progression;
mod sample;
mod writer;

use super::{Picture, Refusal, Wanted};
use crate::Limits;
use crate::codec::jpeg::decode_by_turbo;
use crate::raster::{Layout, Raster};

/// All components at one scale.
fn decode(file: &[u8], eighths: u8) -> Result<Picture, Refusal> {
    super::decode(file, Wanted { eighths, full_color: false })
}

/// Brightness at 1/8 as libjpeg-turbo decodes it, row by row; none where it refuses the file.
fn reference(file: &[u8]) -> Option<Vec<u8>> {
    let size = crate::probe(file, &Limits::default()).ok()?.stored;
    decode_by_turbo(file, size, Layout::Gray, 1).ok().map(|Raster { pixels, .. }| pixels)
}
