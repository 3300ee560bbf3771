//! The whole path over real sockets, in a temporary folder: the binary that users start, asked as
//! users ask it.
#![expect(
    clippy::unwrap_used,
    reason = "a test stops at the first thing that is not as it should be"
)]

/// `/openapi.json` against the code of delivery.
mod contract;
/// Snapshots and who reads them.
mod datasets;
/// What is erased, on every path out of the feed.
mod erased;
/// What docs/ tells people to type.
mod examples;
/// The bounds of what is taken and made.
mod limits;
/// The lines that `darkroom up` prints.
mod pasted;
/// Predictions while SageMaker is in trouble.
mod predicted;
/// Metadata that nobody was asked for.
mod private;
/// Python programs of `tests/python`.
mod python;
/// What is refused, and with which sentence.
mod refusals;
/// Where a trace leads.
mod traced;
/// Models: trained, deployed, asked, corrected.
mod trained;
/// Uploads by ticket, in parts and many at a time.
mod uploads;
/// Everything once, and again after `kill -9`.
mod walk;
/// Consent taken back for everything.
mod withdrawn;
