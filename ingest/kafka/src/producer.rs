//! How events are sent.

use rdkafka::{error::KafkaError, producer::FutureProducer};

use crate::{Identity, KafkaConfig};

/// After this an event counts as not sent; its outbox entry sends it again.
const DELIVERY_TIMEOUT_MS: &str = "30000";
/// Bounds the local queue; librdkafka's own bound is 1 GiB.
const QUEUE_KILOBYTES: &str = "16384";

impl KafkaConfig {
    /// A producer that connects in the background. Idempotent (implies `acks=all`), and partitioned
    /// as Java clients do it.
    pub fn producer(&self, name: &str) -> Result<FutureProducer<Identity>, KafkaError> {
        self.client(name)
            .set("enable.idempotence", "true")
            .set("partitioner", "murmur2_random")
            .set("compression.type", "zstd")
            .set("linger.ms", "5")
            .set("delivery.timeout.ms", DELIVERY_TIMEOUT_MS)
            .set("queue.buffering.max.kbytes", QUEUE_KILOBYTES)
            .create_with_context(self.identity())
    }
}
