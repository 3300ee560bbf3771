use super::*;
use crate::Size;

/// A grey slope with a step, so that every block has something in it.
fn photograph() -> Vec<u8> {
    let size = Size { width: 100, height: 60 };
    let mut raster = Raster::blank(size, Layout::Rgb);
    for (at, byte) in raster.pixels.iter_mut().enumerate() {
        *byte = u8::try_from((at * 7 + at / 300 * 13) % 256).unwrap();
    }
    encode(&raster, 90, None).unwrap()
}

#[test]
fn scales_round_up() {
    let jpeg = photograph();
    for (eighths, width, height) in [(8, 100, 60), (4, 50, 30), (2, 25, 15), (1, 13, 8)] {
        let size = decode(&jpeg, eighths).unwrap().frames[0].raster.size;
        assert_eq!(size, Size { width, height });
    }
}

#[test]
fn every_truncation_is_seen() {
    let jpeg = photograph();
    check(&jpeg).unwrap();
    for length in [4, 100, jpeg.len() / 2, jpeg.len() - 3, jpeg.len() - 2, jpeg.len() - 1] {
        let error = check(&jpeg[..length]).unwrap_err();
        assert!(
            matches!(error, OriginalError::Truncated { .. }),
            "{length} of {}: {error:?}",
            jpeg.len()
        );
    }
}

#[test]
fn stray_bytes_are_forgiven_and_do_not_hide_a_missing_end() {
    let mut jpeg = photograph();
    jpeg.splice(jpeg.len() - 2.., [0x42, 0x43, 0xFF, 0xD9, b't', b'a', b'i', b'l']);
    check(&jpeg).unwrap();
    jpeg.truncate(jpeg.len() - 6);
    assert!(matches!(check(&jpeg), Err(OriginalError::Truncated { .. })));
}

#[test]
fn damaged_data_is_refused_with_its_reason() {
    let mut jpeg = photograph();
    let middle = jpeg.len() / 2;
    jpeg[middle..middle + 64].fill(0x00);
    jpeg[middle + 64..middle + 66].copy_from_slice(&[0xFF, 0xD5]);
    let error = check(&jpeg).unwrap_err();
    assert!(
        matches!(error, OriginalError::Malformed { .. } | OriginalError::Truncated { .. }),
        "{error:?}"
    );
}

#[test]
fn a_second_frame_header_cannot_enlarge_what_the_limits_passed() {
    let mut jpeg = photograph();
    let at = jpeg.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
    let mut small = jpeg[at..at + 19].to_vec();
    small[5..9].copy_from_slice(&[0, 8, 0, 8]);
    jpeg.splice(at + 19..at + 19, small);
    assert_eq!(probe(&jpeg).unwrap().stored, Size { width: 8, height: 8 });
    assert!(matches!(decode(&jpeg, 8), Err(OriginalError::Malformed { .. })));
}
