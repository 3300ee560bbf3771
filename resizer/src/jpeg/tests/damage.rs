//! Damaged files: no panic, and no brightness at 1/8 but libjpeg-turbo's.

use proptest::prelude::*;

use super::dice::Dice;
use super::sample::{Form, Sample};
use crate::jpeg::Refusal;
use crate::jpeg::comparison::{compare, decode};

/// Small files, most of whose bytes matter.
fn sample(seed: u64) -> Vec<u8> {
    let mut dice = Dice::new(seed);
    let form = Form::random(&mut dice);
    Sample::random(&mut dice, form).bytes()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn changed_bytes_give_the_reference_or_a_refusal(
        seed in 0_u64..300,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        eighths in prop::sample::select(vec![1_u8, 1, 1, 2, 3, 4]),
    ) {
        let mut file = sample(seed);
        for (at, byte) in changes {
            let at = at.index(file.len());
            file[at] = byte;
        }
        compare(&file, eighths);
    }

    #[test]
    fn inserted_and_missing_bytes_give_the_reference_or_a_refusal(
        seed in 0_u64..300,
        at in any::<prop::sample::Index>(),
        missing in 0_usize..5,
        inserted in prop::collection::vec(prop_oneof![any::<u8>(), Just(0xFF_u8), 0xC0_u8..], 0..5),
        eighths in prop::sample::select(vec![1_u8, 1, 1, 2, 3, 4]),
    ) {
        let mut file = sample(seed);
        let at = at.index(file.len());
        let end = file.len().min(at + missing);
        file.splice(at..end, inserted);
        compare(&file, eighths);
    }

    #[test]
    fn bytes_that_are_no_file_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        prop_assert!(decode(&bytes, 1).is_err());
        prop_assert!(decode(&[&[0xFF, 0xD8], &*bytes].concat(), 1).is_err());
    }
}

#[test]
fn a_file_that_ends_early_is_refused() {
    for seed in 0..50 {
        let file = sample(seed);
        if decode(&file, 1).is_err() {
            continue;
        }
        for length in (0..file.len()).step_by(1 + file.len() / 40) {
            let refusal = decode(&file[..length], 1).unwrap_err();
            assert!(!matches!(refusal, Refusal::Unsupported(_)), "{length}: {refusal}");
        }
    }
}

#[test]
fn files_that_fuzzing_found_give_the_reference_or_a_refusal() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let mut compared = 0;
    for folder in ["tests/fuzz/regressions/jpeg_beside_turbo", "fixtures/bad", "fixtures/hostile"] {
        for entry in std::fs::read_dir(format!("{root}/{folder}")).into_iter().flatten() {
            let file = std::fs::read(entry.unwrap().path()).unwrap();
            for eighths in 1..=4 {
                compare(&file, eighths);
            }
            compared += 1;
        }
    }
    assert!(compared > 20, "{compared} files");
}
