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

fn form(factors: &[(usize, usize)], is_progressive: bool) -> Form {
    Form {
        factors: factors.to_vec(),
        is_progressive,
        is_interleaved: true,
        restart_interval: 0,
        width: 61,
        height: 47,
        adobe: None,
    }
}

fn position(file: &[u8], marker: u8) -> usize {
    file.windows(2).position(|pair| pair == [0xFF, marker]).unwrap()
}

#[test]
fn what_says_nothing_of_pixels_changes_none() {
    let plain = Sample::random(&mut Dice::new(7), form(&[(2, 2), (1, 1), (1, 1)], true));
    let mut file = plain.clone();
    // A second scan's header is the last place with a marker that is surely one.
    let scan = position(&file, 0xDA);
    let next = scan + 2 + position(&file[scan + 2..], 0xDA);
    file.splice(next..next, [0xFF, 0xFF, 0xFF, 0xFE, 0, 5, 1, 2, 3, 0x42, 0xFF, 0, 0xFF]);
    let frame = position(&file, 0xC2);
    file.splice(frame..frame, [0xFF, 0xFF, 0xFF, 0xE5, 0, 4, 9, 9]);
    file.extend(b"behind the end");
    assert!(is_equal(&file, "with stray bytes"));
    assert_eq!(decode(&file, 2), decode(&plain, 2));
}

#[test]
fn other_kinds_of_jpeg_are_left_to_others() {
    let file = Sample::random(&mut Dice::new(8), form(&[(1, 1)], false));
    let frame = position(&file, 0xC0);
    // Lossless, hierarchical, arithmetic.
    for marker in [0xC3, 0xC5, 0xC9] {
        let mut file = file.clone();
        file[frame + 1] = marker;
        assert!(matches!(decode(&file, 1), Err(Refusal::Unsupported(_))), "{marker:x}");
    }
    let mut deep = file.clone();
    deep[frame + 4] = 12;
    assert!(matches!(decode(&deep, 1), Err(Refusal::Unsupported(_))));
    assert!(matches!(decode(&file, 8), Err(Refusal::Unsupported(_))));
    assert!(decode(&file, 1).is_ok());
}

#[test]
fn scans_that_do_not_show_are_not_read() {
    let mut file = Sample::random(&mut Dice::new(9), form(&[(1, 1)], true));
    let whole = [1, 2].map(|eighths| decode(&file, eighths).unwrap());
    let first = position(&file, 0xDA);
    let band = first + 2 + position(&file[first + 2..], 0xDA);
    // Its header has ten bytes; no byte of its data becomes a marker.
    file[band + 10..band + 16].fill(0x55);
    assert_eq!(decode(&file, 1).unwrap(), whole[0]);
    assert_ne!(decode(&file, 2).ok().as_ref(), Some(&whole[1]));
}
