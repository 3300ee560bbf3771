//! Test images of libpng (PngSuite among them), libjpeg-turbo and Go's decoders: their pixels are those of the
//! reference decoders, which `fixtures/suites.tsv` has as hashes (`fixtures/make_suites.py`).
//!
//! `infra/setup/suites.sh` fetches the images; what is not there is left out, and said so.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use resizer::{Layout, Limits, Raster, Transform};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The size and the hash of the pixels as RGBA, or that there are none.
fn decoded(file: &[u8]) -> String {
    let picture = resizer::pixels(file, &Transform::default(), &Limits::default());
    let Ok(picture) = picture else { return "refused\t".to_owned() };
    let raster = picture.rasters().next().unwrap();
    let (width, height) = (raster.size().width, raster.size().height);
    format!("{width}x{height}\t{:016x}", fnv(&rgba(raster)))
}

fn rgba(raster: &Raster) -> Vec<u8> {
    let pixels = raster.pixels();
    match raster.layout() {
        Layout::Gray => pixels.iter().flat_map(|grey| [*grey, *grey, *grey, 255]).collect(),
        Layout::Rgb => {
            pixels.as_chunks::<3>().0.iter().flat_map(|[r, g, b]| [*r, *g, *b, 255]).collect()
        }
        Layout::Rgba => pixels.to_vec(),
        Layout::Cmyk => panic!("a rendered picture has no inks"),
    }
}

/// FNV-1a, 64 bits.
fn fnv(bytes: &[u8]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3);
    bytes.iter().fold(0xCBF2_9CE4_8422_2325, step)
}

#[test]
#[expect(clippy::print_stderr, reason = "what is left out has to be seen")]
fn pixels_are_those_of_the_reference_decoders() {
    let table = fs::read_to_string(root().join("fixtures/suites.tsv")).unwrap();
    let (mut compared, mut wrong) = (0, Vec::new());
    for line in table.lines().skip(1) {
        let (name, expected) = line.split_once('\t').unwrap();
        let Ok(file) = fs::read(root().join("target/suites").join(name)) else { continue };
        compared += 1;
        let found = decoded(&file);
        if found != expected {
            wrong.push(format!("{name}: {found}, should be {expected}"));
        }
    }
    let missing = table.lines().count() - 1 - compared;
    if missing > 0 {
        eprintln!(
            "darkroom: {missing} images of suites are not there; infra/setup/suites.sh fetches them"
        );
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Adam7 is decoded whole and then resized, the others are resized row by row: the same pictures in all layouts and
/// depths come out the same.
#[test]
fn interlaced_or_not_a_smaller_picture_is_the_same() {
    let suites = root().join("target/suites");
    let names = fs::read_to_string(root().join("fixtures/suites.tsv")).unwrap();
    let names = names.lines().filter_map(|line| line.split('\t').next());
    let small = |name: &str, transform: &str| {
        let file = fs::read(suites.join(name)).unwrap();
        let picture = resizer::pixels(&file, &transform.parse().unwrap(), &Limits::default());
        rgba(picture.unwrap().rasters().next().unwrap())
    };
    let mut compared = 0;
    for name in names.filter(|name| name.contains("/ibasn") && suites.join(name).exists()) {
        let by_rows = name.replace("/ibasn", "/basn");
        for transform in ["w=20", "w=12,h=9,fit=cover,rotate=90", "region=3_5_20_11"] {
            let (rows, whole) = (small(&by_rows, transform), small(name, transform));
            assert_eq!(rows.len(), whole.len());
            let most = rows.iter().zip(&whole).map(|(a, b)| a.abs_diff(*b)).max();
            assert!(most <= Some(1), "{name} {transform}: {most:?}");
            compared += 1;
        }
    }
    assert!(compared == 0 || compared == 27, "{compared}");
}
