//! Who is asking: tokens, the pool's keys, roles, and signing in at two pools.
#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

/// Signing in, by the same code, at the embedded user pool and at moto's.
mod cognito;
/// Keys of the pool: cached, renewed, kept through an outage.
mod jwks;
/// A pool of keys that can be told to misbehave, and tokens of every kind.
mod pool;
/// Every role on every route.
mod roles;
/// What is no proof of anything.
mod tokens;
