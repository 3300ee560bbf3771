use std::time::Duration;

use customer::{Event, TOPIC};
use rdkafka::{
    ClientConfig, Message, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
    message::{BorrowedMessage, Headers},
};

const PATIENCE: Duration = Duration::from_secs(30);

/// Version and type of every event of the demo customer's image, in the order of the topic.
pub(crate) fn events_of(brokers: &str, image: &str) -> Vec<(u64, String)> {
    let reader: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("group.id", "state")
        .set("enable.auto.commit", "false")
        .create()
        .unwrap();
    let metadata = reader.fetch_metadata(Some(TOPIC), PATIENCE).unwrap();
    let partitions = metadata.topics()[0].partitions().iter();
    partitions.flat_map(|partition| read(&reader, partition.id(), image)).collect()
}

/// Reads one partition to its present end.
fn read(reader: &BaseConsumer, partition: i32, image: &str) -> Vec<(u64, String)> {
    let (first, end) = reader.fetch_watermarks(TOPIC, partition, PATIENCE).unwrap();
    let mut from = TopicPartitionList::new();
    from.add_partition_offset(TOPIC, partition, Offset::Offset(first)).unwrap();
    reader.assign(&from).unwrap();
    let mut events = Vec::new();
    for _ in first..end {
        let message = reader.poll(PATIENCE).expect("the topic is shorter than it says").unwrap();
        if message.key() == Some(image.as_bytes()) {
            events.push(event(&message, image));
        }
    }
    events
}

/// An event says the same in its headers and in its record.
fn event(message: &BorrowedMessage<'_>, image: &str) -> (u64, String) {
    let headers: Vec<_> = message.headers().unwrap().iter().collect();
    let header = |name| {
        let header = headers.iter().find(|header| header.key == name).unwrap();
        String::from_utf8(header.value.unwrap().to_vec()).unwrap()
    };
    let pairs = headers.iter().map(|header| (header.key, header.value.unwrap_or_default()));
    let Event { record } = Event::parse(pairs, message.payload().unwrap()).unwrap();
    assert_eq!(header("ce_id"), format!("demo/{image}/{}", record.version));
    assert_eq!(header("ce_type"), record.change.event_type());
    (record.version, header("ce_type"))
}
