//! Whole files: at 1/8 the same samples as libjpeg-turbo's, byte for byte; at other scales those of the exact transform.

use super::dice::Dice;
use super::sample::{Block, Component, Form, Sample};
use crate::jpeg::comparison::{decode, reference, wanted};
use crate::jpeg::{Color, Picture, Plane, Refusal, Wanted};

/// Decoded, or not taken.
fn taken(file: &[u8], eighths: u8, name: &str) -> Option<Picture> {
    match decode(file, eighths) {
        Ok(picture) => Some(picture),
        Err(Refusal::Unsupported(_)) => None,
        Err(refusal) => panic!("{name} at {eighths}/8: {refusal}"),
    }
}

#[test]
fn the_brightness_of_fixtures_is_libjpeg_turbos_at_an_eighth() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/images");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (mut count, mut equal) = (0, 0);
    for path in files.filter(|path| path.extension().is_some_and(|extension| extension == "jpg")) {
        let file = std::fs::read(&path).unwrap();
        let picture = decode(&file, 1).unwrap_or_else(|refusal| panic!("{path:?}: {refusal}"));
        count += 1;
        if matches!(picture.color, Color::Gray | Color::YCbCr) {
            let brightness = picture.planes.into_iter().next().unwrap().into_samples();
            assert!(brightness == reference(&file).unwrap(), "{path:?}");
            equal += 1;
        }
    }
    assert!(count >= 15 && equal >= 12, "{count} fixtures, {equal} compared");
}

/// How many of the seeds were taken, all of them right at every scale.
fn right_of(seeds: std::ops::Range<u64>, form: impl Fn(&mut Dice) -> Form) -> usize {
    let mut count = 0;
    for seed in seeds {
        let mut dice = Dice::new(seed);
        let form = form(&mut dice);
        let name = format!("seed {seed}: {form:?}");
        let sample = Sample::random(&mut dice, form);
        let Some(picture) = taken(&sample.bytes(), 1, &name) else { continue };
        for (index, plane) in picture.planes.into_iter().enumerate() {
            let alone = reference(&sample.alone(index)).unwrap();
            assert!(plane.into_samples() == alone, "component {index} of {name}");
        }
        for eighths in 2..=4 {
            let picture = taken(&sample.bytes(), eighths, &name).unwrap();
            for (plane, component) in picture.planes.into_iter().zip(&sample.components) {
                check(plane, component, sample.factor, eighths.into(), &name);
            }
        }
        count += 1;
    }
    count
}

/// Each sample is the exact one, rounded.
fn check(plane: Plane, component: &Component, factor: usize, edge: usize, name: &str) {
    let [width, _] = plane.size();
    for (at, sample) in plane.into_samples().into_iter().enumerate() {
        let (x, y) = (at % width, at / width);
        let block = &component.blocks[y / edge * component.stride + x / edge];
        let exact = exact(block, factor, (x % edge, y % edge), edge).clamp(0.0, 255.0);
        let off = (f64::from(sample) - exact).abs();
        assert!(off <= 0.501, "{sample} for {exact} at {x}, {y}, {edge}/8: {name}");
    }
}

/// A.3.3 over the lowest frequencies.
pub(super) fn exact(block: &Block, factor: usize, (x, y): (usize, usize), edge: usize) -> f64 {
    let wave = |frequency: usize, i: usize| {
        let norm = if frequency == 0 { (1.0 / 8.0_f64).sqrt() } else { (2.0 / 8.0_f64).sqrt() };
        let turns = (2 * i + 1) as f64 * frequency as f64 / (4 * edge) as f64;
        norm * (turns * std::f64::consts::TAU).cos()
    };
    let zigzag = |u: usize, v: usize| {
        crate::jpeg::quantization::NATURAL.iter().position(|at| usize::from(*at) == v * 8 + u)
    };
    let part =
        |u: usize, v: usize| f64::from(block[zigzag(u, v).unwrap()]) * wave(u, x) * wave(v, y);
    let sum: f64 =
        (0..edge).flat_map(|v| (0..edge).map(move |u| (u, v))).map(|(u, v)| part(u, v)).sum();
    sum * factor as f64 + 128.0
}

#[test]
fn files_of_every_form_have_the_right_samples() {
    let taken = right_of(0..1000, Form::random);
    // Units of more than ten blocks are left to libjpeg-turbo.
    assert!(taken >= 800, "only {taken} of 1000 were taken");
}

