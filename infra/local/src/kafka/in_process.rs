//! Kafka inside the process: librdkafka's own cluster, which speaks the protocol on a port of its own.
//!
//! It keeps messages in memory and drops the oldest past 5 MiB a partition. So each start is a new
//! epoch of the feed, reconcile announces again what was not staged, and [`super::Backlog`] holds
//! announce back while the consumer is behind.

use rdkafka::{error::KafkaError, mocking::MockCluster, producer::DefaultProducerContext};

/// As many as a small machine can stage at a time.
const PARTITIONS: i32 = 4;

/// The in-process cluster. Gone, with its messages, when dropped.
pub(super) struct Cluster(MockCluster<'static, DefaultProducerContext>);

impl Cluster {
    pub(super) fn start(topics: [&str; 2]) -> Result<Self, KafkaError> {
        let cluster = MockCluster::new(1)?;
        for topic in topics {
            cluster.create_topic(topic, PARTITIONS, 1)?;
        }
        Ok(Self(cluster))
    }

    /// `host:port` for clients.
    pub(super) fn brokers(&self) -> String {
        self.0.bootstrap_servers()
    }
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cluster").field("brokers", &self.brokers()).finish()
    }
}
