//! Apache Kafka and what can happen to it: nothing that was acknowledged to a client is lost, nothing is staged twice,
//! the outbox drains and the lag returns to 0.
#![expect(
    clippy::unwrap_used,
    reason = "a test stops at the first thing that is not as it should be"
)]

/// Many images, and nobody who takes them in.
mod backlog;
/// `darkroom up --kafka apache`, as people type it.
mod embedded;
/// The broker, its network and its disk.
mod faults;
/// Keys go to the partitions that Java's client chooses.
mod java;
/// Both shells, killed again and again.
mod killed;
/// TLS and SASL.
mod secured;
/// The process and the Lambda function on one topic.
mod shells;
/// `darkroom topics`.
mod topics;

/// A consumer beside the program.
mod consumer;
/// What runs a Lambda function.
mod lambda;
/// Cuts and slows down what goes to a broker.
mod link;
/// A broker, a `darkroom up` that uses it, and everything that was uploaded.
mod stand;

#[path = "../state/picture.rs"]
#[expect(dead_code, reason = "ids come with the answers here")]
mod picture;
#[path = "../feed/verify.rs"]
#[expect(dead_code, reason = "nobody here looks at whole segments")]
mod verify;
