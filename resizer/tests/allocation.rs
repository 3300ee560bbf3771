//! What a stranger's file costs in memory: looking at it next to nothing, decoding it what its pixels need.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(unreachable_pub, reason = "tests/fuzz uses the same modules from without")]

mod bounds;
mod counting;

use std::fs;
use std::path::Path;

use bounds::{header_bytes_max, pixels_bytes_max, rendition_bytes_max};
use counting::peak;
use resizer::{Limits, Transform, check, probe, render};

/// Every fixture, each also cut off at as many places.
fn files(cuts: usize) -> Vec<(String, Vec<u8>)> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures");
    let mut files = Vec::new();
    for folder in ["bad", "hostile", "images", "metadata"] {
        for entry in fs::read_dir(fixtures.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let whole = fs::read(&path).unwrap();
            for part in 1..=cuts + 1 {
                let length = whole.len() * part / (cuts + 1);
                let name = format!("{}, {length} of {} bytes", path.display(), whole.len());
                files.push((name, whole[..length].to_vec()));
            }
        }
    }
    files
}

#[test]
fn a_look_at_a_file_and_its_refusal_take_no_more_than_a_few_times_its_bytes() {
    let (limits, transform) = (Limits::default(), Transform::default());
    for (name, file) in files(15) {
        let (seen, bytes) = peak(|| probe(&file, &limits));
        assert!(bytes <= header_bytes_max(&file), "{name}: {bytes}");
        if seen.is_ok() {
            continue;
        }
        let (refused, bytes) = peak(|| check(&file, &limits).is_err());
        assert!(refused && bytes <= header_bytes_max(&file), "{name}: {bytes}");
        let (refused, bytes) = peak(|| render(&file, &transform, &limits).is_err());
        assert!(refused && bytes <= header_bytes_max(&file), "{name}: {bytes}");
    }
}

#[test]
fn decoding_and_rendering_take_what_the_pixels_need() {
    let limits = Limits::default();
    for (name, file) in files(1) {
        let Ok(probe) = probe(&file, &limits) else { continue };
        let (_, bytes) = peak(|| check(&file, &limits));
        assert!(bytes <= pixels_bytes_max(&file, &probe), "{name}: {bytes}");
        for transform in ["w=40,fm=webp", "w=40,fm=gif", "fm=png"] {
            let transform = transform.parse().unwrap();
            let (_, bytes) = peak(|| render(&file, &transform, &limits));
            assert!(bytes <= rendition_bytes_max(&file, &probe), "{name}, {transform}: {bytes}");
        }
    }
}

/// Its pixels take 34 MiB.
#[test]
fn a_png_that_is_checked_or_gets_smaller_is_never_whole_in_memory() {
    const MIB: usize = 1 << 20;
    let chelsea = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/images/chelsea.png");
    let (chelsea, limits) = (fs::read(chelsea).unwrap(), Limits::default());
    let transform = "w=3000,h=4000,fit=fill,enlarge=1,fm=png".parse().unwrap();
    let large = render(&chelsea, &transform, &limits).unwrap().bytes;
    assert_eq!(probe(&large, &limits).unwrap().stored.pixels(), 12_000_000);
    let (checked, bytes) = peak(|| check(&large, &limits));
    assert!(checked.is_ok() && bytes <= MIB / 2, "{bytes}");
    // The last is itself 15 MiB, and half of that once more in planes.
    for (transform, mib) in [("w=300,fm=png", 6), ("w=300,fm=webp", 6), ("w=2000,fm=jpg", 30)] {
        let (rendered, bytes) = peak(|| render(&large, &transform.parse().unwrap(), &limits));
        assert!(rendered.is_ok() && bytes <= mib * MIB, "{transform}: {bytes}");
    }
}
