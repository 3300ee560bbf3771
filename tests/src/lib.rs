//! What several test targets share.
#![expect(
    clippy::unwrap_used,
    reason = "a test stops at the first thing that is not as it should be"
)]

mod program;

pub use program::{Killer, Program};
