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
    partitions: i32,
}

impl Topic {
    pub(crate) fn start(partitions: i32) -> Self {
        let cluster = MockCluster::new(1).unwrap();
        cluster.create_topic(TOPIC, partitions, 1).unwrap();
        Self { cluster, partitions }
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

    /// Everything that was ever announced.
    fn records(&self) -> Vec<Record> {
        let reader: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", self.brokers())
            .set("group.id", "reader")
            .create()
            .unwrap();
        let mut records = Vec::new();
        for partition in 0..self.partitions {
            let (low, high) = reader.fetch_watermarks(TOPIC, partition, PATIENCE).unwrap();
            assert_eq!(low, 0, "the cluster has dropped nothing");
            let mut from = TopicPartitionList::new();
            from.add_partition_offset(TOPIC, partition, Offset::Beginning).unwrap();
            reader.assign(&from).unwrap();
            for _ in 0..high {
                records.push(read(&reader.poll(PATIENCE).unwrap().unwrap()));
            }
        }
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
