//! The GIF decoder.
#![no_main]

use fuzz_pictures::{checks, mutation};
use libfuzzer_sys::{Corpus, fuzz_mutator, fuzz_target};
use resizer::Format;

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutation::mutate(data, size, max_size, seed)
});

fuzz_target!(|file: &[u8]| -> Corpus {
    if checks::decoder(Format::Gif, file) { Corpus::Keep } else { Corpus::Reject }
});
