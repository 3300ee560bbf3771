//! Parts of a picture: the same samples as in all of it, and at its own size those of the exact transform.

use super::dice::Dice;
use super::equality::exact;
use super::sample::{Form, Sample};
use crate::jpeg::comparison::{compare_part, cut, wanted};
use crate::jpeg::{ALL_EIGHTHS, Part, Picture, Refusal, decode};

/// A file with a part of it; every tenth so large that it is read from two places.
fn random(seed: u64) -> (Sample, Vec<u8>, Part) {
    let mut dice = Dice::new(seed);
    let mut form = Form::random(&mut dice);
    if seed.is_multiple_of(10) {
        (form.width, form.height, form.restart_interval) = (600, 400, 0);
    }
    let mut range = |length: usize| {
        let start = dice.below(length);
        start..start + 1 + dice.below(length - start)
    };
    let part = Part { columns: range(form.width), rows: range(form.height) };
    let sample = Sample::random(&mut dice, form);
    let file = sample.bytes();
    (sample, file, part)
}

/// Decoded, or not taken.
fn taken(file: &[u8], eighths: u8, part: Option<&Part>) -> Option<Picture> {
    match decode(file, &wanted(eighths, part.cloned())) {
        Ok(picture) => Some(picture),
        Err(Refusal::Unsupported(_)) => None,
        Err(refusal) => panic!("{refusal}"),
    }
}

#[test]
fn a_part_has_the_samples_of_the_whole() {
    let mut count = 0;
    for seed in 0..400 {
        let (_, file, part) = random(seed);
        for eighths in 1..=4 {
            let Some(whole) = taken(&file, eighths, None) else { continue };
            let of_part = taken(&file, eighths, Some(&part)).unwrap();
            for (plane, whole) in of_part.planes.into_iter().zip(whole.planes) {
                let (origin, size) = (plane.origin(), plane.size());
                assert_eq!(plane.into_samples(), cut(whole, origin, size), "seed {seed}: {part:?}");
            }
            count += 1;
        }
    }
    assert!(count >= 1000, "{count}");
}

/// As fuzzing does, with what it begins with.
#[test]
fn parts_of_damaged_files_have_the_samples_of_the_whole_too() {
    for seed in 0..300 {
        let (_, mut file, _) = random(seed);
        let at = seed as usize * 37 % file.len();
        file[at] ^= 1 << (seed % 8);
        for eighths in [1, 2, 3, 4, ALL_EIGHTHS] {
            compare_part(&file, eighths);
        }
    }
}

#[test]
fn a_part_holds_what_was_asked_for() {
    for seed in 0..400 {
        let (_, file, part) = random(seed);
        let Some(picture) = taken(&file, ALL_EIGHTHS, Some(&part)) else { continue };
        for plane in picture.planes {
            let ends = [part.columns.clone(), part.rows.clone()];
            for ((wanted, density), (origin, size)) in
                ends.iter().zip(plane.density()).zip(plane.origin().into_iter().zip(plane.size()))
            {
                let (start, end) = (wanted.start as f64 * density, wanted.end as f64 * density);
                assert!(origin as f64 <= start && (origin + size) as f64 >= end, "seed {seed}");
                // A block more at either side is 8 samples, and 15 pixels of nothing wanted.
                assert!(start - (origin as f64) < 8.0 && (origin + size) as f64 - end < 8.0);
            }
        }
    }
}

#[test]
fn at_its_own_size_each_sample_is_the_exact_one() {
    let mut count = 0;
    for seed in 0..120 {
        let (sample, file, part) = random(seed * 3 + 1);
        let Some(picture) = taken(&file, ALL_EIGHTHS, Some(&part)) else { continue };
        for (plane, component) in picture.planes.into_iter().zip(&sample.components) {
            let ([left, top], [width, _]) = (plane.origin(), plane.size());
            for (at, sampled) in plane.into_samples().into_iter().enumerate() {
                let (x, y) = (left + at % width, top + at / width);
                let block = &component.blocks[y / 8 * component.stride + x / 8];
                let exact = exact(block, sample.factor, (x % 8, y % 8), 8).clamp(0.0, 255.0);
                let off = (f64::from(sampled) - exact).abs();
                assert!(off <= 0.51, "{sampled} for {exact} at {x}, {y}: seed {seed}");
            }
        }
        count += 1;
    }
    assert!(count >= 80, "{count}");
}

#[test]
fn below_a_part_nothing_is_read() {
    let sequential = |(sample, ..): &(Sample, Vec<u8>, Part)| !sample.form.is_progressive;
    let (_, mut file, part) = (0..).step_by(10).map(random).find(sequential).unwrap();
    let part = Part { rows: 0..part.rows.end.min(16), ..part };
    let before = taken(&file, ALL_EIGHTHS, Some(&part)).unwrap();
    let damaged = file.len() - file.len() / 8;
    file[damaged..damaged + 6].fill(0x55);
    assert_eq!(taken(&file, ALL_EIGHTHS, Some(&part)), Some(before));
}
