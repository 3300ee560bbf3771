//! How many bytes a file may make Rust allocate. C libraries allocate for themselves; what they may keep follows from
//! the same pixels.

use resizer::{Format, Probe};

const MIB: usize = 1 << 20;

/// For a look at the header: the file is read in place, but for parts that a decoder keeps. PNG's keeps metadata in a
/// buffer that doubles, then once more, and has a window of 128 KiB.
pub fn header_bytes_max(file: &[u8]) -> usize {
    3 * file.len() + 160 * 1024
}

/// For all pixels: 16 bits of red, green, blue and opacity, and half of that once more while grey becomes these. A PNG
/// may inflate its colour profile to four times its size and 4 MiB.
pub fn pixels_bytes_max(file: &[u8], probe: &Probe) -> usize {
    let profile = if probe.format == Format::Png { 4 * (MIB + file.len()) } else { file.len() };
    header_bytes_max(file) + 12 * pixels(probe) + profile
}

/// For a rendition no larger than its original: the pixels once more on their way through the steps, and what a step
/// keeps beside them; GIF's search for colours has tables of 8 MiB.
pub fn rendition_bytes_max(file: &[u8], probe: &Probe) -> usize {
    pixels_bytes_max(file, probe) + 8 * pixels(probe) + 10 * MIB
}

/// Of all frames.
fn pixels(probe: &Probe) -> usize {
    usize::try_from(probe.stored.pixels()).unwrap_or(usize::MAX) * probe.frames as usize
}
