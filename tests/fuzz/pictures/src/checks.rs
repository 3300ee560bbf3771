//! What has to hold for whatever bytes. `resizer/tests/regressions.rs` compiles this file too, for what was found.

use resizer::{Format, Limits, Probe, RenderError, Transform, check, plan, render};

use crate::bounds::{header_bytes_max, pixels_bytes_max, rendition_bytes_max};
use crate::counting::peak;

/// Low, so that an input takes milliseconds; the bounds of memory follow from the same pixels.
pub const LIMITS: Limits = Limits {
    source_bytes_max: 1 << 20,
    source_pixels_max: 1 << 18,
    source_frames_max: 20,
    source_frames_pixels_max: 1 << 19,
    result_edge_max_px: 8192,
    result_pixels_max: 1 << 19,
};

/// One of these is asked of an input.
const TRANSFORMS: [&str; 7] = [
    "w=40,fm=webp",
    "w=40,fm=jpg",
    "fm=png,meta=none",
    "w=24,fm=gif",
    "w=16,h=16,fit=cover,g=smart,fm=webp",
    "trim=10,fm=jpg",
    "w=16,fm=avif",
];

/// For the render of a small picture that a transform may enlarge and pad up to the limits.
const TRANSFORM_BYTES_MAX: usize = 40 << 20;

/// A look at any file is cheap, and so is what follows where the look ends in a refusal.
pub fn probe(file: &[u8]) {
    let limits = Limits::default();
    if look(file, &limits).is_some() {
        return;
    }
    let (refused, bytes) = peak(|| check(file, &limits).is_err());
    assert!(refused, "checked, though its header is refused");
    assert!(bytes <= header_bytes_max(file), "a refusal allocates {bytes} bytes");
}

/// A file that is sound can be rendered, within the memory that its pixels need. Tells whether it was of this format.
pub fn decoder(format: Format, file: &[u8]) -> bool {
    let Some(probe) = look(file, &LIMITS) else { return true };
    if probe.format != format {
        return false;
    }
    let (checked, bytes) = peak(|| check(file, &LIMITS));
    assert!(bytes <= pixels_bytes_max(file, &probe), "a check allocates {bytes} bytes");
    let number = file.iter().fold(file.len(), |sum, byte| sum + usize::from(*byte));
    let text = TRANSFORMS[number % TRANSFORMS.len()];
    let (rendered, bytes) = peak(|| render(file, &transform_of(text), &LIMITS));
    assert!(bytes <= rendition_bytes_max(file, &probe), "{text} allocates {bytes} bytes");
    match (checked, rendered) {
        (Err(_), _) | (Ok(_), Ok(_) | Err(RenderError::ResultEdgeTooLong { .. })) => true,
        (Ok(_), Err(error)) => panic!("a sound file is not rendered: {text}: {error:?}"),
    }
}

/// Text that is a transform prints as one that parses to the same, can be planned for any picture, and can be rendered
/// or is refused.
pub fn transform(text: &[u8]) {
    let Ok(text) = str::from_utf8(text) else { return };
    let Ok(transform) = text.parse::<Transform>() else { return };
    let printed = transform.to_string();
    assert_eq!(printed.parse(), Ok(transform), "{printed}");
    assert!(
        printed.bytes().all(|b| b.is_ascii_alphanumeric() || b"_,.=-".contains(&b)),
        "{printed}"
    );
    let simple = transform.simplified();
    assert_eq!(simple.simplified(), simple, "{printed}");
    for picture in PICTURES {
        let probe = resizer::probe(picture, &LIMITS).expect("a fixture is within the limits");
        for (width, height) in [(1, 1), (1, 50_000_000), (8_000, 6_000), (65_535, 700)] {
            let probe = Probe { stored: resizer::Size { width, height }, ..probe };
            drop(plan(&probe, &transform, &Limits::default()));
        }
        let (_, bytes) = peak(|| render(picture, &transform, &LIMITS));
        assert!(bytes <= TRANSFORM_BYTES_MAX, "{printed} allocates {bytes} bytes");
    }
}

const PICTURES: [&[u8]; 3] = [
    include_bytes!("../../../../fixtures/images/small-6.jpg"),
    include_bytes!("../../../../fixtures/images/small-7.png"),
    include_bytes!("../../../../fixtures/images/animated.webp"),
];

fn look(file: &[u8], limits: &Limits) -> Option<Probe> {
    let (probe, bytes) = peak(|| resizer::probe(file, limits));
    assert!(bytes <= header_bytes_max(file), "a look allocates {bytes} bytes");
    probe.ok()
}

fn transform_of(text: &str) -> Transform {
    text.parse().expect("the table holds transforms")
}
