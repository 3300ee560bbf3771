//! Audit: who was refused what. One line each under the target `audit`, with names and never with a
//! token, cookie or key.

use customer::Claims;

/// A user whose token is good asked for what is not theirs.
pub(crate) fn refused(claims: &Claims, path: &str) {
    let customer = claims.customer.as_ref().map(tracing::field::display);
    tracing::warn!(target: "audit", subject = claims.subject, customer, path, "refused");
}
