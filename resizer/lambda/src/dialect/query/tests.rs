use proptest::prelude::*;

use super::*;

fn asked(query: &str) -> Result<Asked, QueryError> {
    parse(&query_string::pairs(&format!("/?{query}").parse().unwrap()))
}

fn canonical(query: &str) -> String {
    asked(query).unwrap().transform.to_string()
}

#[test]
fn queries_become_canonical_transforms() {
    for (query, transform) in [
        ("", "full"),
        ("w=400", "w=400"),
        ("h=300&w=400&fit=crop", "w=400,h=300,fit=cover,enlarge=1"),
        ("w=400&h=300&fit=min&crop=left,top", "w=400,h=300,fit=cover,g=nw"),
        ("w=400&h=300&fit=fill&bg=F80", "w=400,h=300,fit=contain,enlarge=1,bg=ff8800"),
        ("w=400&h=300&fit=fillmax&bg=ff8800", "w=400,h=300,fit=contain,bg=ff8800"),
        ("w=400&h=300&fit=scale", "w=400,h=300,fit=fill,enlarge=1"),
        ("w=400&fit=clip", "w=400,enlarge=1"),
        ("w=400&fit=max", "w=400"),
        ("w=400&dpr=2", "w=800"),
        ("w=101&dpr=1.5", "w=152"),
        ("w=1&dpr=0.1", "w=1"),
        ("dpr=3", "full"),
        ("w=400&fm=webp&q=60", "w=400,fm=webp,q=60"),
        ("fm=pjpg&q=80", "fm=jpg"),
        ("fm=png&q=60", "fm=png"),
        ("max-bytes=20000&meta=none", "bytes=20000,meta=none"),
        ("max-bytes=20000&fm=png", "fm=png"),
        ("rot=90", "rotate=270"),
        ("flip=h", "flip=1"),
        ("flip=v", "flip=1,rotate=180"),
        ("flip=hv", "rotate=180"),
        ("flip=v&rot=90", "flip=1,rotate=90"),
        ("rot=90&flip=v", "flip=1,rotate=90"),
    ] {
        assert_eq!(canonical(query), transform, "{query}");
    }
}

#[test]
fn a_bad_value_is_answered_with_a_good_one() {
    for (query, sentence) in [
        ("w=0", "w=0 is not understood; w is a whole number of pixels from 1"),
        ("w=", "w= is not understood; w is a whole number of pixels from 1"),
        ("h=%2B5", "h=+5 is not understood; h is a whole number of pixels from 1"),
        ("w=0.5", "w=0.5 is not understood; w is a whole number of pixels from 1"),
        ("q=101", "q=101 is not understood; q is a whole number from 1 to 100"),
        (
            "max-bytes=20k",
            "max-bytes=20k is not understood; max-bytes is a whole number of bytes from 1",
        ),
        (
            "max-bytes=0",
            "max-bytes=0 is not understood; max-bytes is a whole number of bytes from 1",
        ),
        ("meta=all", "meta=all is not understood; meta is none, or left out"),
        ("fm=tiff", "fm=tiff is not understood; fm is jpg, pjpg, png, webp, avif or gif"),
        (
            "fit=cover",
            "fit=cover is not understood; fit is clip, max, crop, min, fill, fillmax or scale",
        ),
        (
            "crop=faces",
            "crop=faces is not understood; crop is top, bottom, left, right, or a corner such as top,left",
        ),
        (
            "bg=red",
            "bg=red is not understood; bg is a colour of six or three hexadecimal digits, such as ff8800",
        ),
        (
            "rot=45",
            "rot=45 is not understood; rot is 0, 90, 180 or 270 (degrees counter-clockwise)",
        ),
        ("flip=x", "flip=x is not understood; flip is h, v or hv"),
        (
            "w=1&dpr=5.01",
            "dpr=5.01 is not understood; dpr is a number from 0.1 to 5 with at most two decimals",
        ),
        (
            "dpr=2.",
            "dpr=2. is not understood; dpr is a number from 0.1 to 5 with at most two decimals",
        ),
        ("w=1&w=2", "w is given twice; give it once"),
        ("auto=format&auto=format", "auto is given twice; give it once"),
    ] {
        assert_eq!(asked(query).unwrap_err().to_string(), sentence, "{query}");
    }
}

#[test]
fn what_is_unknown_is_named_and_has_no_effect() {
    let query = "width=400&w=20&auto=compress,format&a%0Ab=x&ixlib=js-3";
    let pairs = query_string::pairs(&format!("/?{query}").parse().unwrap());
    assert_eq!(ignored(&pairs), ["width", "auto=compress", "a%0Ab"]);
    assert_eq!(canonical(query), "w=20");
}

#[test]
fn a_format_that_is_named_is_not_negotiated() {
    for (query, negotiated) in [
        ("auto=format", true),
        ("auto=compress%2Cformat&w=1", true),
        ("auto=format&fm=png", false),
        ("auto=compress", false),
        ("w=1", false),
    ] {
        assert_eq!(asked(query).unwrap().negotiated, negotiated, "{query}");
    }
}

proptest! {
    /// Whatever comes in, what goes on is a transform that its own text leads back to.
    #[test]
    fn a_parsed_query_has_a_canonical_form(pairs in proptest::collection::vec(
        (prop::sample::select(PARAMETERS.to_vec()), "[0-9a-z.,]{1,6}|crop|fill|max|webp|jpg|top|h|v|90|180|none"), 0..6,
    )) {
        let pairs: Pairs = pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        if let Ok(Asked { transform, .. }) = parse(&pairs) {
            prop_assert_eq!(transform.to_string().parse::<Transform>(), Ok(transform));
            prop_assert_eq!(transform.simplified(), transform);
        }
    }

    #[test]
    fn order_makes_no_difference(pairs in prop::sample::subsequence(
        vec![("w", "40"), ("h", "30"), ("fit", "crop"), ("crop", "top"), ("rot", "90"), ("flip", "v"), ("dpr", "1.5"), ("q", "7"),
            ("max-bytes", "9"), ("meta", "none")], 0..=10,
    ).prop_shuffle()) {
        let pairs: Pairs = pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let mut sorted = pairs.clone();
        sorted.sort();
        prop_assert_eq!(parse(&pairs), parse(&sorted));
    }
}
