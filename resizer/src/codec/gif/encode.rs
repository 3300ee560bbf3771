//! Frames into a file: one palette for all, or one of its own where a frame's colours are others.

use std::error::Error;

use gif::{DisposalMethod, Encoder, Repeat};

use super::palette::{COLORS_MAX, Palette, is_opaque};
use super::patch::{Patch, patches};
use super::{TICK_MS, dither};
use crate::Size;
use crate::raster::Picture;

/// The mean of squared distances beyond which a palette of the frame's own is tried. That of a photograph with 256
/// colours is about half of this.
const ERROR_SEEN: f32 = 20.0;

/// What is half transparent becomes one or the other.
pub(in crate::codec) fn encode(picture: Picture) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
    let Some(Size { width, height }) = picture.frames.first().map(|frame| frame.raster.size) else {
        return Err("no frames".into());
    };
    let patches = patches(picture.frames, width as usize);
    let mut shared = palette(&patches);
    let (mut file, table) = (Vec::new(), table(&shared));
    let mut encoder =
        Encoder::new(&mut file, u16::try_from(width)?, u16::try_from(height)?, &table)?;
    if patches.len() > 1 {
        encoder.set_repeat(picture.repeats.map_or(Repeat::Infinite, Repeat::Finite))?;
    }
    for patch in &patches {
        encoder.write_frame(&frame(patch, &mut shared)?)?;
    }
    drop(encoder);
    Ok(file)
}

fn frame(
    patch: &Patch,
    shared: &mut Palette,
) -> Result<gif::Frame<'static>, Box<dyn Error + Send + Sync>> {
    let mut own = own(patch, shared);
    let palette = own.as_mut().unwrap_or(shared);
    let places = dither::places(&patch.pixels, patch.place.width, palette);
    Ok(gif::Frame {
        delay: u16::try_from(patch.delay_ms / TICK_MS).unwrap_or(u16::MAX),
        dispose: if patch.is_cleared { DisposalMethod::Background } else { DisposalMethod::Keep },
        transparent: u8::try_from(palette.colors.len()).ok(),
        left: u16::try_from(patch.place.left)?,
        top: u16::try_from(patch.place.top)?,
        width: u16::try_from(patch.place.width)?,
        height: u16::try_from(patch.place.height)?,
        palette: own.as_ref().map(table),
        buffer: places.into(),
        ..gif::Frame::default()
    })
}

/// Where it is worth its bytes: where it halves an error that is seen.
fn own(patch: &Patch, shared: &mut Palette) -> Option<Palette> {
    let error = shared.error(&patch.pixels);
    if error < ERROR_SEEN {
        return None;
    }
    let mut own = palette(std::slice::from_ref(patch));
    (own.error(&patch.pixels) * 2.0 < error).then_some(own)
}

/// With room for transparency where there is any; some viewers clear to it only if it is there.
fn palette(patches: &[Patch]) -> Palette {
    let pixels = patches.iter().flat_map(|patch| patch.pixels.iter().copied());
    let has_transparency =
        patches.iter().any(|patch| patch.is_cleared) || !pixels.clone().all(is_opaque);
    Palette::of(pixels, COLORS_MAX - usize::from(has_transparency))
}

/// The colours and, after them, the transparent entry if there is room.
fn table(palette: &Palette) -> Vec<u8> {
    let mut table = palette.colors.clone();
    table.resize(COLORS_MAX.min(table.len() + 1), [0; 3]);
    table.into_flattened()
}

#[cfg(test)]
mod tests;
