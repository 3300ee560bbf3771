//! The AVIF decoder.
#![no_main]

use fuzz_pictures::checks;
use libfuzzer_sys::{Corpus, fuzz_target};
use resizer::Format;

fuzz_target!(|file: &[u8]| -> Corpus {
    if checks::decoder(Format::Avif, file) { Corpus::Keep } else { Corpus::Reject }
});
