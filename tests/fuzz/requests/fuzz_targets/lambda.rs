//! What sets a function off.
#![no_main]

use fuzz_requests::checks;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|json: &[u8]| checks::lambda(json));
