//! The repository's rules, checked as code. A failure lists every place and says what to do.
//!
//! Rules that a compiler lint can state are in `[workspace.lints]` and `.clippy.toml` instead.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

/// Which package may depend on which.
mod arrows;
/// Module docs.
mod docs;
/// README's table against the code.
mod environment;
/// One place, and what may be elsewhere with a reason.
mod exceptions;
/// fixtures/README.md against the folders.
mod fixtures;
/// docs/metrics.md against the code.
mod metrics;
/// Words that say nothing.
mod names;
/// Code that belongs in one place.
mod places;
/// The files under the rules.
mod repository;
/// Lengths of files.
mod sizes;
/// Unfinished work, registries, paths of one machine.
mod text;
/// Rust source without comments, strings and, where wanted, tests.
mod tokens;

/// Fails with all `violations` and one `advice`.
fn assert_none(violations: &[String], advice: &str) {
    let list = violations.join("\n  ");
    assert!(violations.is_empty(), "\n  {list}\n\n{advice}\n");
}
