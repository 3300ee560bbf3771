//! Names of objects.
#![no_main]

use fuzz_requests::checks;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|name: &[u8]| checks::keys(name));
