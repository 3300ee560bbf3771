//! Audit: who was refused what. One line each under the target `audit`, with names and never with a
//! token, cookie or key.

use axum::http::request::Parts;
use customer::CustomerId;

/// A user whose token is good asked for what is not theirs.
pub(crate) fn refused(subject: &str, customer: Option<&CustomerId>, parts: &Parts) {
    let customer = customer.map(tracing::field::display);
    let (method, path) = (parts.method.as_str(), parts.uri.path());
    tracing::warn!(target: "audit", subject, customer, method, path, "refused");
}
