//! What a stranger's file costs in memory: looking at it next to nothing, decoding it what its pixels need.
//!
//! Counts what Rust allocates on the thread that asks. libjpeg-turbo, libwebp, dav1d and libaom allocate for
//! themselves; what they may keep follows from the same pixels.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(unsafe_code, reason = "an allocator is unsafe by its trait")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::fs;
use std::path::Path;

use resizer::{Format, Limits, Probe, Transform, check, probe, render};

const MIB: usize = 1 << 20;

struct Counting;

thread_local! {
    static LIVE: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

fn count(bytes: isize) {
    LIVE.set(LIVE.get() + bytes);
    PEAK.set(PEAK.get().max(LIVE.get()));
}

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size().cast_signed());
        // SAFETY: the caller's promise is handed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size().cast_signed());
        // SAFETY: the caller's promise is handed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        count(-layout.size().cast_signed());
        // SAFETY: the caller's promise is handed on.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, bytes: usize) -> *mut u8 {
        count(bytes.cast_signed() - layout.size().cast_signed());
        // SAFETY: the caller's promise is handed on.
        unsafe { System.realloc(memory, layout, bytes) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The most bytes that were allocated at a time, beyond those before.
fn peak<T>(work: impl FnOnce() -> T) -> (T, usize) {
    LIVE.set(0);
    PEAK.set(0);
    let done = work();
    (done, PEAK.get().unsigned_abs())
}

/// Every fixture, each also cut off at as many places.
fn files(cuts: usize) -> Vec<(String, Vec<u8>)> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures");
    let mut files = Vec::new();
    for folder in ["bad", "hostile", "images", "metadata"] {
        for entry in fs::read_dir(fixtures.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let whole = fs::read(&path).unwrap();
            for part in 1..=cuts + 1 {
                let length = whole.len() * part / (cuts + 1);
                let name = format!("{}, {length} of {} bytes", path.display(), whole.len());
                files.push((name, whole[..length].to_vec()));
            }
        }
    }
    files
}

/// For a look at the header: the file is read in place, but for parts that a decoder keeps. PNG's has a window of
/// 128 KiB.
fn header_bytes_max(file: &[u8]) -> usize {
    2 * file.len() + 160 * 1024
}

/// For all pixels: 16 bits of red, green, blue and opacity, and half of that once more while grey becomes these. A PNG
/// may inflate its colour profile to four times its size and 4 MiB.
fn pixels_bytes_max(file: &[u8], probe: &Probe) -> usize {
    let pixels = usize::try_from(probe.stored.pixels()).unwrap() * probe.frames as usize;
    let profile = if probe.format == Format::Png { 4 * (MIB + file.len()) } else { file.len() };
    header_bytes_max(file) + 12 * pixels + profile
}

/// For a rendition no larger than its original: the pixels once more on their way through the steps, and what a step
/// keeps beside them; GIF's search for colours has tables of 8 MiB.
fn rendition_bytes_max(file: &[u8], probe: &Probe) -> usize {
    let pixels = usize::try_from(probe.stored.pixels()).unwrap() * probe.frames as usize;
    pixels_bytes_max(file, probe) + 8 * pixels + 10 * MIB
}

#[test]
fn a_look_at_a_file_and_its_refusal_take_no_more_than_a_few_times_its_bytes() {
    let (limits, transform) = (Limits::default(), Transform::default());
    for (name, file) in files(15) {
        let (seen, bytes) = peak(|| probe(&file, &limits));
        assert!(bytes <= header_bytes_max(&file), "{name}: {bytes}");
        if seen.is_ok() {
            continue;
        }
        let (refused, bytes) = peak(|| check(&file, &limits).is_err());
        assert!(refused && bytes <= header_bytes_max(&file), "{name}: {bytes}");
        let (refused, bytes) = peak(|| render(&file, &transform, &limits).is_err());
        assert!(refused && bytes <= header_bytes_max(&file), "{name}: {bytes}");
    }
}

#[test]
fn decoding_and_rendering_take_what_the_pixels_need() {
    let limits = Limits::default();
    for (name, file) in files(1) {
        let Ok(probe) = probe(&file, &limits) else { continue };
        let (_, bytes) = peak(|| check(&file, &limits));
        assert!(bytes <= pixels_bytes_max(&file, &probe), "{name}: {bytes}");
        for transform in ["w=40,fm=webp", "w=40,fm=gif", "fm=png"] {
            let transform = transform.parse().unwrap();
            let (_, bytes) = peak(|| render(&file, &transform, &limits));
            assert!(bytes <= rendition_bytes_max(&file, &probe), "{name}, {transform}: {bytes}");
        }
    }
}
