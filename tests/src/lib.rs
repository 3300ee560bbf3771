//! What several test targets start and ask.

#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a test stops at the first thing that is not as it should be"
)]

pub mod api;
pub mod client;
pub mod darkroom;
pub mod kafka;
pub mod moto;
mod program;
pub mod python;
pub mod random;
pub mod services;

pub use program::{Killer, Program};
