use std::{
    collections::BTreeMap,
    io::Write,
    process::{Command, Stdio},
    time::Duration,
};

use customer::ImageId;
use futures::future::join_all;
use kafka::KafkaConfig;
use rdkafka::{
    Message, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
    producer::FutureRecord,
};

const PARTITIONS: i32 = 12;
const KEYS: usize = 1_000;
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn every_key_goes_to_the_partition_that_javas_client_chooses() {
    if !tests::kafka::is_apache() {
        return;
    }
    let keys: Vec<_> =
        (0..KEYS).map(|number| ImageId::of(&number.to_le_bytes()).0.to_string()).collect();
    let (ours, theirs) =
        (tests::kafka::topic(PARTITIONS).await, tests::kafka::topic(PARTITIONS).await);

    let producer = ours.producer("test").unwrap();
    let sent = keys.iter().map(async |key| {
        let record = FutureRecord::to(&ours.topic).key(key).payload("ours");
        producer.send(record, PATIENCE).await.unwrap();
    });
    join_all(sent).await;
    produce_in_java(&theirs, &keys);

    let ours = partitions(&ours);
    assert_eq!(ours.len(), KEYS);
    assert_eq!(ours, partitions(&theirs));
    for partition in 0..PARTITIONS {
        let keys = ours.values().filter(|of| **of == partition).count();
        assert!((40..=130).contains(&keys), "partition {partition} has {keys} of {KEYS} keys");
    }
}

/// By Kafka's own console producer.
fn produce_in_java(config: &KafkaConfig, keys: &[String]) {
    let mut producer = Command::new("java")
        .arg("-cp")
        .arg(tests::kafka::jars().join("*"))
        .args(["org.apache.kafka.tools.ConsoleProducer", "--bootstrap-server", &config.brokers])
        .args(["--topic", &config.topic, "--reader-property", "parse.key=true"])
        .args(["--reader-property", "key.separator=:"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = producer.stdin.take().unwrap();
    for key in keys {
        writeln!(lines, "{key}:theirs").unwrap();
    }
    drop(lines);
    assert!(producer.wait().unwrap().success());
}

/// The partition of every key.
fn partitions(config: &KafkaConfig) -> BTreeMap<String, i32> {
    let mut reader = config.client("reader");
    let reader: BaseConsumer = reader.set("group.id", "reader").create().unwrap();
    let mut all = TopicPartitionList::new();
    for partition in 0..PARTITIONS {
        all.add_partition_offset(&config.topic, partition, Offset::Beginning).unwrap();
    }
    reader.assign(&all).unwrap();
    let messages = (0..KEYS).map(|_| {
        loop {
            if let Some(message) = reader.poll(PATIENCE) {
                break message.unwrap();
            }
        }
    });
    messages
        .map(|message| {
            let key = String::from_utf8(message.key().unwrap().to_vec()).unwrap();
            (key, message.partition())
        })
        .collect()
}
