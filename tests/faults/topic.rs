use std::{collections::BTreeMap, time::Duration};

use customer::{Event, ImageId, Record};
use kafka::{Identity, KafkaConfig};
use rdkafka::{
    Message, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
    message::{BorrowedMessage, Headers},
};

const PATIENCE: Duration = Duration::from_secs(20);

/// A topic of its own. It outlives every program that is killed.
pub(crate) struct Topic {
    pub(crate) config: KafkaConfig,
    reader: BaseConsumer<Identity>,
    partitions: i32,
}

impl Topic {
    pub(crate) async fn start(partitions: i32) -> Self {
        let config = tests::kafka::topic(partitions).await;
        let mut reader = config.client("reader");
        reader.set("group.id", "reader").set("enable.auto.commit", "false");
        let reader = reader.create_with_context(config.identity()).unwrap();
        Self { config, reader, partitions }
    }

    /// The record of the highest version of each image that was announced.
    pub(crate) fn newest(&self) -> BTreeMap<ImageId, Record> {
        let mut newest = BTreeMap::<ImageId, Record>::new();
        for record in self.records() {
            let known = newest.get(&record.image).map_or(0, |known| known.version);
            if record.version > known {
                newest.insert(record.image, record);
            }
        }
        newest
    }

    /// How many messages a partition has.
    pub(crate) fn end(&self, partition: i32) -> i64 {
        let (low, high) =
            self.reader.fetch_watermarks(&self.config.topic, partition, PATIENCE).unwrap();
        assert_eq!(low, 0, "the cluster has dropped nothing");
        high
    }

    /// Everything that was ever announced.
    fn records(&self) -> Vec<Record> {
        let ends: i64 = (0..self.partitions).map(|partition| self.end(partition)).sum();
        let mut all = TopicPartitionList::new();
        for partition in 0..self.partitions {
            all.add_partition_offset(&self.config.topic, partition, Offset::Beginning).unwrap();
        }
        self.reader.assign(&all).unwrap();
        // A poll may return without a message before its time.
        let polled = std::iter::repeat_with(|| self.reader.poll(PATIENCE)).flatten();
        let records = polled.take(ends.try_into().unwrap()).map(|message| read(&message.unwrap()));
        let records = records.collect();
        self.reader.unassign().unwrap();
        records
    }
}

fn read(message: &BorrowedMessage<'_>) -> Record {
    let headers = message.headers().unwrap().iter();
    let headers: Vec<_> = headers.map(|header| (header.key, header.value.unwrap())).collect();
    let event = Event::parse(headers.iter().copied(), message.payload().unwrap()).unwrap();
    assert!(headers.contains(&("ce_id", event.id().as_bytes())), "{headers:?}");
    assert_eq!(message.key(), Some(event.key().as_bytes()));
    event.record
}
