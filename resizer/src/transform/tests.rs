use proptest::option;
use proptest::prelude::*;

use super::*;
use crate::Focus;

fn sometimes(values: &[&'static str]) -> impl Strategy<Value = Option<&'static str>> + use<> {
    option::of(prop::sample::select(values.to_vec()))
}

/// A part of a transform's text, from each of whose keys any of some values may come.
fn parts() -> impl Strategy<Value = Vec<Option<String>>> {
    let values = [
        &["orient=1", "orient=6"],
        &["trim=0", "trim=255", "trim=10_ff8800"][..],
        &["region=square", "region=0_1_2_4294967295", "region=pct_0_0.0001_33.3333_100"],
        &["fit=inside", "fit=outside", "fit=cover", "fit=contain", "fit=fill"],
        &["g=n", "g=sw", "g=smart", "g=fp_0_1", "g=fp_0.125_0.5_2.25"],
        &["enlarge=1"],
        &["flip=1"],
        &["rotate=90", "rotate=180", "rotate=270"],
        &["bri=-100", "bri=7"],
        &["con=100"],
        &["sat=-1"],
        &["blur=0.3", "blur=250", "blur=12.34"],
        &["sharpen=1", "sharpen=500_0.75"],
        &["pad=1", "pad=0_0_0_7"],
        &[
            "mark=abcdefghijklmnopqrstuvwxyz234567",
            "mark=abcdefghijklmnopqrstuvwxyz234567_nw_w50_o25_m9",
        ],
        &["radius=1", "radius=max"],
        &["bg=012abc"],
        &["tone=gray", "tone=bitonal", "tone=mono_012abc"],
        &["fm=jpg", "fm=png", "fm=webp", "fm=avif", "fm=gif"],
        &["bytes=1", "bytes=20000"],
        &["meta=none"],
    ];
    let fixed: Vec<_> = values.iter().map(|values| sometimes(values).boxed()).collect();
    let numbers = (option::of(1u32..), option::of(1u32..), option::of(1u8..=100));
    (fixed, numbers).prop_map(|(fixed, (width, height, quality))| {
        let fixed = fixed.into_iter().map(|text| text.map(str::to_owned));
        let numbers = [
            width.map(|width| format!("w={width}")),
            height.map(|height| format!("h={height}")),
            quality.map(|quality| format!("q={quality}")),
        ];
        fixed.chain(numbers).collect()
    })
}

fn transforms() -> impl Strategy<Value = Transform> {
    parts().prop_map(|parts| {
        let text = parts.into_iter().flatten().collect::<Vec<_>>().join(",");
        if text.is_empty() { Transform::default() } else { text.parse().expect("parts are valid") }
    })
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
    fn no_text_makes_it_panic(text in "([a-z]{1,7}=[-a-z0-9._+ ]{0,12},?){0,4}") {
        if let Ok(transform) = text.parse::<Transform>() {
            prop_assert_eq!(transform.to_string().parse::<Transform>().unwrap(), transform);
        }
    }
}

#[test]
fn the_text_is_pinned() {
    let text = "trim=10_ffffff,region=pct_10.5_0_50_50,w=400,h=300,fit=cover,g=fp_0.5_0.25_2,enlarge=1,flip=1,\
                rotate=90,bri=-10,con=20,sat=-30,blur=2.5,sharpen=100_1.5,pad=10_20_10_20,\
                mark=abcdefghijklmnopqrstuvwxyz234567_nw_w25_o50_m10,radius=max,bg=ffff00,tone=gray,fm=webp,q=75,bytes=20000,meta=none";
    let all: Transform = text.parse().unwrap();
    let focus = Focus::new(500, 250, 200).unwrap();
    assert_eq!((all.width, all.height, all.gravity), (Some(400), Some(300), Gravity::Focal(focus)));
    assert_eq!((all.rotate, all.quality), (Rotation::Quarter, Some(75)));
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
            "\"wide\" is not known; known are orient, trim, region, w, h, fit, g, enlarge, flip, rotate, bri, con, sat, \
             blur, sharpen, pad, mark, radius, bg, tone, fm, q, bytes, meta",
        ),
        ("w=4,w=5", "w is given twice; give it once"),
        ("w=04", "w=04 is not understood; w is a number of pixels from 1"),
        ("w=+4", "w=+4 is not understood; w is a number of pixels from 1"),
        ("region=1_2_0_4", "a region is at least one pixel wide and high"),
        ("blur=0.29", "blur=0.29 is not understood; blur is 0.3 to 250 with at most two decimals"),
        ("con=101", "con=101 is not understood; con is a percentage from -100 to 100"),
        ("bytes=0", "bytes is at least 1; leave it out for a file of any size"),
        ("bytes=9k", "bytes=9k is not understood; bytes is a number of bytes from 1"),
        ("meta=all", "meta=all is not understood; meta is none, or left out"),
        ("w=4294967296", "w=4294967296 is not understood; w is a number of pixels from 1"),
        ("h=0", "w and h are at least 1; leave out the one that shall follow from the other"),
        ("q=0", "q=0 is out of range; q is 1 to 100"),
        ("q=101", "q=101 is out of range; q is 1 to 100"),
        ("q=300", "q=300 is not understood; q is 1 to 100"),
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
    assert_eq!(simplified("w=4,h=4,fit=contain,g=smart"), "w=4,h=4,fit=contain", "nothing is cut");
    assert_eq!(simplified("fm=png,bytes=9"), "fm=png", "nor one that could fall");
    assert_eq!(simplified("fm=gif,meta=none"), "fm=gif", "gif has no EXIF");
    assert_eq!(simplified("fm=png,q=40"), "fm=png", "png has no quality");
    assert_eq!(simplified("w=4,h=4,fit=cover,g=n,q=81"), "w=4,h=4,fit=cover,g=n,q=81");
}
