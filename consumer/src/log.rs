//! A topic's log at given offsets, read outside of any consumer group.

use std::time::Duration;

use customer::Timestamp;
use kafka::{Identity, KafkaConfig};
use rdkafka::{
    Message, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
    error::{KafkaError, KafkaResult},
    message::{BorrowedMessage, Headers},
    types::RDKafkaErrorCode,
};
use tokio::task::spawn_blocking;

use crate::{Gap, Incoming};

/// For whatever Kafka is asked.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(10);

/// Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Log {
    config: KafkaConfig,
}

impl Log {
    pub(crate) fn new(config: &KafkaConfig) -> Self {
        Self { config: config.clone() }
    }

    /// How many partitions the topic has.
    pub(crate) async fn partitions(&self) -> KafkaResult<i32> {
        let log = self.clone();
        blocking(move || {
            let topic = &log.config.topic;
            let metadata = log.connect()?.fetch_metadata(Some(topic), TIMEOUT)?;
            let found = metadata.topics().iter().find(|found| found.name() == topic);
            Ok(found.map_or(0, |topic| topic.partitions().len().try_into().unwrap_or(i32::MAX)))
        })
        .await
    }

    /// What the log still has of a range of offsets, in their order.
    pub(crate) async fn read(&self, partition: i32, range: Gap) -> KafkaResult<Vec<Incoming>> {
        let log = self.clone();
        blocking(move || log.read_blocking(partition, range)).await
    }

    fn read_blocking(&self, partition: i32, range: Gap) -> KafkaResult<Vec<Incoming>> {
        let client = self.connect()?;
        let (first, end) = client.fetch_watermarks(&self.config.topic, partition, TIMEOUT)?;
        let mut found = Vec::new();
        let mut next = range.from.max(first);
        if next > range.to || next >= end {
            return Ok(found);
        }
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(&self.config.topic, partition, Offset::Offset(next))?;
        client.assign(&list)?;
        while next <= range.to {
            match client.poll(TIMEOUT).transpose() {
                Ok(Some(message)) if message.offset() <= range.to => {
                    next = message.offset() + 1;
                    found.push(incoming(&message));
                }
                // What lies between are transactions' markers, or what compaction took.
                Ok(Some(_)) | Err(KafkaError::PartitionEOF(_)) => break,
                Ok(None) => {
                    return Err(KafkaError::MessageConsumption(
                        RDKafkaErrorCode::OperationTimedOut,
                    ));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    fn connect(&self) -> KafkaResult<BaseConsumer<Identity>> {
        let mut client = self.config.client("darkroom-consumer-look");
        client
            .set("group.id", "none")
            .set("enable.auto.commit", "false")
            .set("enable.partition.eof", "true")
            .set("auto.offset.reset", "error");
        client.create_with_context(self.config.identity())
    }
}

async fn blocking<T: Send + 'static>(
    ask: impl FnOnce() -> KafkaResult<T> + Send + 'static,
) -> KafkaResult<T> {
    spawn_blocking(ask).await.map_err(|_| KafkaError::Canceled)?
}

/// A message as the feed takes it.
pub(crate) fn incoming(message: &BorrowedMessage<'_>) -> Incoming {
    let headers = message.headers().into_iter().flat_map(|headers| headers.iter());
    let headers = headers.map(|header| (header.key, header.value.unwrap_or_default()));
    let timestamp = message.timestamp().to_millis().map(Timestamp::from_ms);
    Incoming::read(message.offset(), timestamp, headers, message.payload().unwrap_or_default())
}
