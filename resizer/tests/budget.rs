//! Byte budgets on photographs: what comes out fits, and one more of quality would not.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use resizer::{Limits, probe, render};

const PHOTOGRAPHS: [&str; 3] = ["astronaut.jpg", "coffee.jpg", "chelsea.png"];
const LOSSY: [&str; 3] = ["jpg", "webp", "avif"];

fn fixture(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures").join(name)).unwrap()
}

fn photograph(name: &str) -> Vec<u8> {
    fixture(&format!("images/{name}"))
}

fn rendition(original: &[u8], transform: &str) -> Vec<u8> {
    render(original, &transform.parse().unwrap(), &Limits::default()).unwrap().bytes
}

#[test]
fn the_best_quality_that_fits_is_found() {
    for name in PHOTOGRAPHS {
        let original = photograph(name);
        for format in LOSSY {
            let at = |quality: u8| rendition(&original, &format!("w=200,fm={format},q={quality}"));
            let whole = at(90).len();
            for budget in [whole * 3 / 4, whole / 3] {
                let transform = format!("w=200,fm={format},q=90,bytes={budget}");
                let bounded = rendition(&original, &transform);
                assert!(bounded.len() <= budget, "{name} {transform}: {}", bounded.len());
                let quality = (1..=90).rev().find(|quality| at(*quality) == bounded).unwrap();
                let next = at(quality + 1).len();
                assert!(quality < 90 && next > budget, "{name} {transform}: {quality}, {next}");
                assert_eq!(rendition(&original, &transform), bounded, "the same on every call");
            }
        }
    }
}

#[test]
fn a_large_result_has_a_quality_and_no_budget() {
    let original = photograph("seeding-2mb.jpg");
    let refusal = |transform: &str| {
        let transform = transform.parse().unwrap();
        render(&original, &transform, &Limits::default())
            .map(drop)
            .map_err(|error| error.to_string())
    };
    let message = refusal("fm=avif,bytes=20000").unwrap_err();
    assert!(message.contains("with a byte budget at most 5000000"), "{message}");
    assert_eq!(refusal("w=400,fm=jpg,bytes=20000"), Ok(()));
    assert_eq!(refusal("w=3000,fm=jpg"), Ok(()));
}

#[test]
fn a_budget_that_suffices_changes_nothing() {
    let original = photograph("coffee.jpg");
    for format in LOSSY {
        let asked = format!("w=200,fm={format},q=70");
        let free = rendition(&original, &asked);
        assert_eq!(rendition(&original, &format!("{asked},bytes={}", free.len())), free);
        let tight = rendition(&original, &format!("{asked},bytes={}", free.len() - 1));
        assert!(tight.len() < free.len(), "one byte less is another file");
    }
}

#[test]
fn where_nothing_fits_the_smallest_file_is_answered() {
    let original = photograph("coffee.jpg");
    for format in LOSSY {
        let smallest = rendition(&original, &format!("w=200,fm={format},q=1"));
        let bounded = rendition(&original, &format!("w=200,fm={format},bytes=1"));
        assert!(bounded.len() <= smallest.len(), "{format}: {}", bounded.len());
    }
}

#[test]
fn lossless_formats_know_no_budget() {
    let original = photograph("chelsea.png");
    for transform in ["w=100", "w=100,fm=png", "w=100,fm=gif"] {
        let bounded = rendition(&original, &format!("{transform},bytes=1"));
        assert_eq!(bounded, rendition(&original, transform), "{transform}");
    }
}

#[test]
fn an_animation_keeps_its_frames_and_loses_quality_in_all() {
    let original = photograph("animated.gif");
    let free = rendition(&original, "fm=webp");
    let budget = free.len() * 3 / 4;
    let bounded = rendition(&original, &format!("fm=webp,bytes={budget}"));
    assert!(bounded.len() <= budget, "{} of {}", bounded.len(), free.len());
    assert_eq!(probe(&bounded, &Limits::default()).unwrap().frames, 12);
}

#[test]
fn the_copyright_counts() {
    let original = fixture("metadata/camera.jpg");
    let name = b"Ann Example";
    for format in LOSSY {
        let free = rendition(&original, &format!("fm={format}"));
        let budget = free.len() * 3 / 4;
        let bounded = rendition(&original, &format!("fm={format},bytes={budget}"));
        assert!(bounded.len() <= budget, "{format}: {}", bounded.len());
        assert!(bounded.windows(name.len()).any(|bytes| bytes == name), "{format}");
    }
}
