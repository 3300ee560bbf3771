use std::collections::BTreeSet;

use proptest::prelude::*;

use super::super::nearest::Nearest;
use super::super::palette::{Color, Pixel};
use super::super::point::Point;
use super::*;
use crate::codec::Frames;
use crate::codec::gif::decode;
use crate::raster::{Frame, Layout, Raster};

const RED: Pixel = [255, 0, 0, 255];
const BLUE: Pixel = [0, 0, 255, 255];
const NOTHING: Pixel = [0; 4];

/// Rows of `width`; each frame for 70 ms.
fn animation(width: usize, frames: &[Vec<Pixel>]) -> Picture {
    let frame = |pixels: &Vec<Pixel>| Frame { raster: raster(width, pixels), delay_ms: 70 };
    let repeats = Some(2);
    Picture { frames: frames.iter().map(frame).collect(), repeats, ..still(1, &[RED]) }
}

fn still(width: usize, pixels: &[Pixel]) -> Picture {
    Picture::still(raster(width, pixels), None)
}

fn raster(width: usize, pixels: &[Pixel]) -> Raster {
    let [width, height] = [width, pixels.len() / width].map(|edge| u32::try_from(edge).unwrap());
    Raster {
        size: Size { width, height },
        layout: Layout::Rgba,
        pixels: pixels.as_flattened().to_vec(),
    }
}

/// What plays, frame by frame.
fn played(file: &[u8]) -> Vec<Vec<Pixel>> {
    let picture = decode(file, Frames::All).unwrap();
    picture.rasters().map(|raster| raster.pixels.as_chunks().0.to_vec()).collect()
}

/// Left, top, width and height of every frame as stored.
fn stored(file: &[u8]) -> Vec<[u16; 4]> {
    let mut decoder = gif::DecodeOptions::new().read_info(file).unwrap();
    let mut places = Vec::new();
    while let Some(frame) = decoder.read_next_frame().unwrap() {
        places.push([frame.left, frame.top, frame.width, frame.height]);
    }
    places
}

fn opaque([r, g, b]: Color) -> Pixel {
    [r, g, b, 255]
}

/// As many colours as asked, each on its own.
fn colors(count: u32) -> Vec<Pixel> {
    let color = |n: u32| {
        opaque([n * 73 % 256, n * 151 % 256, n / 4].map(|value| u8::try_from(value).unwrap()))
    };
    (0..count).map(color).collect()
}

#[test]
fn as_many_as_256_colors_come_back_exactly() {
    let pixels = colors(256);
    assert_eq!(pixels.iter().collect::<BTreeSet<_>>().len(), 256);
    assert_eq!(played(&encode(still(16, &pixels)).unwrap()), [pixels]);
    let mut with_hole = colors(255);
    with_hole.push(NOTHING);
    assert_eq!(played(&encode(still(16, &with_hole)).unwrap()), [with_hole]);
}

#[test]
fn more_colors_come_back_alike_in_256() {
    let ramp: Vec<Pixel> =
        (0..=255).flat_map(|y| (0..=255).map(move |x| opaque([x, y, 128]))).collect();
    let file = encode(still(256, &ramp)).unwrap();
    let [shown] = &played(&file)[..] else { panic!("one frame") };
    assert_eq!(shown.iter().collect::<BTreeSet<_>>().len(), 256);
    let differences = ramp.as_flattened().iter().zip(shown.as_flattened());
    let sum: u64 = differences.map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    let values = u64::try_from(ramp.len()).unwrap() * 3;
    assert!(sum < 4 * values, "{sum} in {values}");
}

#[test]
fn a_smooth_surface_between_two_colors_has_both() {
    let mut palette = Palette::of([opaque([0; 3]), opaque([255; 3])].into_iter(), 2);
    let places = dither::places(&[opaque([110; 3]); 64], 8, &mut palette);
    let white: u8 = places.iter().sum();
    assert!((16..=32).contains(&white), "{white} of 64");
    let stripes = [opaque([20; 3]), opaque([110; 3])].repeat(32);
    assert_eq!(dither::places(&stripes, 8, &mut palette), [0; 64]);
}

#[test]
fn what_does_not_change_is_not_stored_again() {
    let (mut later, first) = (vec![RED; 12], vec![RED; 12]);
    later[6] = BLUE;
    later[7] = BLUE;
    let frames = [first, later.clone(), later];
    let file = encode(animation(4, &frames)).unwrap();
    assert_eq!(stored(&file), [[0, 0, 4, 3], [2, 1, 2, 1], [0, 0, 1, 1]]);
    assert_eq!(played(&file), frames);
}

#[test]
fn a_frame_after_which_something_vanishes_covers_it() {
    let frames = [
        vec![RED, RED, RED, RED],
        vec![RED, BLUE, RED, RED],
        vec![RED, BLUE, RED, NOTHING],
        vec![NOTHING, NOTHING, NOTHING, BLUE],
    ];
    let file = encode(animation(4, &frames)).unwrap();
    assert_eq!(stored(&file), [[0, 0, 4, 1], [1, 0, 3, 1], [0, 0, 3, 1], [3, 0, 1, 1]]);
    assert_eq!(played(&file), frames);
}

#[test]
fn delays_and_repeats_are_kept() {
    let file = encode(animation(1, &[vec![RED], vec![BLUE]])).unwrap();
    let picture = decode(&file, Frames::All).unwrap();
    assert_eq!(picture.repeats, Some(2));
    assert!(picture.frames.iter().all(|frame| frame.delay_ms == 70));
}

#[test]
fn a_frame_of_other_colors_has_its_own() {
    let shade = |red: u8| (0..=255).map(move |n| opaque([red, n, n / 2 + red / 2])).collect();
    let frames: Vec<Vec<Pixel>> = (0..=255).step_by(15).map(shade).collect();
    let file = encode(animation(16, &frames)).unwrap();
    let shown = played(&file);
    let in_all = shown.iter().flatten().collect::<BTreeSet<_>>().len();
    assert!(in_all > 1000, "{in_all} colours");
}

proptest! {
    #[test]
    fn any_animation_plays_as_it_was(
        frames in prop::collection::vec(prop::collection::vec(
            prop::sample::select(vec![RED, BLUE, NOTHING]), 12), 1..6)
    ) {
        prop_assert_eq!(played(&encode(animation(4, &frames)).unwrap()), frames);
    }

    #[test]
    fn the_nearest_is_that_of_all(
        palette in prop::collection::vec(any::<Color>(), 1..256),
        wanted in any::<Color>()
    ) {
        let point = |color: &Color| Point::of(color.map(f32::from));
        let points: Vec<Point> = palette.iter().map(point).collect();
        let wanted = point(&wanted);
        let least = points.iter().map(|point| point.distance(wanted)).fold(f32::INFINITY, f32::min);
        let mut nearest = Nearest::new(points.clone());
        let (place, distance) = nearest.find(wanted);
        prop_assert!(distance <= least);
        prop_assert!(points[usize::from(place)].distance(wanted) <= least);
    }
}
