//! What the header says, and whether the file is sound.
//!
//! [`probe`] decodes nothing, so a file that lies about its size costs nothing to refuse; [`check`] decodes
//! everything once, so an original that was accepted can be rendered later.

use crate::codec;
use crate::{Format, Limits, Orientation, OriginalError, Size};

/// Facts from an original's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probe {
    /// By its first bytes.
    pub format: Format,
    /// Size as stored.
    pub stored: Size,
    /// How the stored image has to be turned to be upright.
    pub orientation: Orientation,
    /// Pictures of an animation; 1 for stills.
    pub frames: u32,
    /// Whether pixels may be transparent.
    pub has_alpha: bool,
    /// What the channels mean.
    pub color: ColorKind,
}

/// What an original's channels mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColorKind {
    /// Brightness only.
    Gray,
    /// Red, green, blue, or something equivalent such as YCbCr or a palette.
    Rgb,
    /// Four inks.
    Cmyk,
}

impl Probe {
    /// Size once upright.
    pub fn upright(&self) -> Size {
        self.orientation.turn_size(self.stored)
    }
}

/// Reads the header and holds it against `limits`.
pub fn probe(bytes: &[u8], limits: &Limits) -> Result<Probe, OriginalError> {
    limits.check_bytes(bytes)?;
    let probe = codec::probe(Format::sniff(bytes)?, bytes)?;
    limits.check_original(&probe)?;
    Ok(probe)
}

/// [`probe`], then decodes every frame to the end; for the moment an original is accepted.
///
/// What decoders repair silently and viewers show whole (bytes between JPEG segments) passes;
/// what lacks pixels does not.
pub fn check(bytes: &[u8], limits: &Limits) -> Result<Probe, OriginalError> {
    let probe = probe(bytes, limits)?;
    codec::check(&probe, bytes)?;
    Ok(probe)
}
