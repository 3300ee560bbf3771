//! The ways to write a transform in a URL, a module each. A dialect only parses.

pub mod iiif;
mod numbers;
pub mod query;
