//! Audit: who was refused what, and who did what to whom. One line each under the target `audit`,
//! with names and paths and never with a token, cookie or key.

use http::Method;

use crate::Claims;

/// The target of all lines here.
const TARGET: &str = "audit";

/// A user whose token is good asked for what is not theirs.
pub fn refused(claims: &Claims, method: &Method, path: &str) {
    let Claims { subject, customer, .. } = claims;
    let customer = customer.as_ref().map(tracing::field::display);
    tracing::warn!(target: TARGET, subject, customer, %method, path, "refused");
}

/// `operator` did `act` to `subject`: a customer or a user.
pub fn done(operator: &str, act: &str, subject: &str) {
    tracing::info!(target: TARGET, operator, act, subject, "done");
}
