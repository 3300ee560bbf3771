use proptest::option;
use proptest::prelude::*;

use super::*;

fn transforms() -> impl Strategy<Value = Transform> {
    let fits =
        prop::sample::select(vec![Fit::Inside, Fit::Outside, Fit::Cover, Fit::Contain, Fit::Fill]);
    let gravities = prop::sample::select(Gravity::ALL.to_vec());
    let rotations = prop::sample::select(vec![0, 90, 180, 270])
        .prop_map(|degrees| Rotation::from_degrees(degrees).unwrap());
    let formats = prop::sample::select(vec![Format::Jpeg, Format::Png, Format::WebP, Format::Gif]);
    let edges = (option::of(1u32..), option::of(1u32..));
    let turns = (any::<bool>(), any::<bool>(), rotations);
    let colors = any::<[u8; 3]>().prop_map(Color::from);
    let metadata = prop::sample::select(vec![Metadata::Copyright, Metadata::None]);
    let file = (option::of(formats), option::of(1u8..=100), option::of(1u32..), metadata);
    (edges, fits, gravities, turns, option::of(colors), file).prop_map(
        |(
            (width, height),
            fit,
            gravity,
            (enlarge, flip, rotate),
            background,
            (format, quality, bytes_max, metadata),
        )| Transform {
            width,
            height,
            fit,
            gravity,
            enlarge,
            flip,
            rotate,
            background,
            format,
            quality,
            bytes_max,
            metadata,
        },
    )
}

proptest! {
    #[test]
    fn printing_and_parsing_lead_back(transform in transforms()) {
        prop_assert_eq!(transform.to_string().parse::<Transform>().unwrap(), transform);
    }

    #[test]
    fn text_fits_a_key_and_a_url(transform in transforms()) {
        let text = transform.to_string();
        prop_assert!(!text.is_empty());
        prop_assert!(text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_,.=-".contains(&b)));
    }

    #[test]
    fn simplifying_twice_changes_no_more(transform in transforms()) {
        let once = transform.simplified();
        prop_assert_eq!(once.simplified(), once);
        prop_assert!(once.to_string().len() <= transform.to_string().len().max("full".len()));
    }

    #[test]
    fn no_text_makes_it_panic(text in "[a-z0-9=,+ ]{0,40}") {
        if let Ok(transform) = text.parse::<Transform>() {
            prop_assert_eq!(transform.to_string().parse::<Transform>().unwrap(), transform);
        }
    }
}

#[test]
fn the_text_is_pinned() {
    let all = Transform {
        width: Some(400),
        height: Some(300),
        fit: Fit::Cover,
        gravity: Gravity::NorthEast,
        enlarge: true,
        flip: true,
        rotate: Rotation::Quarter,
        background: Some(Color::from([255, 255, 0])),
        format: Some(Format::WebP),
        quality: Some(75),
        bytes_max: Some(20_000),
        metadata: Metadata::None,
    };
    let text = "w=400,h=300,fit=cover,g=ne,enlarge=1,flip=1,rotate=90,bg=ffff00,fm=webp,q=75,\
                bytes=20000,meta=none";
    assert_eq!(all.to_string(), text, "stored renditions are named by this text");
    assert_eq!(Transform::default().to_string(), "full");
}

#[test]
fn keys_come_in_any_order() {
    assert_eq!("fm=webp,w=400".parse::<Transform>().unwrap().to_string(), "w=400,fm=webp");
}

#[test]
fn each_mistake_is_named() {
    let mistakes = [
        ("", "\"\" is not of the form key=value; an example is w=400,fm=webp"),
        ("w", "\"w\" is not of the form key=value; an example is w=400,fm=webp"),
        (
            "wide=4",
            "\"wide\" is not known; known are w, h, fit, g, enlarge, flip, rotate, bg, fm, q, bytes and meta",
        ),
        ("w=4,w=5", "w is given twice; give it once"),
        ("w=04", "w=04 is not understood; w is a number of pixels from 1"),
        ("w=+4", "w=+4 is not understood; w is a number of pixels from 1"),
        ("w=4294967296", "w=4294967296 is not understood; w is a number of pixels from 1"),
        ("h=0", "w and h are at least 1; leave out the one that shall follow from the other"),
        ("q=0", "q=0 is out of range; q is 1 to 100"),
        ("q=101", "q=101 is out of range; q is 1 to 100"),
        ("q=300", "q=300 is not understood; q is 1 to 100"),
        ("bytes=0", "bytes is at least 1; leave it out for a file of any size"),
        ("bytes=9k", "bytes=9k is not understood; bytes is a number of bytes from 1"),
        ("meta=all", "meta=all is not understood; meta is none, or left out"),
        ("fm=tiff", "fm=tiff is not written; fm is jpg, png, webp, avif or gif"),
        ("fit=crop", "fit=crop is not understood; fit is inside, outside, cover, contain or fill"),
        (
            "rotate=45",
            "rotate=45 is not understood; rotate is 0, 90, 180 or 270 (degrees clockwise)",
        ),
        (
            "bg=FFFFFF",
            "bg=FFFFFF is not understood; bg is a colour as six digits, rrggbb in hexadecimal",
        ),
    ];
    for (text, message) in mistakes {
        assert_eq!(text.parse::<Transform>().unwrap_err().to_string(), message);
    }
}

#[test]
fn one_meaning_has_one_name() {
    let simplified = |text: &str| text.parse::<Transform>().unwrap().simplified().to_string();
    assert_eq!(simplified("w=400,fit=cover,g=n"), "w=400", "one edge leaves nothing to fit");
    assert_eq!(simplified("w=4,h=4,fit=fill,g=n"), "w=4,h=4,fit=fill", "fill cuts nothing");
    assert_eq!(simplified("enlarge=1,q=80"), "full");
    assert_eq!(simplified("fm=png,q=40"), "fm=png", "png has no quality");
    assert_eq!(simplified("fm=png,bytes=9"), "fm=png", "nor one that could fall");
    assert_eq!(simplified("fm=gif,meta=none"), "fm=gif", "gif has no EXIF");
    assert_eq!(simplified("bytes=9,meta=none"), "bytes=9,meta=none");
    assert_eq!(simplified("w=4,h=4,fit=cover,g=n,q=81"), "w=4,h=4,fit=cover,g=n,q=81");
}
