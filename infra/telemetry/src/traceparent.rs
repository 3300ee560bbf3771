//! Where in which trace something happened, as W3C's Trace Context writes it: `00-{trace}-{span}-{flags}`.

use std::collections::HashMap;

use http::HeaderMap;
use opentelemetry::{
    propagation::TextMapPropagator,
    trace::{TraceContextExt, TraceId},
};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use serde::{Deserialize, Serialize};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// A place in a trace, to go on from elsewhere and later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TraceParent(String);

impl TraceParent {
    /// The header of HTTP and of Kafka messages.
    pub const HEADER: &str = "traceparent";

    /// The current span's. None where nothing is traced.
    pub fn current() -> Option<Self> {
        Self::of_span(&Span::current())
    }

    /// The span's, if it is recorded.
    pub fn of_span(span: &Span) -> Option<Self> {
        let context = span.context();
        if !context.span().span_context().is_sampled() {
            return None;
        }
        let mut carrier = HashMap::new();
        TraceContextPropagator::new().inject_context(&context, &mut carrier);
        carrier.remove(Self::HEADER).map(Self)
    }

    /// As a client or an edge sent it. What it means is asked when it is adopted.
    pub fn of_headers(headers: &HeaderMap) -> Option<Self> {
        headers.get(Self::HEADER)?.to_str().ok().map(Self::from)
    }

    /// Makes `span`, which has not been entered yet, a part of this trace. What is no place in a trace changes nothing.
    pub fn adopt(&self, span: &Span) {
        let carrier = HashMap::from([(Self::HEADER.to_owned(), self.0.clone())]);
        let context = TraceContextPropagator::new().extract(&carrier);
        if context.span().span_context().trace_id() != TraceId::INVALID {
            // An error where nothing is traced, or the span has begun: then it stays where it is.
            let _ = span.set_parent(context);
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for TraceParent {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}
