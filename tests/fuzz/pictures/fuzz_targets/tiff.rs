//! The TIFF decoder.
#![no_main]

use fuzz_pictures::checks;
use libfuzzer_sys::{Corpus, fuzz_target};
use resizer::Format;

fuzz_target!(|file: &[u8]| -> Corpus {
    if checks::decoder(Format::Tiff, file) { Corpus::Keep } else { Corpus::Reject }
});
