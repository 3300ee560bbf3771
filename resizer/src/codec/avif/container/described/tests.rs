use super::*;

fn described(properties: &[(&[u8; 4], &[u8])]) -> Orientation {
    let mut described = Described {
        size: Some(Size { width: 2, height: 1 }),
        is_monochrome: Some(false),
        ..Described::default()
    };
    for (kind, payload) in properties {
        assert_eq!(described.take(&Box { kind: **kind, payload }), Ok(true));
    }
    described.finish(Cow::Borrowed(&[])).unwrap().orientation
}

#[test]
fn turns_and_mirrors_are_those_of_exif() {
    let turned = |quarters, mirror: Option<u8>| {
        let (quarters, mirror) = ([quarters], mirror.map(|axis| [axis]));
        let mut properties: Vec<(&[u8; 4], &[u8])> = vec![(b"irot", &quarters)];
        properties.extend(mirror.as_ref().map(|axis| (b"imir", &axis[..])));
        described(&properties).exif()
    };
    // libavif's table of the same (avifImageExtractExifOrientationToIrotImir).
    let expected = [
        (0, None, 1),
        (0, Some(1), 2),
        (2, None, 3),
        (0, Some(0), 4),
        (1, Some(0), 5),
        (3, None, 6),
        (3, Some(0), 7),
        (1, None, 8),
    ];
    for (quarters, mirror, exif) in expected {
        assert_eq!(turned(quarters, mirror), exif, "irot {quarters}, imir {mirror:?}");
    }
}
