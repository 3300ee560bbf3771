//! What fuzzing found and what was mended since: each file of tests/fuzz/regressions, checked as the fuzz target does.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(unreachable_pub, reason = "tests/fuzz uses the same modules from without")]
#![expect(clippy::print_stdout, reason = "tells which file it was that panics")]

mod bounds;
#[path = "../../tests/fuzz/pictures/src/checks.rs"]
mod checks;
mod counting;
#[path = "../../tests/fuzz/pictures/src/parts/mod.rs"]
mod parts;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use parts::Container;
use resizer::Format;

/// Even beside other tests on a slow machine.
const PATIENCE: Duration = Duration::from_secs(5);

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every file of a folder; none where there is no such folder.
fn files(folder: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = fs::read_dir(root().join(folder)).into_iter().flatten();
    let paths = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    paths.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

/// Runs a target's check over what was kept of it.
fn again(target: &str, check: impl Fn(&[u8])) {
    for (path, file) in files(&format!("tests/fuzz/regressions/{target}")) {
        let began = Instant::now();
        println!("{}", path.display());
        check(&file);
        assert!(began.elapsed() < PATIENCE, "{}: {:?}", path.display(), began.elapsed());
    }
}

#[test]
fn headers_that_fuzzing_found() {
    again("probe", checks::probe);
}

#[test]
fn pictures_that_fuzzing_found() {
    for (target, format) in [
        ("jpeg", Format::Jpeg),
        ("png", Format::Png),
        ("webp", Format::WebP),
        ("gif", Format::Gif),
        ("avif", Format::Avif),
        ("tiff", Format::Tiff),
        ("bmp", Format::Bmp),
    ] {
        again(target, |file| assert!(checks::decoder(format, file), "of another format"));
    }
}

#[test]
fn transforms_that_fuzzing_found() {
    again("transform", checks::transform);
}

/// The checks hold for what fuzzing begins with, or they would find nothing but themselves.
#[test]
fn every_fixture_passes_the_checks() {
    for folder in ["fixtures/images", "fixtures/bad", "fixtures/hostile", "fixtures/metadata"] {
        for (path, file) in files(folder) {
            println!("{}", path.display());
            checks::probe(&file);
            let formats = [Format::Jpeg, Format::Png, Format::WebP, Format::Gif, Format::Avif];
            let formats = formats.into_iter().chain([Format::Tiff, Format::Bmp]);
            assert!(formats.filter(|format| checks::decoder(*format, &file)).count() > 0);
        }
    }
}

#[test]
fn a_picture_taken_apart_and_put_together_is_the_same() {
    let mut parts_of = Vec::new();
    for (path, file) in files("fixtures/images") {
        let Some(container) = Container::of(&file) else { continue };
        let parts = container.split(&file);
        assert!(container.join(&parts) == file, "{}", path.display());
        parts_of.push((container, parts.len()));
    }
    for container in [Container::Jpeg, Container::Png, Container::WebP, Container::Gif] {
        let most =
            parts_of.iter().filter(|(of, _)| *of == container).map(|(_, parts)| *parts).max();
        assert!(most > Some(4), "{container:?} in {most:?} parts");
    }
}
