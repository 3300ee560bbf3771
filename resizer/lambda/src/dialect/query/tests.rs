use proptest::prelude::*;

use super::*;

fn asked(query: &str) -> Result<Asked, QueryError> {
    parse(&query_string::pairs(&format!("/?{query}").parse().unwrap()))
}

const UPRIGHT: Size = Size { width: 1000, height: 800 };

fn canonical(query: &str) -> String {
    asked(query).unwrap().transform(UPRIGHT).to_string()
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
        ("w=400&ar=16:9", "w=400,h=225,fit=cover"),
        ("h=90&ar=1.91:1&dpr=2&fit=crop&crop=top", "w=344,h=180,fit=cover,g=n,enlarge=1"),
        ("w=400&h=300&ar=1:1&fit=crop", "w=400,h=300,fit=cover,enlarge=1"),
        ("w=400&ar=1:1&fit=max", "w=400,h=400"),
        ("ar=1:1", "w=1048576,h=1048576,fit=cover"),
        ("ar=1:1&fit=clip", "full"),
        ("w=500&max-h=300&fit=crop&crop=top", "w=500,h=300,fit=cover,g=n,enlarge=1"),
        ("w=500&max-h=300&dpr=2", "w=1000,h=600,fit=cover"),
        ("w=500&max-h=500&fit=crop", "w=500,enlarge=1"),
        ("w=500&min-h=500&fit=crop", "w=500,h=500,fit=cover,enlarge=1"),
        ("w=500&max-h=300&fit=max", "w=500,h=300"),
        ("w=500&max-h=300&fit=fill", "w=500,h=300,fit=contain,enlarge=1"),
        ("w=500&h=300&max-w=9&max-h=9", "w=500,h=300"),
        ("w=500&h=300&max-w=900", "w=500,h=300"),
        ("max-w=640", "w=640"),
        ("w=100&pad=10&max-h=60", "w=80,h=40,fit=cover,pad=10"),
        ("orient=90&w=9", "orient=6,w=9"),
        ("or=3", "orient=3"),
        ("mono=29C1F5", "tone=mono_29c1f5"),
        ("w=101&dpr=1.5", "w=152"),
        ("w=1&dpr=0.1", "w=1"),
        ("dpr=3", "full"),
        ("w=400&fm=webp&q=60", "w=400,fm=webp,q=60"),
        ("fm=pjpg&q=80", "fm=jpg"),
        ("fm=png&q=60", "fm=png"),
        ("rot=90", "rotate=270"),
        ("flip=h", "flip=1"),
        ("flip=v", "flip=1,rotate=180"),
        ("flip=hv", "rotate=180"),
        ("flip=v&rot=90", "flip=1,rotate=90"),
        ("rot=90&flip=v", "flip=1,rotate=90"),
        ("rect=1,2,30,40&w=9", "region=1_2_30_40,w=9"),
        ("trim=auto", "trim=11"),
        ("trim=color&trim-tol=3", "trim=3_ffffff"),
        ("trim-tol=3&trim-color=000", "full"),
        ("w=9&h=9&fit=min&crop=entropy", "w=9,h=9,fit=cover,g=smart"),
        (
            "w=9&h=9&fit=min&crop=focalpoint&fp-x=.25&fp-z=1.5",
            "w=9,h=9,fit=cover,g=fp_0.25_0.5_1.5",
        ),
        ("w=9&h=9&fit=min&fp-x=.25", "w=9,h=9,fit=cover"),
        ("bri=-5&con=10&sat=-100", "bri=-5,con=10,sat=-100"),
        ("blur=25&sharp=0", "blur=2.5"),
        ("blur=1&sharp=40", "blur=0.3,sharpen=40"),
        ("w=100&pad=10&dpr=2", "w=160,pad=20"),
        ("w=10&pad=90", "w=1,pad=90"),
        ("border-radius=8&dpr=1.5", "radius=12"),
        ("border-radius=max", "radius=max"),
        ("mark=abcdefghijklmnopqrstuvwxyz234567", "mark=abcdefghijklmnopqrstuvwxyz234567_m5"),
        (
            "mark=abcdefghijklmnopqrstuvwxyz234567&mark-align=left,top&mark-scale=25&mark-alpha=50&mark-pad=0",
            "mark=abcdefghijklmnopqrstuvwxyz234567_nw_w25_o50",
        ),
        ("mark=abcdefghijklmnopqrstuvwxyz234567&mark-alpha=0", "full"),
        ("tone=gray&q=80", "tone=gray"),
        ("max-bytes=20000&meta=none", "bytes=20000,meta=none"),
        ("max-bytes=20000&fm=png", "fm=png"),
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
        ("fm=tiff", "fm=tiff is not understood; fm is jpg, pjpg, png, webp, avif or gif"),
        (
            "fit=cover",
            "fit=cover is not understood; fit is clip, max, crop, min, fill, fillmax or scale",
        ),
        (
            "crop=face",
            "crop=face is not understood; crop is top, bottom, left, right, a corner such as top,left, \
             focalpoint, faces, entropy or edges",
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
        ("w=1&dpr=5.01", "dpr=5.01 is not understood; dpr is a number from 0.1 to 5"),
        ("dpr=2.", "dpr=2. is not understood; dpr is a number from 0.1 to 5"),
        (
            "rect=1,2,0,4",
            "rect=1,2,0,4 is not understood; rect is x,y,width,height in pixels, such as 10,20,300,400",
        ),
        ("bri=101", "bri=101 is not understood; bri is a whole number from -100 to 100"),
        (
            "mark=logo",
            "mark=logo is not understood; mark is the id of an image, 32 characters of a-z and 2-7",
        ),
        (
            "max-bytes=0",
            "max-bytes=0 is not understood; max-bytes is a whole number of bytes from 1",
        ),
        ("meta=all", "meta=all is not understood; meta is none, or left out"),
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
        (prop::sample::select(PARAMETERS.to_vec()), "[0-9a-z.,-]{1,6}|crop|fill|max|webp|jpg|top|h|v|90|180|0.5|1,2,3,4|16:9|auto|focalpoint|gray|none|[a-z]{32}"), 0..6,
    )) {
        let pairs: Pairs = pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        if let Ok(asked) = parse(&pairs) {
            let transform = asked.transform(UPRIGHT);
            prop_assert_eq!(transform.to_string().parse::<Transform>(), Ok(transform));
            prop_assert_eq!(transform.simplified(), transform);
        }
    }

    #[test]
    fn order_makes_no_difference(pairs in prop::sample::subsequence(
        vec![("w", "40"), ("h", "30"), ("fit", "crop"), ("crop", "top"), ("rot", "90"), ("flip", "v"), ("dpr", "1.5"), ("q", "7"), ("meta", "none"), ("fp-x", "0.3"),
            ("trim", "color"), ("trim-color", "abc"), ("pad", "3")], 0..=13,
    ).prop_shuffle()) {
        let pairs: Pairs = pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let mut sorted = pairs.clone();
        sorted.sort();
        prop_assert_eq!(parse(&pairs), parse(&sorted));
    }
}
