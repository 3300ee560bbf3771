//! The Kafka producer.

use std::time::{Duration, Instant};

use customer::Event;
use kafka::{Identity, KafkaConfig};
use metrics::{counter, histogram};
use rdkafka::{
    error::KafkaError,
    message::{Header, OwnedHeaders},
    producer::{FutureProducer, FutureRecord, Producer},
};
use telemetry::TraceParent;
use tracing::{Instrument, info_span};

/// How long a produce may wait for room in the local queue.
const QUEUE_TIMEOUT: Duration = Duration::from_secs(5);

/// Sends events and waits until Kafka has them. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Feed {
    producer: FutureProducer<Identity>,
    topic: String,
}

/// Why an event is not known to be on Kafka.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    #[error("Kafka has not acknowledged the event")]
    Kafka(#[from] KafkaError),
    #[error("the event cannot be written as JSON")]
    Json(#[from] serde_json::Error),
    #[error("the producer was stopped before Kafka answered")]
    Stopped,
}

impl Feed {
    /// Connects in the background.
    pub(crate) fn connect(kafka: &KafkaConfig) -> Result<Self, FeedError> {
        let producer = kafka.producer("darkroom-announce")?;
        Ok(Self { producer, topic: kafka.topic.clone() })
    }

    /// Returns once Kafka has acknowledged the event.
    pub(crate) async fn publish(&self, event: &Event) -> Result<(), FeedError> {
        let id = event.id();
        let span = info_span!("publish", event = id, topic = self.topic, "otel.kind" = "producer");
        if let Some(trace) = &event.record.trace {
            trace.adopt(&span);
        }
        self.send(event).instrument(span).await
    }

    async fn send(&self, event: &Event) -> Result<(), FeedError> {
        let (key, payload) = (event.key(), event.payload()?);
        let mut headers = OwnedHeaders::new();
        for (key, value) in &event.headers() {
            headers = headers.insert(Header { key, value: Some(value) });
        }
        if let Some(trace) = TraceParent::current() {
            let value = Some(trace.as_str());
            headers = headers.insert(Header { key: TraceParent::HEADER, value });
        }
        let record = FutureRecord::to(&self.topic).key(&key).payload(&payload).headers(headers);
        let began = Instant::now();
        let sent = self.producer.send(record, QUEUE_TIMEOUT).await;
        match sent {
            Ok(_) => histogram!("darkroom_announce_seconds").record(began.elapsed()),
            Err(_) => counter!("darkroom_announce_failed_total").increment(1),
        }
        sent.map(drop).map_err(|(error, _)| FeedError::Kafka(error))
    }

    /// Waits for everything in flight; for the end of a process or of a Lambda's invocation.
    pub(crate) fn flush(&self, timeout: Duration) -> Result<(), FeedError> {
        Ok(self.producer.flush(timeout)?)
    }
}

impl std::fmt::Debug for Feed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Feed")
    }
}
