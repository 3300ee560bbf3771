//! Every folder of fixtures/golden holds pictures that another maker made of our originals, and in cases.tsv which
//! original and transform have to come out as which of them, and how like it.
//!
//! Nothing here writes a golden: each is an opinion other than ours (fixtures/README.md).
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod likeness;

use std::collections::BTreeSet;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fmt, fs};

use likeness::{Likeness, Picture};
use resizer::{Limits, Raster, Rendition, Size, Transform, apply, decode, encode, plan, probe};

struct Case {
    original: PathBuf,
    transform: String,
    golden: PathBuf,
    ssimulacra2_min: f64,
    mean_difference_max: f64,
}

impl Case {
    fn read(folder: &Path, line: &str) -> Self {
        let fields: Vec<&str> = line.split('\t').collect();
        let [original, transform, golden, ssimulacra2_min, mean_difference_max] = fields[..] else {
            panic!("{}: {line}", folder.display())
        };
        Self {
            original: fixtures("images").join(original),
            transform: transform.to_owned(),
            golden: folder.join(format!("{golden}.png")),
            ssimulacra2_min: ssimulacra2_min.parse().unwrap(),
            mean_difference_max: mean_difference_max.parse().unwrap(),
        }
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let golden = self.golden.strip_prefix(fixtures("golden")).unwrap();
        let original = self.original.file_name().unwrap();
        write!(f, "{} {} ({})", original.display(), self.transform, golden.display())
    }
}

fn fixtures(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures").join(folder)
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

fn cases() -> Vec<Case> {
    let table = |folder: PathBuf| {
        let table = fs::read_to_string(folder.join("cases.tsv")).unwrap();
        table.lines().skip(1).map(|line| Case::read(&folder, line)).collect::<Vec<_>>()
    };
    entries(&fixtures("golden")).into_iter().flat_map(table).collect()
}

/// What is wrong with a case, and how wrong: above 1 is more than it may be.
struct Complaint {
    excess: f64,
    text: String,
}

/// The rendition; where a watermark is asked for, with the logo.
fn rendered(case: &Case) -> Result<Rendition, Box<dyn Error>> {
    let (original, limits) = (fs::read(&case.original)?, Limits::default());
    let logo = fs::read(fixtures("images/logo.png"))?;
    let plan = plan(&probe(&original, &limits)?, &case.transform.parse()?, &limits)?;
    let plan = plan.with_mark(Some(Arc::from(logo)));
    Ok(encode(apply(decode(&original, &plan)?, &plan)?, &plan)?)
}

fn frames(file: &[u8]) -> Result<Vec<Raster>, Box<dyn Error>> {
    let picture = resizer::pixels(file, &Transform::default(), &Limits::default())?;
    Ok(picture.rasters().cloned().collect())
}

/// Rendition and golden; of an animation as many frames as the golden has, one below the other.
fn pictures(case: &Case) -> Result<(Picture, Picture), Box<dyn Error>> {
    let rendition = rendered(case)?;
    let golden = Picture::stacked(&frames(&fs::read(&case.golden)?)?);
    let frames = frames(&rendition.bytes)?;
    let Size { width, height } = frames[0].size();
    assert_eq!((width, height), (rendition.width, rendition.height), "{case}");
    let shown = (golden.height / rendition.height as usize).clamp(1, frames.len());
    Ok((Picture::stacked(&frames[..shown]), golden))
}

fn complaint(case: &Case) -> Option<Complaint> {
    let hopeless =
        |what: String| Complaint { excess: f64::INFINITY, text: format!("{case}: {what}") };
    let (ours, golden) = match pictures(case) {
        Ok(pictures) => pictures,
        Err(error) => return Some(hopeless(error.to_string())),
    };
    let (ours_size, size) = ((ours.width, ours.height), (golden.width, golden.height));
    if ours_size != size {
        return Some(hopeless(format!("{ours_size:?}, should be {size:?}")));
    }
    let Likeness { ssimulacra2, mean_difference } = Likeness::of(&ours, &golden);
    let Case { ssimulacra2_min, mean_difference_max, .. } = case;
    let unlike = (100.0 - ssimulacra2) / (100.0 - ssimulacra2_min);
    let excess = unlike.max(mean_difference / mean_difference_max);
    (excess > 1.0).then(|| Complaint {
        excess,
        text: format!(
            "{case}: SSIMULACRA2 {ssimulacra2:.1} (at least {ssimulacra2_min}), \
             off by {mean_difference:.2} (at most {mean_difference_max})"
        ),
    })
}

#[test]
fn renditions_are_those_of_other_makers() {
    let cases = cases();
    let mut complaints: Vec<Complaint> = cases.iter().filter_map(complaint).collect();
    complaints.sort_by(|a, b| b.excess.total_cmp(&a.excess));
    let texts: Vec<String> = complaints.into_iter().map(|complaint| complaint.text).collect();
    assert!(texts.is_empty(), "{} of {}\n{}", texts.len(), cases.len(), texts.join("\n"));
}

/// Pictures of a folder and of the folders in it.
fn goldens(folder: &Path) -> BTreeSet<PathBuf> {
    let (folders, files): (Vec<_>, Vec<_>) =
        entries(folder).into_iter().partition(|path| path.is_dir());
    let pictures = files.into_iter().filter(|path| path.extension().is_some_and(|e| e == "png"));
    pictures.chain(folders.iter().flat_map(|folder| goldens(folder))).collect()
}

#[test]
fn every_image_and_every_golden_is_in_a_case() {
    let cases = cases();
    let asked: BTreeSet<PathBuf> =
        cases.iter().flat_map(|case| [case.original.clone(), case.golden.clone()]).collect();
    let mut there = goldens(&fixtures("golden"));
    there.extend(entries(&fixtures("images")));
    let unmatched: Vec<_> = asked.symmetric_difference(&there).collect();
    assert!(unmatched.is_empty(), "in no case, or only there: {unmatched:#?}");
}
