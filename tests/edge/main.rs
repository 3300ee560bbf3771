//! The edge as viewers and operators meet it: over sockets, before a `darkroom up` of each test's
//! own.

#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

/// How many entries the `Accept` headers of this world make.
mod accept;
/// Private answers under names that look public, and answers of yesterday.
mod deception;
/// Requests that are too large, name two hosts, or say one thing twice.
mod envelope;
/// What the API signs, asked of the function that runs at CloudFront.
mod function;
/// Keys that are rotated and revoked.
mod keys;
/// Methods, and headers that claim another one.
mod methods;
/// Headers that are in no cache key.
mod poisoning;
/// What holds once the API has answered a change.
mod purges;
/// Parts of an image.
mod ranges;
/// What outlives `kill -9`, and how much of it.
mod restart;
/// The cookie: who sets it, and what it says.
mod session;
/// URLs that open one image for a while.
mod signed;
/// Requests within requests.
mod smuggling;
/// What becomes of a change when the edge cannot be told.
mod telling;
/// CloudFront's API, called by others than us, and ours at another CloudFront.
mod theirs;

/// A running program, its demo user and its images.
mod machine;
/// What somebody was answered.
mod seen;
/// Requests that no HTTP client would send.
mod wire;
