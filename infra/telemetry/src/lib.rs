//! What every program tells of itself: a log, traces and metrics.
//!
//! * The log is text, or one JSON object a line. Lines of a request carry its id and, once it is known, its customer.
//! * Traces go by OpenTelemetry's protocol to the collector that `OTEL_EXPORTER_OTLP_ENDPOINT` names; without one there
//!   are none. A change carries its trace in its record and on Kafka ([`TraceParent`]), so that one trace leads from a
//!   request to the shards that hold its image.
//! * Metrics are counted by the crate `metrics`. On one machine `/metrics` answers them; in Lambda each invocation writes
//!   them in CloudWatch's embedded metric format.

mod config;
mod describe;
mod emf;
mod export;
mod request;
mod start;
mod traceparent;

pub use config::{Config, ConfigError};
pub use describe::describe;
pub use export::is_tracing;
pub use request::{customer_is, request_span};
pub use start::{Log, StartError, Telemetry};
pub use traceparent::TraceParent;
