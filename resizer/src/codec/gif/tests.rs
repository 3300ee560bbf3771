use gif::Encoder;
use proptest::prelude::*;

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

#[test]
fn interlaced_rows_find_their_places() {
    for height in 1..=17_u8 {
        let passes = [(0, 8), (4, 8), (2, 4), (1, 2)];
        let order = passes.into_iter().flat_map(|(first, step)| (first..height).step_by(step));
        let buffer = order.flat_map(|y| [y, y]).collect::<Vec<u8>>();
        let mut file = Vec::new();
        let palette: Vec<u8> = (0..=255).flat_map(|red| [red, 0, 0]).collect();
        let mut encoder = Encoder::new(&mut file, 2, height.into(), &palette).unwrap();
        let frame = gif::Frame {
            width: 2,
            height: height.into(),
            interlaced: true,
            buffer: buffer.into(),
            ..Default::default()
        };
        encoder.write_frame(&frame).unwrap();
        drop(encoder);
        let picture = decode(&file, Frames::First).unwrap();
        let reds: Vec<u8> = picture.frames[0].raster.pixels.iter().copied().step_by(4).collect();
        assert_eq!(reds, (0..height).flat_map(|y| [y, y]).collect::<Vec<u8>>());
    }
}

#[test]
fn broken_pixels_are_refused() {
    let [one_bit_values, clear, end] = [1, 2, 3];
    assert_eq!(lzw::unpack(&[], 1), None);
    assert_eq!(lzw::unpack(&[9, 0, 0], 1), None);
    assert_eq!(lzw::unpack(&[one_bit_values, clear | 1 << 2], 1), Some(vec![1]));
    assert_eq!(lzw::unpack(&[one_bit_values, clear | 1 << 2 | end << 4], 2), None);
    assert_eq!(lzw::unpack(&[one_bit_values, clear | 1 << 2 | 5 << 4], 2), None);
}

proptest! {
    #[test]
    fn what_is_packed_is_unpacked(
        values in prop::collection::vec(any::<u8>(), 1..6000),
        bits in 1..=8_u32,
        run in 1..40_usize
    ) {
        let mask = u8::try_from((1_u32 << bits) - 1).unwrap();
        let values: Vec<u8> = values.iter().flat_map(|value| vec![value & mask; run]).collect();
        let mut frame = gif::Frame { buffer: values.as_slice().into(), ..Default::default() };
        frame.make_lzw_pre_encoded();
        prop_assert_eq!(lzw::unpack(&frame.buffer, values.len()), Some(values));
    }

    #[test]
    fn no_packed_pixels_are_a_panic(
        data in prop::collection::vec(any::<u8>(), 0..400), bits in 0..12_u8, count in 0..2000_usize
    ) {
        let unpacked = lzw::unpack(&[&[bits], &*data].concat(), count);
        prop_assert!(unpacked.is_none_or(|values| values.len() == count));
    }
}
