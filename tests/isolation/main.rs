//! Customers: what keeps them apart, what the operator does with them, and what no log tells.
#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

/// What is refused to a good token is one line of audit.
mod audit;
/// Images that come from elsewhere, and go there.
mod carried;
/// Customers in buckets of their own, imported in place.
mod in_place;
/// Whoever asks writes no line of the log.
mod injection;
/// Secrets are in no log.
mod leaks;
/// Bounds of one customer.
mod limits;
/// Every route, asked for what is somebody else's.
mod probes;
/// Sessions of a customer in the hands of a client that can say more than our own code.
mod raw;
/// A customer is erased.
mod removal;
/// A session of one customer at the S3 that `darkroom up` embeds.
mod sessions;
/// Changed settings hold within a minute.
mod settings;
/// Names that would lead out of a folder.
mod slip;
/// infra/customer.yaml against the code.
mod template;
/// Users come, are reset and go.
mod users;
/// What the verbs print, and how they end.
mod verbs;

/// The same at Garage, with a key for each customer.
mod garage;
/// The same at moto, with a role for each customer.
mod moto;

/// An AWS account at moto.
mod account;
/// A running program with customers and their users.
mod machine;
/// Small pictures.
mod picture;
/// What no log may have.
mod secrets;
/// Customers who are neighbours in one program.
mod town;
/// Everything that a session can try where it has no business.
mod trespass;
/// Conditions awaited.
mod waiting;
