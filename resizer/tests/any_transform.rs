//! Whatever is asked of whatever image: it is rendered in the size that the plan says, or refused by name.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use proptest::option;
use proptest::prelude::*;
use resizer::{Limits, RenderError, Transform, apply, decode, encode, plan, probe};

const IMAGES: [&str; 7] = [
    "small-6.jpg",
    "small-7.png",
    "framed.png",
    "cmyk.jpg",
    "deep.png",
    "gray-alpha.png",
    "animated.gif",
];

fn image(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/images").join(name)).unwrap()
}

fn one_of(values: &[&'static str]) -> impl Strategy<Value = Option<String>> + use<> {
    option::of(prop::sample::select(values.to_vec()).prop_map(str::to_owned))
}

fn transforms() -> impl Strategy<Value = String> {
    let numbers = (option::of(1u32..120), option::of(1u32..120), 0u32..90, 0u32..90, 1u32..90);
    let numbers = numbers.prop_map(|(width, height, x, y, edge)| {
        let region = (edge > 20).then(|| format!("region={x}_{y}_{edge}_{edge}"));
        [width.map(|width| format!("w={width}")), height.map(|h| format!("h={h}")), region]
    });
    let words = (
        one_of(&["trim=0", "trim=30"]),
        one_of(&["fit=cover", "fit=cover", "fit=contain", "fit=fill", "fit=outside"]),
        one_of(&["g=ne", "g=s", "g=smart", "g=fp_0.3_0.9", "g=fp_0.3_0.9_1.7"]),
        one_of(&["enlarge=1"]),
        one_of(&["flip=1"]),
        one_of(&["rotate=90", "rotate=180", "rotate=270"]),
        one_of(&["blur=0.7", "blur=9"]),
        one_of(&["sharpen=90", "sat=-50"]),
        one_of(&["pad=3", "pad=1_0_2_7"]),
        one_of(&["radius=9", "radius=max", "tone=gray"]),
    );
    (numbers, words).prop_map(|([w, h, region], (a, b, c, d, e, f, g, i, j, k))| {
        let parts = [w, h, region, a, b, c, d, e, f, g, i, j, k];
        let text = parts.into_iter().flatten().collect::<Vec<_>>().join(",");
        if text.is_empty() { "full".to_owned() } else { text }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn it_is_rendered_or_refused(
        name in prop::sample::select(IMAGES.to_vec()),
        text in transforms(),
        format in prop::sample::select(vec!["png", "jpg"]),
    ) {
        let transform: Transform = format!("{text},fm={format}").replace("full,", "").parse().unwrap();
        let (original, limits) = (image(name), Limits::default());
        let probe = probe(&original, &limits).unwrap();
        let plan = match plan(&probe, &transform, &limits) {
            Err(RenderError::RegionOutside { .. }) => return Ok(()),
            plan => plan.unwrap(),
        };
        let picture = match apply(decode(&original, &plan).unwrap(), &plan) {
            // It lay within the image and not within what trimming left of it.
            Err(RenderError::RegionOutside { .. }) if transform.trim.is_some() => return Ok(()),
            picture => picture.unwrap(),
        };
        let rendition = encode(picture, &plan).unwrap();
        if transform.trim.is_none() {
            let planned = plan.geometry.canvas;
            prop_assert_eq!((rendition.width, rendition.height), (planned.width, planned.height));
        }
    }
}
