use std::{collections::BTreeMap, time::Duration};

use customer::{Event, ImageId, Record, TOPIC};
use rdkafka::{
    ClientConfig, Message, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
    message::{BorrowedMessage, Headers},
    mocking::MockCluster,
    producer::DefaultProducerContext,
};

const PATIENCE: Duration = Duration::from_secs(20);

/// A Kafka cluster in this process, with the topic. It outlives every program that is killed.
pub(crate) struct Topic {
    cluster: MockCluster<'static, DefaultProducerContext>,
    reader: BaseConsumer,
    partitions: i32,
}

impl Topic {
    pub(crate) fn start(partitions: i32) -> Self {
        let cluster = MockCluster::new(1).unwrap();
        cluster.create_topic(TOPIC, partitions, 1).unwrap();
        let reader = ClientConfig::new()
            .set("bootstrap.servers", cluster.bootstrap_servers())
            .set("group.id", "reader")
            .create()
            .unwrap();
        Self { cluster, reader, partitions }
    }

    pub(crate) fn brokers(&self) -> String {
        self.cluster.bootstrap_servers()
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
        let (low, high) = self.reader.fetch_watermarks(TOPIC, partition, PATIENCE).unwrap();
        assert_eq!(low, 0, "the cluster has dropped nothing");
        high
    }

    /// Everything that was ever announced.
    fn records(&self) -> Vec<Record> {
        let ends: i64 = (0..self.partitions).map(|partition| self.end(partition)).sum();
        let mut all = TopicPartitionList::new();
        for partition in 0..self.partitions {
            all.add_partition_offset(TOPIC, partition, Offset::Beginning).unwrap();
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