#[test]
fn so_have_files_that_are_read_from_two_places() {
    let large = |dice: &mut Dice| Form {
        restart_interval: 0,
        width: 500 + dice.below(300),
        height: 300 + dice.below(100),
        is_progressive: false,
        ..Form::random(dice)
    };
    assert!(right_of(0..20, large) >= 15);
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
    let plain = Sample::random(&mut Dice::new(7), form(&[(2, 2), (1, 1), (1, 1)], true)).bytes();
    let mut file = plain.clone();
    // A second scan's header is the last place with a marker that is surely one.
    let scan = position(&file, 0xDA);
    let next = scan + 2 + position(&file[scan + 2..], 0xDA);
    file.splice(next..next, [0xFF, 0xFF, 0xFF, 0xFE, 0, 5, 1, 2, 3, 0x42, 0xFF, 0, 0xFF]);
    let frame = position(&file, 0xC2);
    file.splice(frame..frame, [0xFF, 0xFF, 0xFF, 0xE5, 0, 4, 9, 9]);
    file.extend(b"behind the end");
    assert_eq!(decode(&file, 1), decode(&plain, 1));
    assert_eq!(decode(&file, 2), decode(&plain, 2));
}

#[test]
fn other_kinds_of_jpeg_are_left_to_others() {
    let file = Sample::random(&mut Dice::new(8), form(&[(1, 1)], false)).bytes();
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
    let mut large = file.clone();
    large[frame + 5..frame + 9].copy_from_slice(&12_000_u16.to_be_bytes().repeat(2));
    let expected = Refusal::Unsupported("more pixels than are wanted");
    assert_eq!(decode(&large, 1).unwrap_err(), expected);
    assert!(decode(&file, 1).is_ok());
}

/// Where the data of the scans begins that start with a frequency above `above` and refine nothing.
fn scans(file: &[u8], above: u8) -> Vec<usize> {
    let starts = (0..file.len() - 10).filter(|at| file[*at..].starts_with(&[0xFF, 0xDA, 0, 8, 1]));
    let starts = starts.filter(|at| file[at + 7] > above && file[at + 9] < 16).map(|at| at + 10);
    // Long enough to be damaged without a marker.
    starts.filter(|at| file.get(*at..at + 6).is_some_and(|data| !data.contains(&0xFF))).collect()
}

#[test]
fn scans_that_do_not_show_are_not_read() {
    let mut unread = [0; 5];
    for seed in 0..300 {
        let file = Sample::random(&mut Dice::new(seed), form(&[(1, 1)], true)).bytes();
        // Where scans refine a band together with a lower one, both are needed.
        let is_apart = !file
            .windows(10)
            .any(|bytes| bytes.starts_with(&[0xFF, 0xDA, 0, 8, 1]) && bytes[7..9] == [1, 63]);
        for (eighths, last) in [(1, 0), (2, 4), (3, 12), (4, 24)] {
            let whole = decode(&file, eighths).unwrap();
            for scan in scans(&file, last) {
                let mut damaged = file.clone();
                damaged[scan..scan + 6].fill(0x55);
                let is_same = decode(&damaged, eighths).ok().as_ref() == Some(&whole);
                assert!(is_same || (!is_apart && eighths > 1), "seed {seed} at {eighths}/8");
                unread[usize::from(eighths)] += usize::from(is_same);
            }
        }
    }
    assert!(unread[1..].iter().all(|count| *count >= 10), "{unread:?}");
}

#[test]
fn two_that_cannot_meet_do_no_harm() {
    // Blocks all alike, of components with the same codes: the second reader finds true beginnings and takes every
    // block for one of another component.
    let mut sample = Sample::random(
        &mut Dice::new(3),
        Form { width: 801, height: 400, ..form(&[(1, 1), (1, 1), (1, 1)], false) },
    );
    let whole = sample.components[0].blocks[0];
    sample.dc[1] = sample.dc[0].clone();
    sample.ac[1] = sample.ac[0].clone();
    for component in &mut sample.components {
        component.blocks.fill(whole);
    }
    let file = sample.rewritten();
    let picture = decode(&file, 1).unwrap();
    for (index, plane) in picture.planes.into_iter().enumerate() {
        assert!(plane.into_samples() == reference(&sample.alone(index)).unwrap(), "{index}");
    }
}

#[test]
fn all_of_the_color_comes_out_of_larger_transforms() {
    let sample = Sample::random(&mut Dice::new(5), form(&[(2, 2), (1, 1), (2, 1)], false));
    let planes = |eighths, full_color| {
        let wanted = Wanted { full_color, ..wanted(eighths, None) };
        crate::jpeg::decode(&sample.bytes(), &wanted).unwrap().planes
    };
    let (small, large, full) = (planes(2, false), planes(4, false), planes(2, true));
    assert_eq!(full[0], small[0]);
    assert_eq!(full[1], large[1], "as many samples as the brightness has");
    assert_eq!(full[2], small[2], "no more than it has along either axis");
    assert_eq!((small[1].density(), full[1].density()), ([0.125; 2], [0.25; 2]));
}
