//! The grammar of transforms, plans for all kinds of pictures, and the steps on small ones.
#![no_main]

use fuzz_pictures::checks;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| checks::transform(text));
