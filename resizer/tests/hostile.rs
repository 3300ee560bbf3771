//! Every file of fixtures/hostile shows the picture that it is made of, and nothing of what else it carries comes out.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use resizer::{Limits, Raster, Transform, check, pixels, render};

/// What all of them say where no pixels are.
const FOREIGN: &[u8] = b"PRIVATE";
/// Even beside other tests on a slow machine.
const PATIENCE: Duration = Duration::from_secs(5);

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures")
}

fn hostile() -> Vec<(PathBuf, Vec<u8>)> {
    let entries = fs::read_dir(fixtures().join("hostile")).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

/// The image that a file is made of.
fn source(path: &Path) -> Vec<u8> {
    let name = match path.extension().unwrap().to_str().unwrap() {
        "jpg" => "small-1.jpg",
        "png" => "small-1.png",
        "webp" => "orientation-6.webp",
        _ => "animated.gif",
    };
    fs::read(fixtures().join("images").join(name)).unwrap()
}

fn frames(bytes: &[u8]) -> Vec<Raster> {
    let picture = pixels(bytes, &Transform::default(), &Limits::default()).unwrap();
    picture.rasters().cloned().collect()
}

#[test]
fn each_shows_the_picture_that_it_is_made_of() {
    for (path, bytes) in hostile() {
        let began = Instant::now();
        let probe = check(&bytes, &Limits::default())
            .unwrap_or_else(|error| panic!("{}: {error:?}", path.display()));
        // Also a script, and so as wide as its second word says.
        if path.ends_with("script.gif") {
            assert_eq!((probe.stored.width, probe.stored.height), (0x2A2F, 1));
        } else {
            assert!(frames(&bytes) == frames(&source(&path)), "{}", path.display());
        }
        assert!(began.elapsed() < PATIENCE, "{}: {:?}", path.display(), began.elapsed());
    }
}

#[test]
fn nothing_else_comes_out() {
    let holds = |bytes: &[u8]| bytes.windows(FOREIGN.len()).any(|window| window == FOREIGN);
    for (path, bytes) in hostile() {
        assert!(holds(&bytes), "{} says nothing foreign", path.display());
        for format in ["jpg", "png", "webp", "gif", "avif"] {
            let transform: Transform = format!("w=40,fm={format}").parse().unwrap();
            let rendition = render(&bytes, &transform, &Limits::default()).unwrap();
            assert!(!holds(&rendition.bytes), "{} as {format}", path.display());
        }
    }
}

/// A byte of the colour profile's header, tags and curves is changed: it is used or ignored, and nothing breaks.
#[test]
fn no_byte_of_a_profile_makes_it_panic() {
    const PROFILE_BYTES: usize = 1000;
    let transform: Transform = "w=8,fm=png".parse().unwrap();
    for name in ["display-p3.jpg", "cmyk-profile.jpg"] {
        let whole = fs::read(fixtures().join("images").join(name)).unwrap();
        let start = whole.windows(4).position(|window| window == b"acsp").unwrap() - 36;
        for at in (start..start + PROFILE_BYTES).step_by(7) {
            for value in [0, 0xFF] {
                let mut file = whole.clone();
                file[at] = value;
                let began = Instant::now();
                let rendition = render(&file, &transform, &Limits::default());
                assert!(began.elapsed() < PATIENCE, "{name}, byte {at}: {:?}", began.elapsed());
                // Behind the shorter of the two are the tables of the JPEG.
                assert!(rendition.is_ok() || name == "display-p3.jpg", "byte {at}: {rendition:?}");
            }
        }
    }
}
