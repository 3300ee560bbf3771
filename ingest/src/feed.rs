//! The Kafka producer.

use std::time::Duration;

use customer::{Event, TOPIC};
use rdkafka::{
    ClientConfig,
    error::KafkaError,
    message::{Header, OwnedHeaders},
    producer::{FutureProducer, FutureRecord, Producer},
};

/// After this the event counts as not sent; the outbox entry sends it again.
const DELIVERY_TIMEOUT_MS: &str = "30000";
/// How long a produce may wait for room in the local queue.
const QUEUE_TIMEOUT: Duration = Duration::from_secs(5);
/// Bounds the local queue; librdkafka's own bound is 1 GiB.
const QUEUE_KILOBYTES: &str = "16384";

/// Sends events and waits until Kafka has them. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Feed {
    producer: FutureProducer,
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
    /// Connects in the background; `brokers` is `host:port,…`.
    ///
    /// Idempotent (implies `acks=all`), and partitioned as Java clients do it.
    pub(crate) fn connect(brokers: &str) -> Result<Self, FeedError> {
        let producer = ClientConfig::new()
            .set("bootstrap.servers", brokers)
            .set("client.id", "darkroom-announce")
            .set("enable.idempotence", "true")
            .set("partitioner", "murmur2_random")
            .set("compression.type", "zstd")
            .set("linger.ms", "5")
            .set("delivery.timeout.ms", DELIVERY_TIMEOUT_MS)
            .set("queue.buffering.max.kbytes", QUEUE_KILOBYTES)
            .create()?;
        Ok(Self { producer })
    }

    /// Returns once Kafka has acknowledged the event.
    pub(crate) async fn publish(&self, event: &Event) -> Result<(), FeedError> {
        let (key, payload) = (event.key(), event.payload()?);
        let headers = event.headers().iter().fold(OwnedHeaders::new(), |headers, (key, value)| {
            headers.insert(Header { key, value: Some(value) })
        });
        let record = FutureRecord::to(TOPIC).key(&key).payload(&payload).headers(headers);
        let sent = self.producer.send(record, QUEUE_TIMEOUT).await;
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
