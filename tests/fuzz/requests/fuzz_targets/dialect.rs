//! Paths, queries and what they ask for.
#![no_main]

use fuzz_requests::checks;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| checks::dialect(text));
