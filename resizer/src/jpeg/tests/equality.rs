//! Whole files: the same pixels as libjpeg-turbo's, byte for byte.

use super::dice::Dice;
use super::reference;
use super::sample::{Form, Sample};
use crate::jpeg::{Refusal, decode};

const SCALES: [usize; 3] = [1, 2, 4];

/// Whether it was decoded and not refused; panics where the pixels differ.
fn is_equal(file: &[u8], name: &str) -> bool {
    let equal = |eighths: &usize| match decode(file, *eighths) {
        Ok(picture) => {
            let reference = reference(file, *eighths).unwrap();
            assert!(picture == reference, "{name} at {eighths}/8");
            true
        }
        Err(Refusal::Unsupported(_)) => false,
        Err(refusal) => panic!("{name} at {eighths}/8: {refusal}"),
    };
    SCALES.iter().filter(|eighths| equal(eighths)).count() == SCALES.len()
}

#[test]
fn fixtures_decode_as_with_libjpeg_turbo() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/images");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut count = 0;
    for path in files.filter(|path| path.extension().is_some_and(|extension| extension == "jpg")) {
        let file = std::fs::read(&path).unwrap();
        assert!(is_equal(&file, &path.display().to_string()), "{path:?} is refused");
        count += 1;
    }
    assert!(count >= 15, "{count} fixtures");
}

#[test]
fn files_of_every_form_decode_as_with_libjpeg_turbo() {
    let mut taken = 0;
    for seed in 0..1000 {
        let mut dice = Dice::new(seed);
        let form = Form::random(&mut dice);
        let name = format!("seed {seed}: {form:?}");
        taken += usize::from(is_equal(&Sample::random(&mut dice, form), &name));
    }
    // Fractional ratios and units of more than ten blocks are left to libjpeg-turbo.
    assert!(taken >= 800, "only {taken} of 1000 were taken");
}
