//! Messages of Kafka.
#![no_main]

use fuzz_requests::checks;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|message: &[u8]| checks::events(message));
