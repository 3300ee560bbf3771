//! A look at the header, whatever the format.
#![no_main]

use fuzz_pictures::{checks, mutation};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutation::mutate(data, size, max_size, seed)
});

fuzz_target!(|file: &[u8]| checks::probe(file));
