//! What a stranger's file costs in memory as the system sees it, with what libjpeg-turbo, libwebp and dav1d allocate.
//! `allocation.rs` counts more finely what Rust does.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use resizer::{Limits, check, probe};

const MIB: usize = 1 << 20;

/// A number of kB in what the system says of this process.
fn status(name: &str) -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 1024
}

/// How many bytes more than before were resident at the most.
fn growth<T>(work: impl FnOnce() -> T) -> usize {
    // From here on the peak is counted anew.
    fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = status("VmRSS");
    work();
    status("VmHWM").saturating_sub(before)
}

/// The only test of this program: the peak is that of all its threads.
#[test]
fn a_refused_file_costs_nothing_and_others_what_their_pixels_need() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures");
    for folder in ["bad", "hostile", "images"] {
        for entry in fs::read_dir(fixtures.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let file = fs::read(&path).unwrap();
            bound(&path.display().to_string(), &file);
        }
    }
    // Of one colour, in 28 bytes; libwebp unpacks all of it.
    let mut large = fs::read(fixtures.join("bad/bomb.webp")).unwrap();
    // Two times 14 bits, one less than the size.
    let [width, height] = [4_000_u32 - 1, 2_500 - 1];
    large[21..25].copy_from_slice(&(width | height << 14).to_le_bytes());
    assert!(probe(&large, &Limits::default()).is_ok());
    bound("4000 x 2500", &large);
}

/// 8 bytes a pixel, which are red, green, blue and opacity twice, and what is the same for all files.
fn bound(name: &str, file: &[u8]) {
    let limits = Limits::default();
    let most = probe(file, &limits).map_or(MIB, |probe| {
        let pixels = usize::try_from(probe.stored.pixels()).unwrap() * probe.frames as usize;
        8 * pixels + 16 * MIB
    });
    let bytes = growth(|| drop(check(file, &limits)));
    assert!(bytes <= most, "{name}: {bytes} bytes, at most {most}");
}
