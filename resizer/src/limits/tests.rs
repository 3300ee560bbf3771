use super::*;
use crate::{ColorKind, Format, Orientation};

const LIMITS: Limits = Limits {
    source_bytes_max: 10,
    source_pixels_max: 100,
    source_frames_max: 3,
    source_frames_pixels_max: 150,
    result_edge_max_px: 20,
    result_pixels_max: 200,
};

#[test]
fn bounds_are_lowered_and_never_raised() {
    let asked = |name: &str| match name {
        "source_pixels_max" => Some(99),
        "source_frames_max" => Some(4),
        "result_edge_max_px" => Some(u64::MAX),
        _ => None,
    };
    let lowered = Limits { source_pixels_max: 99, ..LIMITS };
    assert_eq!(LIMITS.lowered(asked), lowered);
    for name in Limits::NAMES {
        let one = LIMITS.lowered(|asked| (asked == name).then_some(0));
        assert_ne!(one, LIMITS, "{name} is a bound");
    }
}

fn original(width: u32, height: u32, frames: u32) -> Result<(), String> {
    let probe = Probe {
        format: Format::Gif,
        stored: Size { width, height },
        orientation: Orientation::UPRIGHT,
        frames,
        has_alpha: false,
        color: ColorKind::Rgb,
    };
    LIMITS.check_original(&probe).map_err(|error| error.to_string())
}

#[test]
fn a_budget_takes_an_eighth_of_the_largest_result() {
    let budget = |width, height, frames| {
        LIMITS.check_budget(Size { width, height }, frames).map_err(|error| error.to_string())
    };
    assert_eq!(budget(5, 5, 1), Ok(()));
    let refused = "the result would be 13 x 2, 26 pixels; with a byte budget at most 25 (an eighth of \
                   result_pixels_max) are made: ask for a smaller result, or for a quality";
    assert_eq!(budget(13, 2, 1), Err(refused.to_owned()));
    assert!(budget(5, 1, 5).is_ok() && budget(5, 1, 6).is_err(), "every frame is encoded");
}

fn result(width: u32, height: u32, frames: u32) -> Result<(), String> {
    LIMITS.check_result(Size { width, height }, frames).map_err(|error| error.to_string())
}

#[test]
fn each_limit_takes_its_bound_and_refuses_one_more() {
    assert!(LIMITS.check_bytes(&[0; 10]).is_ok());
    let refused = LIMITS.check_bytes(&[0; 11]).map_err(|error| error.to_string());
    assert_eq!(
        refused,
        Err("the file has 11 bytes; at most 10 (source_bytes_max) are taken".to_owned())
    );

    assert_eq!(original(10, 10, 1), Ok(()));
    let refused = "the image is 101 x 1, 101 pixels; at most 100 (source_pixels_max) are taken";
    assert_eq!(original(101, 1, 1), Err(refused.to_owned()));

    assert_eq!(original(5, 5, 3), Ok(()));
    let refused = "the animation has 4 frames; at most 3 (source_frames_max) are taken";
    assert_eq!(original(5, 5, 4), Err(refused.to_owned()));

    assert_eq!(original(75, 1, 2), Ok(()));
    let refused = "the animation has 2 frames and 152 pixels in all; at most 150 (source_frames_pixels_max) are taken";
    assert_eq!(original(76, 1, 2), Err(refused.to_owned()));

    assert_eq!(result(20, 10, 1), Ok(()));
    let refused = "the result would be 21 x 1; an edge has at most 20 px (result_edge_max_px)";
    assert_eq!(result(21, 1, 1), Err(refused.to_owned()));
    let refused =
        "the result would be 20 x 11, 220 pixels; at most 200 (result_pixels_max) are made";
    assert_eq!(result(20, 11, 1), Err(refused.to_owned()));
    assert!(result(20, 10, 2).is_err(), "an animation's frames count together");
}

#[test]
fn the_largest_sizes_that_headers_can_name_do_not_overflow() {
    assert!(original(u32::MAX, u32::MAX, u32::MAX).is_err());
    assert!(result(u32::MAX, u32::MAX, u32::MAX).is_err());
}

#[test]
fn the_defaults_are_the_design() {
    let Limits {
        source_bytes_max,
        source_pixels_max,
        source_frames_max,
        source_frames_pixels_max,
        result_edge_max_px,
        result_pixels_max,
    } = Limits::default();
    assert_eq!((source_bytes_max, source_pixels_max), (50_000_000, 50_000_000));
    assert_eq!((source_frames_max, source_frames_pixels_max), (60, 50_000_000));
    assert_eq!((result_edge_max_px, result_pixels_max), (8192, 40_000_000));
}
