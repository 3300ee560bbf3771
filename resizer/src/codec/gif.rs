//! GIF through the `gif` crate, its frames laid over each other into whole pictures; what they become in a file, and
//! with which colours, is our own.

mod cut;
mod dither;
mod encode;
mod lzw;
mod nearest;
mod palette;
mod patch;
mod point;

use std::io::Cursor;

use gif::{DecodeOptions, Decoder, DecodingError, DisposalMethod, MemoryLimit, Repeat};

pub(super) use encode::encode;

use super::Frames;
use crate::copyright::Copyright;
use crate::raster::{Frame, Layout, Picture, Raster};
use crate::{ColorKind, Format, Orientation, OriginalError, Probe, Size};

const TICK_MS: u32 = 10;

/// Walks over the frames without unpacking them.
pub(super) fn probe(bytes: &[u8]) -> Result<Probe, OriginalError> {
    let mut options = DecodeOptions::new();
    options.skip_frame_decoding(true);
    let mut decoder = options.read_info(Cursor::new(bytes)).map_err(refusal)?;
    let stored = Size { width: decoder.width().into(), height: decoder.height().into() };
    if stored.pixels() == 0 {
        return Err(OriginalError::malformed(Format::Gif, "the canvas has no pixels"));
    }
    let mut frames = 0;
    while decoder.next_frame_info().map_err(refusal)?.is_some() {
        frames += 1;
    }
    if frames == 0 {
        return Err(OriginalError::Truncated { format: Format::Gif });
    }
    // Even without transparent entries a frame may leave parts of the canvas uncovered.
    Ok(Probe {
        format: Format::Gif,
        stored,
        orientation: Orientation::UPRIGHT,
        frames,
        has_alpha: true,
        color: ColorKind::Rgb,
    })
}

pub(super) fn decode(bytes: &[u8], wanted: Frames) -> Result<Picture, OriginalError> {
    let mut decoder = open(bytes)?;
    let size = Size { width: decoder.width().into(), height: decoder.height().into() };
    let global_palette = decoder.global_palette().map(<[u8]>::to_vec).unwrap_or_default();
    let mut canvas = Canvas::new(size);
    let mut frames = Vec::new();
    while let Some(frame) = decoder.read_next_frame().map_err(refusal)? {
        let before = (frame.dispose == DisposalMethod::Previous).then(|| canvas.raster.clone());
        let count = usize::from(frame.width) * usize::from(frame.height);
        let indices = lzw::unpack(&frame.buffer, count)
            .ok_or_else(|| OriginalError::malformed(Format::Gif, "a frame's pixels are broken"))?;
        canvas.draw(frame, &indices, frame.palette.as_deref().unwrap_or(&global_palette));
        frames.push(Frame {
            raster: canvas.raster.clone(),
            delay_ms: u32::from(frame.delay) * TICK_MS,
        });
        if wanted == Frames::First {
            break;
        }
        match before {
            Some(before) => canvas.raster = before,
            None if frame.dispose == DisposalMethod::Background => canvas.clear(frame),
            None => {}
        }
    }
    if frames.is_empty() {
        return Err(OriginalError::Truncated { format: Format::Gif });
    }
    let repeats = match decoder.repeat() {
        Repeat::Infinite => None,
        Repeat::Finite(repeats) => Some(repeats),
    };
    Ok(Picture { frames, repeats, icc: None, copyright: Copyright::default() })
}

fn open(bytes: &[u8]) -> Result<Decoder<Cursor<&[u8]>>, OriginalError> {
    let mut options = DecodeOptions::new();
    options.skip_frame_decoding(true);
    // A frame beyond the canvas would be memory that no limit has counted.
    options.check_frame_consistency(true);
    options.set_memory_limit(MemoryLimit::Unlimited);
    options.read_info(Cursor::new(bytes)).map_err(refusal)
}

/// What is seen while an animation plays.
struct Canvas {
    raster: Raster,
}

impl Canvas {
    fn new(size: Size) -> Self {
        Self { raster: Raster::blank(size, Layout::Rgba) }
    }

    fn draw(&mut self, frame: &gif::Frame<'_>, indices: &[u8], palette: &[u8]) {
        let (colors, _) = palette.as_chunks::<3>();
        for (y, row) in self.rows(frame).enumerate() {
            let stored = stored_row(frame, y) * row.len();
            for (pixel, index) in row.iter_mut().zip(indices.get(stored..).unwrap_or_default()) {
                let color =
                    colors.get(usize::from(*index)).filter(|_| frame.transparent != Some(*index));
                if let Some(&[r, g, b]) = color {
                    *pixel = [r, g, b, 255];
                }
            }
        }
    }

    fn clear(&mut self, frame: &gif::Frame<'_>) {
        self.rows(frame).for_each(|row| row.fill([0; 4]));
    }

    /// The canvas pixels under `frame`, row by row.
    fn rows(&mut self, frame: &gif::Frame<'_>) -> impl Iterator<Item = &mut [[u8; 4]]> {
        let (left, width) = (usize::from(frame.left), usize::from(frame.width));
        let canvas_width = self.raster.size.width as usize;
        let (pixels, _) = self.raster.pixels.as_chunks_mut::<4>();
        let rows =
            pixels.chunks_exact_mut(canvas_width).skip(frame.top.into()).take(frame.height.into());
        rows.map(move |row| row.get_mut(left..left + width).unwrap_or_default())
    }
}

/// At which place a frame's row is stored: interlaced every eighth first, then what halves the gaps, three times.
fn stored_row(frame: &gif::Frame<'_>, y: usize) -> usize {
    let height = usize::from(frame.height);
    match y % 8 {
        _ if !frame.interlaced => y,
        0 => y / 8,
        4 => height.div_ceil(8) + y / 8,
        2 | 6 => height.div_ceil(4) + y / 4,
        _ => height.div_ceil(2) + y / 2,
    }
}

fn refusal(error: DecodingError) -> OriginalError {
    match error {
        DecodingError::UnexpectedEof => OriginalError::Truncated { format: Format::Gif },
        error => OriginalError::malformed(Format::Gif, error),
    }
}

#[cfg(test)]
mod tests;
