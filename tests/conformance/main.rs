//! What Darkroom relies on at S3, asked of its own server and of moto through the real AWS SDK.
//!
//! One table of behaviours runs against both, so the embedded server cannot drift into a dialect of its own. Where moto
//! is known to behave differently, the table says why and the test checks that it still does. What moto cannot show
//! (`kill -9`, sessions, signatures) has tests of its own against the embedded server.
//!
//! Where moto comes from: `tests/src/moto.rs`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod backend;
mod behaviours;
mod conditions;
mod copying;
mod crash;
mod customer;
mod deleting;
mod integrity;
mod keys;
mod listing;
mod multipart;
mod presigned;
mod reading;
mod reported;
mod session_tokens;
mod sessions;
mod signatures;
