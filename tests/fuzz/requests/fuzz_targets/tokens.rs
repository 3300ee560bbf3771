//! Credentials, proofs and ID tokens.
#![no_main]

use fuzz_requests::checks;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| checks::tokens(input));
