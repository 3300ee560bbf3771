//! How far behind a consumer group is.

use std::{collections::BTreeMap, time::Duration};

use rdkafka::{
    TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
    error::KafkaError,
    metadata::MetadataTopic,
};

use crate::{Identity, KafkaConfig};

const ASKING_TIMEOUT: Duration = Duration::from_secs(2);

/// Asks for the lag of a group, again and again, without being a member of it. Blocks the thread that asks.
pub struct Lag {
    client: BaseConsumer<Identity>,
    topic: String,
}

/// Why the lag is not known.
#[derive(Debug, thiserror::Error)]
pub enum LagError {
    #[error("Kafka does not say how far the group is")]
    Kafka(#[from] KafkaError),
    #[error("Kafka has no topic '{0}'; make it with: darkroom topics create")]
    NoTopic(String),
}

impl Lag {
    pub fn of(config: &KafkaConfig, group: &str) -> Result<Self, LagError> {
        let mut client = config.client("darkroom-lag");
        client.set("group.id", group);
        let client = client.create_with_context(config.identity())?;
        Ok(Self { client, topic: config.topic.clone() })
    }

    /// By partition, messages that the group has not said it has taken.
    pub fn read(&self) -> Result<BTreeMap<i32, i64>, LagError> {
        let Self { client, topic } = self;
        let metadata = client.fetch_metadata(Some(topic), ASKING_TIMEOUT)?;
        let mut partitions = TopicPartitionList::new();
        for partition in metadata.topics().iter().flat_map(MetadataTopic::partitions) {
            partitions.add_partition(topic, partition.id());
        }
        if partitions.count() == 0 {
            return Err(LagError::NoTopic(topic.clone()));
        }
        let committed = client.committed_offsets(partitions, ASKING_TIMEOUT)?;
        let mut lag = BTreeMap::new();
        for partition in committed.elements() {
            let id = partition.partition();
            let (low, high) = client.fetch_watermarks(topic, id, ASKING_TIMEOUT)?;
            let next = partition.offset().to_raw().filter(|offset| *offset >= 0).unwrap_or(low);
            lag.insert(id, (high - next).max(0));
        }
        Ok(lag)
    }
}

impl std::fmt::Debug for Lag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Lag")
    }
}
