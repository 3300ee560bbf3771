//! What is refused for its size, decided from the header before a pixel is decoded.

use crate::{OriginalError, Probe, RenderError, Size, budget};

/// Bounds on originals and results; each name ends in its unit.
///
/// A customer may lower them; nothing in a URL raises them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of an original.
    pub source_bytes_max: u64,
    /// Pixels of an original's canvas.
    pub source_pixels_max: u64,
    /// Frames of an animation.
    pub source_frames_max: u32,
    /// Pixels of all frames together.
    pub source_frames_pixels_max: u64,
    /// Longer edge of a result, in pixels.
    pub result_edge_max_px: u32,
    /// Pixels of a result.
    pub result_pixels_max: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // The largest files of consumer cameras; held in memory once for each render.
            source_bytes_max: 50_000_000,
            // Takes phones' 48 MP; 200 MB once decoded with alpha, twice that with 16 bits.
            source_pixels_max: 50_000_000,
            // Five seconds at twelve frames a second: longer is a film and belongs in a video format.
            source_frames_max: 60,
            // The same memory as one still of the largest size.
            source_frames_pixels_max: 50_000_000,
            // Twice a 4K screen; half of what WebP can store (16383).
            result_edge_max_px: 8192,
            // Below the source's bound, so that enlarging costs no more than the largest original.
            result_pixels_max: 40_000_000,
        }
    }
}

impl Limits {
    /// The names of all bounds.
    pub const NAMES: [&str; 6] = [
        "source_bytes_max",
        "source_pixels_max",
        "source_frames_max",
        "source_frames_pixels_max",
        "result_edge_max_px",
        "result_pixels_max",
    ];

    /// These bounds, each lowered to what `bound` says of its name. Nothing is ever raised.
    #[must_use]
    pub fn lowered(self, bound: impl Fn(&str) -> Option<u64>) -> Self {
        let long = |name, own: u64| bound(name).unwrap_or(own).min(own);
        let short = |name, own: u32| u32::try_from(long(name, own.into())).unwrap_or(own);
        let [source_bytes, source_pixels, source_frames, frames_pixels, result_edge, result_pixels] =
            Self::NAMES;
        Self {
            source_bytes_max: long(source_bytes, self.source_bytes_max),
            source_pixels_max: long(source_pixels, self.source_pixels_max),
            source_frames_max: short(source_frames, self.source_frames_max),
            source_frames_pixels_max: long(frames_pixels, self.source_frames_pixels_max),
            result_edge_max_px: short(result_edge, self.result_edge_max_px),
            result_pixels_max: long(result_pixels, self.result_pixels_max),
        }
    }

    pub(crate) fn check_bytes(&self, bytes: &[u8]) -> Result<(), OriginalError> {
        let bytes = bytes.len() as u64;
        if bytes > self.source_bytes_max {
            return Err(OriginalError::TooManyBytes {
                bytes,
                source_bytes_max: self.source_bytes_max,
            });
        }
        Ok(())
    }

    pub(crate) fn check_original(&self, probe: &Probe) -> Result<(), OriginalError> {
        let Size { width, height } = probe.stored;
        let (pixels, frames) = (probe.stored.pixels(), probe.frames);
        if pixels > self.source_pixels_max {
            let source_pixels_max = self.source_pixels_max;
            return Err(OriginalError::TooManyPixels { width, height, pixels, source_pixels_max });
        }
        if frames > self.source_frames_max {
            return Err(OriginalError::TooManyFrames {
                frames,
                source_frames_max: self.source_frames_max,
            });
        }
        let pixels = pixels.saturating_mul(u64::from(frames));
        if frames > 1 && pixels > self.source_frames_pixels_max {
            let source_frames_pixels_max = self.source_frames_pixels_max;
            return Err(OriginalError::TooManyFramesPixels {
                frames,
                pixels,
                source_frames_pixels_max,
            });
        }
        Ok(())
    }

    /// `frames` counts those that the result keeps.
    pub fn check_result(&self, size: Size, frames: u32) -> Result<(), RenderError> {
        let Size { width, height } = size;
        if width.max(height) > self.result_edge_max_px {
            let result_edge_max_px = self.result_edge_max_px;
            return Err(RenderError::ResultEdgeTooLong { width, height, result_edge_max_px });
        }
        let pixels = size.pixels().saturating_mul(u64::from(frames));
        if pixels > self.result_pixels_max {
            let result_pixels_max = self.result_pixels_max;
            return Err(RenderError::ResultTooManyPixels {
                width,
                height,
                pixels,
                result_pixels_max,
            });
        }
        Ok(())
    }

    /// A file within a byte budget may be encoded several times, which together are to cost no more than the
    /// largest result does once.
    pub(crate) fn check_budget(&self, size: Size, frames: u32) -> Result<(), RenderError> {
        let Size { width, height } = size;
        let pixels = size.pixels().saturating_mul(u64::from(frames));
        let budget_pixels_max = self.result_pixels_max / budget::FILES_MAX;
        if pixels > budget_pixels_max {
            return Err(RenderError::BudgetTooManyPixels {
                width,
                height,
                pixels,
                budget_pixels_max,
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
