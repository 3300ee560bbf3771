//! A picture with all that cameras and editors write into one goes in, in every format; whose it is comes out,
//! and nothing else. Fixtures: `fixtures/make_metadata.py`.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use resizer::{Limits, Metadata, Raster, Transform, probe, render};

const ORIGINALS: [&str; 6] =
    ["camera.jpg", "camera.png", "camera.webp", "camera.avif", "camera.tiff", "camera-moving.webp"];
const FORMATS: [&str; 4] = ["jpg", "png", "webp", "avif"];

const ARTIST: u16 = 0x013B;
const COPYRIGHT: u16 = 0x8298;

fn fixture(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures").join(name)).unwrap()
}

fn original(name: &str) -> Vec<u8> {
    fixture(&format!("metadata/{name}"))
}

fn rendition(original: &[u8], transform: &str) -> Vec<u8> {
    render(original, &transform.parse().unwrap(), &Limits::default()).unwrap().bytes
}

fn has(file: &[u8], text: &str) -> bool {
    file.windows(text.len()).any(|bytes| bytes == text.as_bytes())
}

/// Every tag of the only EXIF block in a file, and its text. Reads what this crate writes and no more.
fn exif(file: &[u8]) -> Vec<(u16, String)> {
    let starts: Vec<usize> =
        (0..file.len()).filter(|at| file[*at..].starts_with(b"MM\0*\0\0\0\x08")).collect();
    assert_eq!(starts.len(), 1, "EXIF blocks at {starts:?}");
    assert!(!has(file, "II*\0"));
    let block = &file[starts[0]..];
    let short = |at: usize| u16::from_be_bytes(block[at..at + 2].try_into().unwrap());
    let long = |at: usize| u32::from_be_bytes(block[at..at + 4].try_into().unwrap()) as usize;
    let entries = usize::from(short(8));
    assert_eq!(long(10 + 12 * entries), 0, "no IFD of a thumbnail follows");
    let text = |entry: usize| {
        let (kind, bytes, at) = (short(entry + 2), long(entry + 4), long(entry + 8));
        assert_eq!((kind, block[at + bytes - 1]), (2, 0), "texts that end in NUL");
        String::from_utf8(block[at..at + bytes - 1].to_vec()).unwrap()
    };
    (0..entries).map(|n| 10 + 12 * n).map(|entry| (short(entry), text(entry))).collect()
}

fn tags(artist: &str, notice: &str) -> Vec<(u16, String)> {
    vec![(ARTIST, artist.to_owned()), (COPYRIGHT, notice.to_owned())]
}

/// The first frame.
fn pixels(file: &[u8]) -> Raster {
    let picture = resizer::pixels(file, &Transform::default(), &Limits::default()).unwrap();
    picture.rasters().next().unwrap().clone()
}

/// What EXIF, XMP and IPTC are known by in any of the formats.
const TRACES: [&str; 9] =
    ["Exif", "EXIF", "eXIf", "XMP ", "xmp", "http://", "8BIM", "Photoshop", "PRIVATE"];

#[test]
fn the_copyright_comes_out_of_every_format_into_every_other_and_nothing_else() {
    for name in ORIGINALS {
        let original = original(name);
        assert!(has(&original, "PRIVATE") && has(&original, "Ann Example"), "{name}");
        for format in FORMATS {
            let rendition = rendition(&original, &format!("w=60,fm={format}"));
            let found = exif(&rendition);
            assert_eq!(found, tags("Ann Example", "© 2024 Ann Example"), "{name} to {format}");
            for trace in &TRACES[3..] {
                assert!(!has(&rendition, trace), "{name} to {format} has {trace}");
            }
        }
        let as_gif = rendition(&original, "w=60,fm=gif");
        for trace in TRACES.iter().chain(&["Ann Example", "MM\0*", "II*\0"]) {
            assert!(!has(&as_gif, trace), "{name} to gif has {trace}");
        }
    }
}

#[test]
fn asked_for_none_there_is_none_and_the_pixels_are_the_same() {
    for name in ORIGINALS {
        let original = original(name);
        for format in FORMATS {
            let bare = rendition(&original, &format!("w=60,fm={format},meta=none"));
            for trace in TRACES.iter().chain(&["Ann Example", "MM\0*", "II*\0"]) {
                assert!(!has(&bare, trace), "{name} to {format} has {trace}");
            }
            let full = rendition(&original, &format!("w=60,fm={format}"));
            assert_eq!(pixels(&bare), pixels(&full), "{name} to {format}");
        }
    }
}

#[test]
fn what_is_written_is_read_again() {
    let mut file = original("camera.jpg");
    for format in ["png", "webp", "avif", "jpg", "avif", "webp", "png"] {
        file = rendition(&file, &format!("fm={format}"));
        assert_eq!(exif(&file), tags("Ann Example", "© 2024 Ann Example"), "{format}");
    }
}

#[test]
fn an_animation_with_a_copyright_plays_on() {
    let original = original("camera-moving.webp");
    let limits = Limits::default();
    let frames = probe(&original, &limits).unwrap().frames;
    let rendition = rendition(&original, "w=60");
    assert_eq!((probe(&rendition, &limits).unwrap().frames, frames), (12, 12));
}

#[test]
fn a_copyright_in_iptc_counts_where_exif_has_none() {
    let agency = original("agency.jpg");
    assert!(has(&agency, "PRIVATE") && !has(&agency, "Ann Example"));
    for format in FORMATS {
        let rendition = rendition(&agency, &format!("w=60,fm={format}"));
        assert_eq!(exif(&rendition), tags("Ann; Bob", "© 2024 Ann and Bob"), "{format}");
        assert!(!has(&rendition, "PRIVATE"));
    }
}

#[test]
fn who_claims_nothing_gets_nothing_written() {
    // Has EXIF, with orientation and camera.
    let original = fixture("images/orientation-6.jpg");
    for format in FORMATS {
        let transform = format!("w=60,fm={format}");
        let bare = format!("{transform},meta=none");
        assert_eq!(rendition(&original, &transform), rendition(&original, &bare), "{format}");
    }
}

#[test]
fn the_default_keeps_it() {
    assert_eq!(Transform::default().metadata, Metadata::Copyright);
}
