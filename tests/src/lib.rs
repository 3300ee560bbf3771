//! Package of tests.
