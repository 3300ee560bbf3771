//! State: versions, outbox, deletion and listing, over HTTP and then with a look into the buckets
//! and at the topic.

#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

/// What a deletion takes away, seen through the whole program.
mod deletion;
/// How a change gets to the feed, with Kafka down and up.
mod feed;
/// An image from its first upload to its erasure.
mod life;
/// Newest first, among thousands.
mod listing;
/// Random sequences against a model of what must be visible.
mod property;
/// Many writers on one image.
mod writers;

/// A bucket as the operator sees it.
mod bucket;
/// A Kafka outside of the program, which can be down.
mod kafka;
/// A running program, its demo user and its buckets.
mod machine;
/// What must be visible, and the random steps that change it.
mod model;
/// Small pictures, as many as wanted.
mod picture;
/// The API over a store that counts what it is asked.
mod stand;
/// What lies on the topic.
mod topic;
