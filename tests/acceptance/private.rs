use std::{fs::File, io::Write, path::Path, time::Duration};

use rdkafka::{
    ClientConfig, Message, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
};
use tests::{
    client::path,
    darkroom::{Darkroom, Log, PASSWORD},
    python,
};

const PATIENCE: Duration = Duration::from_secs(20);

/// What cameras, editors and strangers write into pictures stays in the original.
#[tokio::test]
async fn what_is_planted_in_an_original_is_found_in_nothing_that_is_made_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let logged = Log { filter: "debug,hyper=info,h2=info".to_owned(), file: log.clone() };
    let darkroom = Darkroom::start_logging(&folder.path().join("data"), &[], logged);
    let messages = folder.path().join("messages");
    File::create(&messages).unwrap();
    // The second time, Kafka's messages about the first are there.
    for _ in 0..2 {
        let mut search = python::command("find_private.py");
        search.args(["--url", &darkroom.url, "--password", PASSWORD, "--metadata"]);
        search.arg(path("metadata")).arg("--also").args([&log, &messages]);
        search.envs(darkroom.environment());
        python::run(search);
        dump(&darkroom, &messages);
    }
    assert!(std::fs::read_to_string(&messages).unwrap().lines().count() > 18);
}

/// Every message of the topic, a line each.
fn dump(darkroom: &Darkroom, file: &Path) {
    let environment = darkroom.environment();
    let topic = &environment["KAFKA_TOPIC"];
    let reader: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", &environment["KAFKA_BROKERS"])
        .set("group.id", "dump")
        .create()
        .unwrap();
    let metadata = reader.fetch_metadata(Some(topic), PATIENCE).unwrap();
    let mut file = File::create(file).unwrap();
    for partition in metadata.topics()[0].partitions() {
        let (low, high) = reader.fetch_watermarks(topic, partition.id(), PATIENCE).unwrap();
        let mut all = TopicPartitionList::new();
        all.add_partition_offset(topic, partition.id(), Offset::Beginning).unwrap();
        reader.assign(&all).unwrap();
        // A poll may return without a message before its time.
        let polled = std::iter::repeat_with(|| reader.poll(PATIENCE)).flatten();
        for message in polled.take((high - low).try_into().unwrap()) {
            file.write_all(message.unwrap().payload().unwrap()).unwrap();
            file.write_all(b"\n").unwrap();
        }
    }
}
