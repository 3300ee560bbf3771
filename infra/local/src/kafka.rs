//! Kafka inside the process: librdkafka's own cluster, which speaks the protocol on a port of its own.
//!
//! It keeps messages in memory and drops the oldest past 5 MiB a partition. So each start is a new
//! epoch of the feed, reconcile announces again what was not staged, and [`Backlog`] holds announce
//! back while the consumer is behind.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use customer::TOPIC;
use rdkafka::{
    ClientConfig, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
    error::KafkaError,
    mocking::MockCluster,
    producer::DefaultProducerContext,
};

/// As many as a small machine can stage at a time.
const PARTITIONS: i32 = 4;
const ASKING_TIMEOUT: Duration = Duration::from_secs(2);
const CHECKED_EVERY: Duration = Duration::from_millis(500);
/// Messages of a partition that are not yet staged, past which announce waits.
const LAG_MAX: i64 = 1_000;

/// The in-process cluster. Gone, with its messages, when dropped.
pub(crate) struct Kafka {
    cluster: MockCluster<'static, DefaultProducerContext>,
}

impl Kafka {
    pub(crate) fn start() -> Result<Self, KafkaError> {
        let cluster = MockCluster::new(1)?;
        cluster.create_topic(TOPIC, PARTITIONS, 1)?;
        Ok(Self { cluster })
    }

    /// `host:port` for clients.
    pub(crate) fn brokers(&self) -> String {
        self.cluster.bootstrap_servers()
    }
}

impl std::fmt::Debug for Kafka {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kafka").field("brokers", &self.brokers()).finish()
    }
}

/// Whether the consumer group is so far behind that the cluster could drop what it has not seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Backlog(Arc<AtomicBool>);

impl Backlog {
    /// Watches `group` on a thread of its own until the last clone is dropped.
    pub(crate) fn watch(brokers: &str, group: &str) -> Result<Self, KafkaError> {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", brokers)
            .set("group.id", group)
            .create()?;
        let backlog = Self::default();
        let shared = Arc::downgrade(&backlog.0);
        std::thread::spawn(move || {
            while let Some(behind) = shared.upgrade() {
                match lag(&consumer) {
                    Ok(lag) => behind.store(lag > LAG_MAX, Ordering::Relaxed),
                    Err(error) => tracing::debug!(%error, "the lag is not known"),
                }
                drop(behind);
                std::thread::sleep(CHECKED_EVERY);
            }
        });
        Ok(backlog)
    }

    /// Returns when the group is not, or no longer, too far behind.
    pub(crate) async fn wait(&self) {
        while self.0.load(Ordering::Relaxed) {
            tokio::time::sleep(CHECKED_EVERY).await;
        }
    }
}

/// Messages that the group has not committed, in the partition where they are most.
fn lag(consumer: &BaseConsumer) -> Result<i64, KafkaError> {
    let mut partitions = TopicPartitionList::new();
    partitions.add_partition_range(TOPIC, 0, PARTITIONS - 1);
    let committed = consumer.committed_offsets(partitions, ASKING_TIMEOUT)?;
    let mut most = 0;
    for partition in committed.elements() {
        let (low, high) =
            consumer.fetch_watermarks(TOPIC, partition.partition(), ASKING_TIMEOUT)?;
        let next = partition.offset().to_raw().filter(|offset| *offset >= 0).unwrap_or(low);
        most = most.max(high - next);
    }
    Ok(most)
}
