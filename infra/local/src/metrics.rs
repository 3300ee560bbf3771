//! What `/metrics` says, in Prometheus' text format.

use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use metrics::{
    Counter, Histogram, Unit, counter, describe_counter, describe_gauge, describe_histogram,
    histogram,
};
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
        describe();
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

fn describe() {
    describe_histogram!("darkroom_http_seconds", Unit::Seconds, "From a request to its answer");
    describe_counter!("darkroom_edge_answers_total", "Answers of the edge, by how they came about");
    describe_gauge!("darkroom_outbox_entries", "Changes that Kafka has not acknowledged");
    describe_gauge!("darkroom_outbox_oldest_seconds", Unit::Seconds, "Age of the oldest of them");
    describe_histogram!(
        "darkroom_announce_seconds",
        Unit::Seconds,
        "From an event to Kafka's acknowledgement"
    );
    describe_counter!("darkroom_announce_failed_total", "Events that Kafka did not acknowledge");
    describe_gauge!("darkroom_feed_lag_messages", "Messages that the consumer has not taken");
    describe_counter!("darkroom_feed_records_total", "Messages that the consumer has taken");
    describe_counter!("darkroom_feed_gap_messages_total", "Messages that nobody has seen");
    describe_counter!("darkroom_dead_letters_failed_total", "Dead letters that Kafka did not take");
    describe_counter!("darkroom_feed_rejected_total", "Of these, rejected, by reason");
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Metrics")
    }
}
