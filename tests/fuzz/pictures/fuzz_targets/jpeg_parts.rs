//! Parts of a JPEG by our decoder: the samples of the whole, and no panic at any scale.
#![no_main]

use fuzz_pictures::{checks, mutation};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutation::mutate(data, size, max_size, seed)
});

fuzz_target!(|file: &[u8]| {
    if resizer::probe(file, &checks::LIMITS).is_err() {
        return;
    }
    for eighths in [1, 2, 3, 4, 8] {
        resizer::compare_jpeg_part(file, eighths);
    }
});
