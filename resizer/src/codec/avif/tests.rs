use proptest::prelude::*;

use super::*;
use crate::Size;

const SIZE: Size = Size { width: 33, height: 19 };

/// A slope of red and green with a blue ground; opacity grows from left to right.
fn slope(layout: Layout) -> Raster {
    let mut raster = Raster::blank(SIZE, layout);
    for (at, pixel) in (0u32..).zip(raster.pixels.chunks_exact_mut(layout.channels())) {
        let (x, y) = (at % SIZE.width, at / SIZE.width);
        let rgba = [x * 7, y * 13, 60, x * 255 / 32].map(|value| u8::try_from(value).unwrap());
        pixel.copy_from_slice(&rgba[..layout.channels()]);
    }
    raster
}

fn decoded(file: &[u8]) -> Raster {
    match decode(file).unwrap() {
        Decoded::Eight(mut picture) => picture.frames.remove(0).raster,
        _ => panic!("8 bits are written, and read as pixels"),
    }
}

fn largest_difference(a: &Raster, b: &Raster) -> u8 {
    assert_eq!((a.size, a.layout), (b.size, b.layout));
    a.pixels.iter().zip(&b.pixels).map(|(a, b)| a.abs_diff(*b)).max().unwrap()
}

#[test]
fn what_is_written_is_read_again() {
    for layout in [Layout::Gray, Layout::Rgb, Layout::Rgba] {
        let raster = slope(layout);
        let file = encode(&raster, 100, None).unwrap();
        let off = largest_difference(&decoded(&file), &raster);
        assert!(off <= 10, "{layout:?}: {off}");
        let probe = probe(&file).unwrap();
        assert_eq!((probe.stored, probe.has_alpha), (SIZE, layout == Layout::Rgba));
        assert_eq!(probe.color == ColorKind::Gray, layout == Layout::Gray);
    }
}

#[test]
fn quality_buys_bytes() {
    let bytes =
        [20, 50, 80, 95].map(|quality| encode(&slope(Layout::Rgb), quality, None).unwrap().len());
    assert!(bytes.is_sorted() && bytes[0] < bytes[3], "{bytes:?}");
}

#[test]
fn qualities_fall_on_the_scale() {
    let quantizers = [1, 50, 65, 80, 95, 96, 100].map(quantizer);
    assert_eq!(quantizers, [57, 37, 33, 28, 10, 8, 0]);
}

#[test]
fn the_smallest_sizes_have_their_colour() {
    for (width, height) in [(1, 1), (1, 2), (2, 1), (3, 3)] {
        let size = Size { width, height };
        let mut raster = Raster::blank(size, Layout::Rgb);
        raster.pixels.chunks_exact_mut(3).for_each(|pixel| pixel.copy_from_slice(&[200, 90, 30]));
        let off = largest_difference(&decoded(&encode(&raster, 95, None).unwrap()), &raster);
        assert!(off <= 12, "{width} x {height}: {off}");
    }
}

#[test]
fn every_truncation_is_seen() {
    let file = encode(&slope(Layout::Rgba), 80, None).unwrap();
    for length in 12..file.len() {
        let error = decode(&file[..length]).unwrap_err();
        assert!(matches!(error, OriginalError::Truncated { .. }), "{length}: {error:?}");
    }
}

#[test]
fn a_stream_larger_than_its_box_says_is_refused() {
    let file = encode(&slope(Layout::Rgb), 80, None).unwrap();
    let at = file.windows(4).position(|kind| kind == b"ispe").unwrap();
    for (width, height) in [(8u32, 8u32), (64, 64)] {
        let mut lie = file.clone();
        lie[at + 8..at + 12].copy_from_slice(&width.to_be_bytes());
        lie[at + 12..at + 16].copy_from_slice(&height.to_be_bytes());
        assert_eq!(probe(&lie).unwrap().stored, Size { width, height });
        assert!(matches!(decode(&lie), Err(OriginalError::Malformed { .. })));
    }
}

#[test]
fn code_points_become_a_profile_where_they_are_not_srgb() {
    let cicp = |primaries, transfer| Cicp { primaries, transfer, matrix: 6, full_range: true };
    for as_srgb in [cicp(1, 13), cicp(2, 2), cicp(1, 1), cicp(1, 6)] {
        assert!(profile(as_srgb).unwrap().is_none());
    }
    assert!(profile(cicp(12, 13)).unwrap().is_some(), "Display P3");
    for hdr in [16, 18] {
        assert!(matches!(profile(cicp(9, hdr)), Err(OriginalError::UnsupportedFeature { .. })));
    }
}

proptest! {
    /// Whatever happens to a file, it is decoded or refused; nothing panics and nothing aborts.
    #[test]
    fn damage_anywhere_is_survived(at in 0usize..2000, bytes in any::<[u8; 3]>()) {
        let mut file = include_bytes!("../../../../fixtures/images/orientation-7.avif").to_vec();
        let at = at % (file.len() - 3);
        file[at..at + 3].copy_from_slice(&bytes);
        if probe(&file).is_ok_and(|probe| probe.stored.pixels() < 1_000_000) {
            let _ = decode(&file);
        }
    }
}
