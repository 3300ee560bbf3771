//! What `/metrics` says, in Prometheus' text format.

use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use metrics::{Counter, Histogram, counter, histogram};
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};

/// Bounds of histograms, in seconds.
const SECONDS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 15.0, 60.0];
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Everything that this process measures.
#[derive(Clone)]
pub(crate) struct Metrics {
    kept: PrometheusHandle,
    /// How long each image took to be answered, and each call of the API.
    pub(crate) delivery: Histogram,
    pub(crate) api: Histogram,
}

impl Metrics {
    /// From here on what the process measures is kept. Once in a process.
    pub(crate) fn install() -> Result<Self, BuildError> {
        let kept = PrometheusBuilder::new().set_buckets(&SECONDS)?.install_recorder()?;
        telemetry::describe();
        let seconds = |route| histogram!("darkroom_http_seconds", "route" => route);
        Ok(Self { kept, delivery: seconds("delivery"), api: seconds("api") })
    }

    /// Forgets nothing, and drops what histograms need no more.
    pub(crate) fn upkeep(&self) {
        self.kept.run_upkeep();
    }

    pub(crate) fn answer(&self) -> Response {
        ([(header::CONTENT_TYPE, TEXT), (header::CACHE_CONTROL, "no-store")], self.kept.render())
            .into_response()
    }
}

/// Answers of the edge that came about in one way.
pub(crate) fn edge_answers(outcome: &'static str) -> Counter {
    counter!("darkroom_edge_answers_total", "outcome" => outcome)
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Metrics")
    }
}
