//! The span of a request: what its log lines say of it, and its place in a trace.

use http::HeaderMap;
use tracing::{Span, field::Empty, info_span};

use crate::{TraceParent, emf};

/// A span for the request with this id, a part of the trace that its headers name.
pub fn request_span(request_id: &str, headers: &HeaderMap) -> Span {
    let span = info_span!("request", request_id, customer = Empty, "otel.kind" = "server");
    if let Some(parent) = TraceParent::of_headers(headers) {
        parent.adopt(&span);
    }
    span
}

/// The request in whose span this is called is about this customer; the metrics of a Lambda's invocation say so, too.
pub fn customer_is(customer: &str) {
    Span::current().record("customer", customer);
    emf::customer_is(customer);
}
