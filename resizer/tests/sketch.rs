//! What a picture looks like and how it was taken, beside what others say of the same files.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use resizer::{Camera, Limits, Sketch, camera, sketch};

fn file(path: &str) -> Vec<u8> {
    std::fs::read(format!("{}/../fixtures/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn of(name: &str) -> Sketch {
    sketch(&file(&format!("images/{name}")), &Limits::default()).unwrap()
}

/// `imagehash.phash` (ImageHash 4.3, Pillow 12) of the upright picture; it resizes in one step, so some bits fall otherwise.
#[test]
fn the_perceptual_hash_is_that_of_imagehash() {
    for (name, theirs) in [
        ("coffee.jpg", 0xbb83_2037_6c0f_3637_u64),
        ("astronaut.jpg", 0xc292_4c55_32bd_dfc8),
        ("rocket.jpg", 0xc037_1bec_1be5_1267),
        ("chelsea.png", 0xb15f_e646_5121_175e),
        ("gray.jpg", 0xc292_4c55_32bd_dfc8),
        ("progressive.jpg", 0xc3ca_9d9d_8aa4_e86a),
        ("orientation-6.jpg", 0xc8b7_7248_3fc7_300f),
    ] {
        let apart = (of(name).perceptual_hash ^ theirs).count_ones();
        assert!(apart <= 4, "{name}: {apart} bits");
    }
}

#[test]
fn another_format_looks_the_same() {
    let jpeg = of("orientation-6.jpg");
    for name in
        ["orientation-6.png", "orientation-6.webp", "orientation-6.avif", "orientation-6.tiff"]
    {
        let other = of(name);
        assert!((other.perceptual_hash ^ jpeg.perceptual_hash).count_ones() <= 3, "{name}");
        let apart = other.dominant.rgb.iter().zip(jpeg.dominant.rgb).map(|(a, b)| a.abs_diff(b));
        assert!(apart.max().unwrap() <= 8, "{name}");
    }
}

#[test]
fn a_thumbhash_is_the_picture_blurred() {
    let hash = of("chelsea.png").thumbhash;
    assert!((20..=30).contains(&hash.len()), "{}", hash.len());
    let (width, height, rgba) = thumbhash::thumb_hash_to_rgba(&hash).unwrap();
    // The format has three bits for the ratio.
    assert!((width * 300).abs_diff(height * 451) < height * 45, "{width} x {height}");
    let mean = |channel: usize| {
        let sum: u64 = rgba.iter().skip(channel).step_by(4).copied().map(u64::from).sum();
        sum / (rgba.len() / 4) as u64
    };
    // Of all pixels of the file, by Pillow: 147, 111, 86.
    for (channel, expected) in [147, 111, 86].into_iter().enumerate() {
        assert!(mean(channel).abs_diff(expected) <= 6, "{channel}: {}", mean(channel));
    }
}

#[test]
fn each_format_tells_its_camera_and_no_place() {
    let expected = Camera {
        make: Some("PRIVATE make".to_owned()),
        model: None,
        taken_at: Some("2024-05-01T12:00:00".to_owned()),
    };
    for name in ["camera.jpg", "camera.png", "camera.webp", "camera.tiff", "camera.avif"] {
        assert_eq!(camera(&file(&format!("metadata/{name}"))), expected, "{name}");
    }
    for nothing in ["images/coffee.jpg", "images/animated.gif", "bad/truncated.jpg", "bad/text.jpg"]
    {
        assert_eq!(camera(&file(nothing)), Camera::default(), "{nothing}");
    }
}
