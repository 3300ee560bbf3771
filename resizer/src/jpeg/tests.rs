//! Against libjpeg-turbo, over the fixtures, over files written here in every form that the standard allows, and over
//! damaged ones.

mod damage;
mod dice;
mod equality;
mod progression;
mod sample;
mod writer;

use super::{Channels, Picture};
use crate::codec::jpeg::decode_by_turbo;
use crate::raster::{Layout, Raster};

/// The picture as libjpeg-turbo decodes it; none where it refuses the file.
fn reference(file: &[u8], eighths: usize) -> Option<Picture> {
    let Raster { size, layout, pixels } =
        decode_by_turbo(file, eighths.try_into().unwrap()).ok()?;
    let channels = match layout {
        Layout::Gray => Channels::Gray,
        Layout::Cmyk => Channels::Cmyk,
        _ => Channels::Rgb,
    };
    Some(Picture { width: size.width, height: size.height, channels, samples: pixels })
}
