//! Damaged files: no panic, and no brightness at 1/8 but libjpeg-turbo's.

use proptest::prelude::*;

use super::dice::Dice;
use super::sample::{Form, Sample};
use super::{decode, reference};
use crate::jpeg::{Color, Refusal};

/// Small files, most of whose bytes matter.
fn sample(seed: u64) -> Vec<u8> {
    let mut dice = Dice::new(seed);
    let form = Form::random(&mut dice);
    Sample::random(&mut dice, form).bytes()
}

fn check(file: &[u8], eighths: u8, is_progressive: bool) {
    let Ok(picture) = decode(file, eighths) else { return };
    let brightness = picture.planes.into_iter().next().unwrap();
    // libjpeg-turbo would enlarge brightness that has fewer samples than colour.
    let is_whole =
        eighths == 1 && brightness.density().iter().all(|density| (density - 0.125).abs() < 1e-9);
    if !is_whole || !matches!(picture.color, Color::Gray | Color::YCbCr) {
        return;
    }
    let brightness = brightness.into_samples();
    match reference(file) {
        Some(reference) => assert!(brightness == reference, "other samples"),
        None => assert!(is_progressive, "libjpeg-turbo refuses it"),
    }
}

fn is_progressive(file: &[u8]) -> bool {
    file.windows(2).any(|pair| pair == [0xFF, 0xC2])
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
        let is_progressive = is_progressive(&file);
        for (at, byte) in changes {
            let at = at.index(file.len());
            file[at] = byte;
        }
        check(&file, eighths, is_progressive);
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
        let is_progressive = is_progressive(&file);
        let at = at.index(file.len());
        let end = file.len().min(at + missing);
        file.splice(at..end, inserted);
        check(&file, eighths, is_progressive);
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
