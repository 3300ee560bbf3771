//! How the process keeps the memory that renders give back.
#![expect(unsafe_code, reason = "glibc's allocator is set up by a C function")]

use std::ffi::c_int;

// Parameters of mallopt(3).
const TRIM_THRESHOLD: c_int = -1;
const MMAP_THRESHOLD: c_int = -3;
const ARENA_MAX: c_int = -8;

const MIB: c_int = 1 << 20;

/// Lets glibc keep up to 32 MiB for each of four arenas. Left alone it returns every plane of pixels to the system and
/// takes it back, page by page and zeroed, for the next render: a sixth of the time of a large one.
///
/// To be called by a program before it starts threads.
#[cfg(target_env = "gnu")]
pub fn keep_memory() {
    let settings = [(TRIM_THRESHOLD, 32 * MIB), (MMAP_THRESHOLD, 32 * MIB), (ARENA_MAX, 4)];
    for (parameter, value) in settings {
        // SAFETY: mallopt takes any numbers and answers 0 to those that it does not know.
        unsafe { mallopt(parameter, value) };
    }
}

/// Another C library's allocator is left as it is.
#[cfg(not(target_env = "gnu"))]
pub fn keep_memory() {}

#[cfg(target_env = "gnu")]
unsafe extern "C" {
    fn mallopt(parameter: c_int, value: c_int) -> c_int;
}
