//! Delivery over sockets: edge → origin → the embedded S3, with one customer and its images.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

/// Misses, hits, conditional requests, refusals.
mod answers;
/// What a deletion takes away, and when.
mod deletion;
/// What front-ends' libraries ask for.
mod frontends;
/// IIIF.
mod iiif;
/// Who may take originals.
mod originals;
/// Presets, what customers refuse, and explanations.
mod presets;
/// The machine that all of them run on.
mod stand;
/// Parameters beyond the box, and watermarks.
mod steps;
