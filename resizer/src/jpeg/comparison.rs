//! Beside libjpeg-turbo, and parts beside the whole, for tests and for tests/fuzz, where nothing else of this module can
//! be reached.

use super::markers::{DHT, SOF_PROGRESSIVE, Segments};
use super::{ALL_EIGHTHS, Color, Part, Picture, Plane, Refusal, Wanted};
use crate::Limits;
use crate::codec::jpeg::decode_by_turbo;
use crate::raster::{Layout, Raster};

/// All components at one scale.
pub(super) fn decode(file: &[u8], eighths: u8) -> Result<Picture, Refusal> {
    super::decode(file, &wanted(eighths, None))
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

/// Panics where a part of a file that is taken is refused, or has other samples than the whole. The file's own bytes say
/// which part.
pub(crate) fn compare_part(file: &[u8], eighths: u8) {
    let Ok(probe) = crate::probe(file, &Limits::default()) else { return };
    let part = some_part(file, probe.stored.width as usize, probe.stored.height as usize);
    let of_part = super::decode(file, &wanted(eighths, Some(part.clone())));
    // At its own size nothing decodes the whole.
    if eighths == ALL_EIGHTHS {
        return;
    }
    let Ok(whole) = decode(file, eighths) else { return };
    let of_part = of_part.unwrap_or_else(|refusal| panic!("{part:?} of what is taken: {refusal}"));
    assert_eq!(of_part.planes.len(), whole.planes.len());
    for (plane, whole) in of_part.planes.into_iter().zip(whole.planes) {
        let (origin, size) = (plane.origin(), plane.size());
        assert!(plane.into_samples() == cut(whole, origin, size), "{part:?} has other samples");
    }
}

/// What of a plane of the whole lies where a plane of a part does.
pub(super) fn cut(whole: Plane, [left, top]: [usize; 2], [width, height]: [usize; 2]) -> Vec<u8> {
    let [stride, _] = whole.size();
    let samples = whole.into_samples();
    let rows = samples.chunks_exact(stride).skip(top).take(height);
    rows.flat_map(|row| &row[left..left + width]).copied().collect()
}

pub(super) fn wanted(eighths: u8, part: Option<Part>) -> Wanted {
    let pixels_max = Limits::default().source_pixels_max;
    Wanted { eighths, full_color: false, part, pixels_max }
}

fn some_part(file: &[u8], width: usize, height: usize) -> Part {
    let mut number = file
        .iter()
        .fold(file.len(), |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(*byte)));
    let mut below = |end: usize| {
        let drawn = number % end;
        number /= end;
        drawn
    };
    let mut range = |length: usize| {
        let start = below(length);
        start..start + 1 + below(length - start)
    };
    Part { columns: range(width), rows: range(height) }
}

/// As its own frame header says, and no other bytes that look like one.
fn is_progressive(file: &[u8]) -> bool {
    let Ok(mut segments) = Segments::new(file) else { return false };
    let mut markers = std::iter::from_fn(|| segments.next().ok()).map(|segment| segment.marker);
    markers.find(|marker| matches!(marker, 0xC0..=0xCF) && *marker != DHT) == Some(SOF_PROGRESSIVE)
}
