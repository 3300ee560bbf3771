//! Beside libjpeg-turbo, for tests and for tests/fuzz, where nothing else of this module can be reached.

use super::markers::{DHT, SOF_PROGRESSIVE, Segments};
use super::{Color, Picture, Refusal, Wanted};
use crate::Limits;
use crate::codec::jpeg::decode_by_turbo;
use crate::raster::{Layout, Raster};

/// All components at one scale.
pub(super) fn decode(file: &[u8], eighths: u8) -> Result<Picture, Refusal> {
    super::decode(file, &Wanted { eighths, full_color: false, part: None })
}

/// Brightness at 1/8 as libjpeg-turbo decodes it, row by row; none where it refuses the file.
pub(super) fn reference(file: &[u8]) -> Option<Vec<u8>> {
    let size = crate::probe(file, &Limits::default()).ok()?.stored;
    decode_by_turbo(file, size, Layout::Gray, 1).ok().map(|Raster { pixels, .. }| pixels)
}

/// Panics where a file that is taken has another brightness at 1/8 than libjpeg-turbo's, or none.
pub(crate) fn compare(file: &[u8], eighths: u8) {
    let Ok(picture) = decode(file, eighths) else { return };
    let Some(brightness) = picture.planes.into_iter().next() else { return };
    // libjpeg-turbo would enlarge brightness that has fewer samples than colour.
    let is_whole =
        eighths == 1 && brightness.density().iter().all(|density| (density - 0.125).abs() < 1e-9);
    if !is_whole || !matches!(picture.color, Color::Gray | Color::YCbCr) {
        return;
    }
    let brightness = brightness.into_samples();
    match reference(file) {
        Some(reference) => assert!(brightness == reference, "other samples"),
        // Damage in scans that do not show.
        None => assert!(is_progressive(file), "libjpeg-turbo refuses it"),
    }
}

/// As its own frame header says, and no other bytes that look like one.
fn is_progressive(file: &[u8]) -> bool {
    let Ok(mut segments) = Segments::new(file) else { return false };
    let mut markers = std::iter::from_fn(|| segments.next().ok()).map(|segment| segment.marker);
    markers.find(|marker| matches!(marker, 0xC0..=0xCF) && *marker != DHT) == Some(SOF_PROGRESSIVE)
}
