use std::convert::Infallible;
use std::iter;

use super::*;
use crate::{Limits, Transform};

/// A grey slope with a step, so that every block has something in it.
fn photograph() -> Vec<u8> {
    let size = Size { width: 100, height: 60 };
    let mut raster = Raster::blank(size, Layout::Rgb);
    for (at, byte) in raster.pixels.iter_mut().enumerate() {
        *byte = u8::try_from((at * 7 + at / 300 * 13) % 256).unwrap();
    }
    encode(&raster, 90, None).unwrap()
}

/// Of a whole JPEG in a format that has planes, or has none.
fn plan(jpeg: &[u8], format: Format, eighths: u8) -> Plan {
    let (limits, format) = (Limits::default(), Some(format));
    let transform = Transform { format, ..Transform::default() };
    let mut plan = crate::plan(&probe(jpeg).unwrap(), &transform, &limits).unwrap();
    plan.eighths = eighths;
    plan
}

/// The sizes of the planes, or of the pixels.
fn sizes(decoded: Decoded) -> Vec<(u32, u32)> {
    let size = |raster: &Raster| (raster.size.width, raster.size.height);
    match decoded {
        Decoded::Planar(planar) => match planar.planes {
            Planes::Luma(_, luma, chroma) => iter::once(luma)
                .chain(chroma.into_iter().flatten())
                .map(|plane| size(&plane.raster))
                .collect(),
            other => panic!("brightness and colour, not {other:?}"),
        },
        Decoded::Eight(picture) => picture.rasters().map(size).collect(),
        Decoded::Sixteen(_) => panic!("8 bits"),
    }
}

#[test]
fn scales_round_up() {
    let jpeg = photograph();
    let sizes = |format, eighths| sizes(decode(&jpeg, &plan(&jpeg, format, eighths)).unwrap());
    assert_eq!(sizes(Format::Jpeg, 8), [(100, 60), (50, 30), (50, 30)]);
    assert_eq!(sizes(Format::Jpeg, 3), [(38, 23), (19, 12), (19, 12)]);
    assert_eq!(sizes(Format::WebP, 1), [(13, 8), (7, 4), (7, 4)]);
    assert_eq!(sizes(Format::Png, 8), [(100, 60)]);
    assert_eq!(sizes(Format::Png, 2), [(25, 15); 3], "all of the colour where pixels are wanted");
    assert_eq!(sizes(Format::Png, 4), [(50, 30)], "for which libjpeg-turbo has the transform");
}

/// Either way of storing inks; at 1/8 both decoders' planes are the same.
#[test]
fn inks_are_those_of_libjpeg_turbo() {
    let mut jpeg = include_bytes!("../../../../fixtures/images/cmyk.jpg").to_vec();
    let transform = jpeg.windows(5).position(|name| name == b"Adobe").unwrap() + 11;
    for stored_as in [0, 2] {
        jpeg[transform] = stored_as;
        let size = probe(&jpeg).unwrap().stored;
        let mut theirs = decode_by_turbo(&jpeg, size, Layout::Cmyk, 1).unwrap();
        invert(&mut theirs);
        let Decoded::Planar(planar) = decode(&jpeg, &plan(&jpeg, Format::Png, 1)).unwrap() else {
            panic!("in planes")
        };
        assert_eq!(matches!(planar.planes, Planes::Ycck(_)), stored_as == 2);
        let ours = planar.planes.join(|plane| Ok::<_, Infallible>(plane.raster)).unwrap();
        assert_eq!(ours, theirs, "transform {stored_as}");
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
    let photograph = photograph();
    let mut jpeg = photograph.clone();
    let at = jpeg.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
    let mut small = jpeg[at..at + 19].to_vec();
    small[5..9].copy_from_slice(&[0, 8, 0, 8]);
    jpeg.splice(at + 19..at + 19, small);
    assert!(matches!(probe(&jpeg), Err(OriginalError::Malformed { .. })));
    for (format, eighths) in [(Format::Jpeg, 8), (Format::Png, 8), (Format::Jpeg, 1)] {
        let decoded = decode(&jpeg, &plan(&photograph, format, eighths));
        assert!(matches!(decoded, Err(OriginalError::Malformed { .. })));
    }
}
