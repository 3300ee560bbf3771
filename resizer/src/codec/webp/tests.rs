use super::*;
use crate::Size;
use crate::codec::gif;
use crate::copyright::Copyright;
use crate::raster::Raster;

const SIZE: Size = Size { width: 8, height: 8 };

/// One colour a frame.
fn animation(frames: &[([u8; 4], u32)], repeats: Option<u16>) -> Picture {
    let frame = |&(color, delay_ms): &([u8; 4], u32)| {
        let pixels = color.repeat(64);
        Frame { raster: Raster { size: SIZE, layout: Layout::Rgba, pixels }, delay_ms }
    };
    Picture {
        frames: frames.iter().map(frame).collect(),
        repeats,
        icc: None,
        copyright: Copyright::default(),
    }
}

/// The first pixel and the delay of each frame.
fn shown(picture: &Picture) -> Vec<([u8; 4], u32)> {
    let first = |frame: &Frame| (frame.raster.pixels.as_chunks::<4>().0[0], frame.delay_ms);
    picture.frames.iter().map(first).collect()
}

fn is_near(a: &[([u8; 4], u32)], b: &[([u8; 4], u32)]) -> bool {
    let color = |a: [u8; 4], b: [u8; 4]| {
        a[3] == b[3] && (a[3] == 0 || a.iter().zip(b).all(|(a, b)| a.abs_diff(b) < 6))
    };
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.1 == b.1 && color(a.0, b.0))
}

const FRAMES: [([u8; 4], u32); 4] = [
    ([200, 10, 10, 255], 70),
    ([10, 10, 200, 255], 130),
    // What was there before must not show through.
    ([0, 0, 0, 0], 40),
    ([10, 200, 10, 255], 500),
];

#[test]
fn what_is_written_plays_the_same() {
    for repeats in [None, Some(0), Some(2)] {
        let file = encode(&animation(&FRAMES, repeats), 90, None).unwrap();
        let probe = probe(&file).unwrap();
        assert_eq!((probe.frames, probe.stored), (4, SIZE));
        let again = decode(&file, &probe, Frames::All).unwrap();
        assert!(is_near(&shown(&again), &FRAMES), "{:?}", shown(&again));
        assert_eq!(again.repeats, repeats);
    }
}

#[test]
fn a_gif_and_back_keeps_frames_times_and_repeats() {
    for repeats in [None, Some(0), Some(2)] {
        let as_gif = gif::encode(animation(&FRAMES, repeats)).unwrap();
        let from_gif = gif::decode(&as_gif, Frames::All).unwrap();
        assert_eq!(from_gif.repeats, repeats);
        let as_webp = encode(&from_gif, 90, None).unwrap();
        let probe = probe(&as_webp).unwrap();
        let from_webp = decode(&as_webp, &probe, Frames::All).unwrap();
        assert!(is_near(&shown(&from_webp), &FRAMES), "{:?}", shown(&from_webp));
        assert_eq!(from_webp.repeats, repeats);
    }
}

#[test]
fn the_first_frame_alone_is_a_still() {
    let file = encode(&animation(&FRAMES, None), 90, None).unwrap();
    let first = decode(&file, &probe(&file).unwrap(), Frames::First).unwrap();
    assert_eq!(first.frames.len(), 1);
    let still = encode(&first, 90, None).unwrap();
    assert_eq!(probe(&still).unwrap().frames, 1);
}

#[test]
fn every_truncation_is_seen() {
    let file = encode(&animation(&FRAMES, None), 90, None).unwrap();
    for length in 12..file.len() {
        assert!(
            matches!(probe(&file[..length]), Err(OriginalError::Truncated { .. })),
            "{length} of {}",
            file.len()
        );
    }
}
