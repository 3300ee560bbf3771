use gif::Encoder;

use super::*;

const RED: u8 = 0;
const BLUE: u8 = 1;
const NOTHING: u8 = 2;

/// Three pixels in a row; each frame is (left, indices, disposal).
fn animation(frames: &[(u16, &[u8], DisposalMethod)]) -> Vec<u8> {
    let mut file = Vec::new();
    let palette = [255, 0, 0, 0, 0, 255, 9, 9, 9];
    let mut encoder = Encoder::new(&mut file, 3, 1, &palette).unwrap();
    encoder.set_repeat(Repeat::Finite(2)).unwrap();
    for &(left, indices, dispose) in frames {
        let width = u16::try_from(indices.len()).unwrap();
        let frame = gif::Frame {
            left,
            width,
            height: 1,
            dispose,
            delay: 7,
            transparent: Some(NOTHING),
            ..Default::default()
        };
        encoder.write_frame(&gif::Frame { buffer: indices.into(), ..frame }).unwrap();
    }
    drop(encoder);
    file
}

/// One letter a pixel.
fn seen(bytes: &[u8]) -> Vec<String> {
    let letter = |pixel: &[u8; 4]| match pixel {
        [255, 0, 0, 255] => 'r',
        [0, 0, 255, 255] => 'b',
        [_, _, _, 0] => '.',
        _ => '?',
    };
    let picture = decode(bytes, Frames::All).unwrap();
    picture
        .rasters()
        .map(|raster| raster.pixels.as_chunks::<4>().0.iter().map(letter).collect())
        .collect()
}

#[test]
fn frames_are_laid_over_each_other_as_they_say() {
    let file = animation(&[
        (0, &[RED, RED, NOTHING], DisposalMethod::Keep),
        (1, &[BLUE], DisposalMethod::Previous),
        (2, &[BLUE], DisposalMethod::Background),
        (0, &[NOTHING, BLUE], DisposalMethod::Keep),
    ]);
    assert_eq!(seen(&file), ["rr.", "rb.", "rrb", "rb."]);
    assert_eq!(probe(&file).unwrap().frames, 4);
}

#[test]
fn what_is_written_plays_the_same() {
    let file = animation(&[
        (0, &[RED, RED, NOTHING], DisposalMethod::Keep),
        (1, &[BLUE], DisposalMethod::Keep),
    ]);
    let picture = decode(&file, Frames::All).unwrap();
    let again = encode(picture).unwrap();
    assert_eq!(seen(&again), seen(&file));
    let picture = decode(&again, Frames::All).unwrap();
    assert_eq!((picture.frames[1].delay_ms, picture.repeats), (70, Some(2)));
}

#[test]
fn every_truncation_is_seen() {
    let file =
        animation(&[(0, &[RED; 3], DisposalMethod::Keep), (0, &[BLUE; 3], DisposalMethod::Keep)]);
    for length in 6..file.len() {
        let error =
            probe(&file[..length]).and_then(|_| decode(&file[..length], Frames::All)).unwrap_err();
        assert!(
            matches!(error, OriginalError::Truncated { .. }),
            "{length} of {}: {error:?}",
            file.len()
        );
    }
}
