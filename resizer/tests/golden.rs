//! Every line of fixtures/golden/cases.tsv: the original, rendered, against the golden picture.
//!
//! Goldens come from Pillow (`fixtures/make_golden.py`), so they are an opinion other than ours. `UPDATE_GOLDEN=1`
//! writes our own renditions over them, for a case that Pillow cannot make; look at them before committing.
#![expect(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a test fails by panicking, and its sums are far from 2^53"
)]

mod ssim;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use resizer::{Limits, Raster, Transform, apply, decode, plan, probe, render};

struct Case {
    original: PathBuf,
    transform: Transform,
    golden: PathBuf,
    ssim_min: f64,
    mean_difference_max: f64,
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures")
}

fn cases() -> Vec<Case> {
    let table = fs::read_to_string(fixtures().join("golden/cases.tsv")).unwrap();
    table.lines().skip(1).map(case).collect()
}

fn case(line: &str) -> Case {
    let fields: Vec<&str> = line.split('\t').collect();
    let [original, transform, golden, ssim_min, mean_difference_max] = fields[..] else {
        panic!("{line}")
    };
    Case {
        original: fixtures().join("images").join(original),
        transform: transform.parse().unwrap(),
        golden: fixtures().join("golden").join(format!("{golden}.png")),
        ssim_min: ssim_min.parse().unwrap(),
        mean_difference_max: mean_difference_max.parse().unwrap(),
    }
}

/// The first frame.
fn pixels(file: &[u8]) -> Raster {
    let limits = Limits::default();
    let plan = plan(&probe(file, &limits).unwrap(), &Transform::default(), &limits).unwrap();
    apply(decode(file, &plan).unwrap(), &plan).unwrap().rasters().next().unwrap().clone()
}

/// What is wrong with a case, if anything.
fn complaint(case: &Case) -> Option<String> {
    let original = fs::read(&case.original).unwrap();
    let rendition = render(&original, &case.transform, &Limits::default()).unwrap();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let png = Transform { format: Some(resizer::Format::Png), ..Transform::default() };
        fs::write(&case.golden, render(&rendition.bytes, &png, &Limits::default()).unwrap().bytes)
            .unwrap();
    }
    let (ours, golden) = (pixels(&rendition.bytes), pixels(&fs::read(&case.golden).unwrap()));
    let name = format!("{} {}", case.original.file_name().unwrap().display(), case.transform);
    if (ours.size(), ours.size().width, ours.size().height)
        != (golden.size(), rendition.width, rendition.height)
    {
        return Some(format!("{name}: {:?}, should be {:?}", ours.size(), golden.size()));
    }
    let (ssim, off) = (ssim::ssim(&ours, &golden), ssim::mean_difference(&ours, &golden));
    let good = ssim >= case.ssim_min && off <= case.mean_difference_max;
    (!good).then(|| {
        let Case { ssim_min, mean_difference_max, .. } = case;
        format!("{name}: SSIM {ssim:.4} (at least {ssim_min}), off by {off:.2} (at most {mean_difference_max})")
    })
}

#[test]
fn renditions_are_those_of_pillow() {
    let complaints: Vec<String> = cases().iter().filter_map(complaint).collect();
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn every_image_and_every_golden_is_in_a_case() {
    let names = |folder: &str, extension: Option<&str>| -> BTreeSet<PathBuf> {
        let files =
            fs::read_dir(fixtures().join(folder)).unwrap().map(|entry| entry.unwrap().path());
        files
            .filter(|path| {
                extension.is_none_or(|wanted| path.extension().is_some_and(|e| e == wanted))
            })
            .collect()
    };
    let cases = cases();
    let originals = cases.iter().map(|case| case.original.clone()).collect();
    assert_eq!(
        names("images", None).difference(&originals).collect::<Vec<_>>(),
        Vec::<&PathBuf>::new()
    );
    let goldens = cases.iter().map(|case| case.golden.clone()).collect();
    assert_eq!(names("golden", Some("png")), goldens);
}
