//! Faults injected where they happen: between the SDK and the store, and by `kill -9` at each
//! request. What was answered with success must be stored, recorded, announced and staged, and
//! nothing may be half there.
#![expect(
    clippy::unwrap_used,
    reason = "a test stops at the first thing that is not as it should be"
)]

/// Requests of the API, each under every fault.
mod disturbed;
/// The sweep, each of its requests under every fault.
mod sweeping;

/// The program, killed before each request that an operation takes.
mod killed;

/// The API and the sweep as they run in one process of ours.
mod service;
/// What lies between that process and S3: requests and answers get lost, late or are made up.
mod wire;

/// A broker's proxy with the trap in it.
mod kafka_proxy;
/// The table of kill points.
mod kill_points;
/// The program's lives on one data folder.
mod lineage;
/// Kills the program before the n-th request.
mod trap;

/// Where S3 and the program keep their files.
mod memory;
/// Upload, PATCH, DELETE, and whether they happened.
mod operation;
/// Small pictures, each another.
mod picture;
/// Kafka, and everything that was announced.
mod topic;
/// Whether a bucket holds whole images only.
mod whole;

#[path = "../state/picture.rs"]
#[expect(dead_code, reason = "pictures here carry their ids")]
mod bitmap;
#[path = "../feed/verify.rs"]
#[expect(dead_code, reason = "nobody here looks at whole segments")]
mod verify;
