//! The training feed over real protocols: S3 on a socket, Kafka in process.

#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

/// The commit chain: repeats, two writers, lost answers, a store that is down or ignores conditions.
mod chain;
/// Hints at the end of a long chain.
mod checkpoint;
/// From Kafka to segments, with a restart in the middle, and a data scientist's reader at the end.
mod consume;
/// What was erased is in no tar.
mod erasure;
/// The shell on Lambda.
mod function;
/// What becomes of each kind of record.
mod outcomes;
/// What is missing in the feed is announced again.
mod reconcile;
/// Gaps are filled with what Kafka still has.
mod repair;
/// Random schedules of writers that race, die, lose answers and fill gaps.
mod schedules;
/// Datasets out of the feed.
mod snapshot;

/// How requests go wrong.
mod connector;
/// A Kafka cluster in this process.
mod kafka;
/// S3 and STS without a socket.
mod memory;
/// The feed's buckets on an embedded store that can be told to misbehave.
mod store;
/// Holds a whole chain against its promises.
mod verify;
