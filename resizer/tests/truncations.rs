//! A file that ends where one of its parts does, or a byte before or behind that, is refused as truncated.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use resizer::{Format, Limits, OriginalError, check};

/// What a larger one would add is time.
const BYTES_MAX: usize = 120_000;

/// Files of fixtures/images in this format, by name.
fn images(format: Format) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/images");
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = paths.map(|path| (path.display().to_string(), fs::read(path).unwrap()));
    files
        .filter(|(_, bytes)| bytes.len() < BYTES_MAX && Format::sniff(bytes).unwrap() == format)
        .collect()
}

/// Cuts each image around each of its parts, and expects to be told so.
fn cut(format: Format, parts: fn(&[u8]) -> Vec<usize>) {
    for (name, whole) in images(format) {
        let parts = parts(&whole);
        assert!(parts.len() > 1 && parts.is_sorted(), "{name}: {parts:?}");
        let around = parts.iter().flat_map(|at| [at - 1, *at, at + 1]);
        for length in around.filter(|at| *at < whole.len()) {
            let refused = check(&whole[..length], &Limits::default());
            assert!(
                matches!(refused, Err(OriginalError::Truncated { format: told }) if told == format),
                "{name}, {length} of {} bytes: {refused:?}",
                whole.len()
            );
        }
    }
}

fn be(bytes: &[u8]) -> usize {
    bytes.iter().fold(0, |number, byte| number << 8 | usize::from(*byte))
}

/// Where the markers begin.
fn markers(file: &[u8]) -> Vec<usize> {
    let (mut at, mut found) = (2, Vec::new());
    while at < file.len() {
        found.push(at.max(4));
        let is_scan = file[at + 1] == 0xDA;
        at += if file[at + 1] == 0xD9 { 2 } else { 2 + be(&file[at + 2..at + 4]) };
        let is_data = |pair: &[u8]| pair[0] != 0xFF || matches!(pair[1], 0 | 0xD0..=0xD7);
        if is_scan {
            at += file[at..].windows(2).take_while(|pair| is_data(pair)).count();
        }
    }
    found
}

/// Where the chunks of a PNG begin.
fn chunks(file: &[u8]) -> Vec<usize> {
    // One byte less would be no PNG.
    let (mut at, mut found) = (8, vec![9]);
    while at + 8 < file.len() {
        at += 12 + be(&file[at..at + 4]);
        found.push(at);
    }
    found
}

/// Where the chunks of a WebP begin.
fn riff_chunks(file: &[u8]) -> Vec<usize> {
    // One byte less would be no WebP.
    let (mut at, mut found) = (12, vec![13]);
    while at < file.len() {
        let length: [u8; 4] = file[at + 4..at + 8].try_into().unwrap();
        at += 8 + (u32::from_le_bytes(length) as usize).next_multiple_of(2);
        found.push(at);
    }
    found
}

/// Where the blocks of a GIF begin, behind its header.
fn blocks(file: &[u8]) -> Vec<usize> {
    let colors = |flags: u8| if flags & 0x80 > 0 { 3 << ((flags & 7) + 1) } else { 0 };
    let (mut at, mut found) = (13 + colors(file[10]), vec![7, 13]);
    while file[at] != b';' {
        found.push(at);
        at += if file[at] == b'!' { 2 } else { 11 + colors(file[at + 9]) };
        while file[at] > 0 {
            at += 1 + usize::from(file[at]);
        }
        at += 1;
    }
    found.push(at);
    found
}

#[test]
fn a_jpeg_cut_at_any_marker_is_refused() {
    cut(Format::Jpeg, markers);
}

#[test]
fn a_png_cut_at_any_chunk_is_refused() {
    cut(Format::Png, chunks);
}

#[test]
fn a_webp_cut_at_any_chunk_is_refused() {
    cut(Format::WebP, riff_chunks);
}

#[test]
fn a_gif_cut_at_any_block_is_refused() {
    cut(Format::Gif, blocks);
}
