use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use consumer::{Function, FunctionConfig, MskBatch, Staging};
use customer::Registry;
use data_encoding::BASE64;
use kafka::KafkaConfig;
use rdkafka::{
    Message, Offset, TopicPartitionList,
    consumer::{Consumer, StreamConsumer},
    message::{BorrowedMessage, Headers},
};
use serde_json::{Value, json};
use tests::random::Random;
use tokio::time::{sleep, timeout};

use crate::stand::{Apache, Stand};

const EPOCH: &str = "1";
/// As of an event source mapping.
const BATCH_RECORDS_MAX: usize = 100;
/// The process flushes a batch after five seconds: sometimes it is first, and sometimes the function.
const WINDOW_MAX_MS: usize = 9_000;
const ROUNDS: usize = 12;

#[tokio::test(flavor = "multi_thread")]
async fn both_shells_at_once_stage_everything_once() {
    let Some(apache) = Apache::start(&[]).await else { return };
    let mut stand = Stand::start(apache.config(), &[]).await;
    let buckets = stand.buckets().await;
    let registry = Registry::new(buckets.service());
    let staging = Staging::default();
    let config = FunctionConfig {
        epoch: EPOCH.to_owned(),
        staging,
        kafka: Some(stand.config.clone()),
        reports_failures: true,
    };
    let function = Function::new(config, buckets, registry).await.unwrap();
    let (kafka, is_over) = (stand.config.clone(), AtomicBool::new(false));
    let uploading = async {
        for _ in 0..ROUNDS {
            stand.upload(15).await;
            sleep(Duration::from_secs(2)).await;
        }
        is_over.store(true, Ordering::SeqCst);
    };
    tokio::join!(uploading, Box::pin(invoke(&function, &kafka, &is_over)));
    let chains = stand.comes_to_rest(EPOCH).await;
    let commits = chains.iter().flat_map(|chain| &chain.commits);
    let writers: std::collections::BTreeSet<_> = commits.map(|commit| &commit.writer).collect();
    assert_eq!(writers.len(), 2, "both have staged: {writers:?}");
}

/// Lambda's poller: batches of all partitions, some of them twice.
async fn invoke(function: &Function, kafka: &KafkaConfig, is_over: &AtomicBool) {
    let poller = poller(kafka);
    let mut random = Random::new(13);
    while !is_over.load(Ordering::SeqCst) {
        let window = Duration::from_millis(random.below(WINDOW_MAX_MS).try_into().unwrap());
        let mut messages = Vec::new();
        let filled = async {
            while messages.len() < BATCH_RECORDS_MAX {
                messages.push(as_sent(&poller.recv().await.unwrap()));
            }
        };
        drop(timeout(window, filled).await);
        let event = json!({"eventSource": "aws:kafka", "records": {"images-0": messages}});
        for _ in 0..=random.below(2) {
            let batch: MskBatch = serde_json::from_value(event.clone()).unwrap();
            let deadline = Instant::now() + Duration::from_mins(1);
            let failures = function.handle(batch, deadline).await.unwrap();
            assert_eq!(serde_json::to_string(&failures).unwrap(), r#"{"batchItemFailures":[]}"#);
        }
    }
}

/// Reads all partitions from their beginning, as nobody's member.
pub(crate) fn poller(kafka: &KafkaConfig) -> StreamConsumer {
    let mut client = kafka.client("poller");
    let poller: StreamConsumer = client.set("group.id", "poller").create().unwrap();
    let mut all = TopicPartitionList::new();
    for partition in 0..kafka::TopicSettings::ONE_BROKER.partitions {
        all.add_partition_offset(&kafka.topic, partition, Offset::Beginning).unwrap();
    }
    poller.assign(&all).unwrap();
    poller
}

/// A message as the event source for MSK hands it on.
pub(crate) fn as_sent(message: &BorrowedMessage<'_>) -> Value {
    let headers = message.headers().unwrap().iter();
    // Java's bytes have a sign.
    let signed = |value: &[u8]| value.iter().map(|byte| byte.cast_signed()).collect::<Vec<_>>();
    let headers: Vec<_> =
        headers.map(|header| json!({header.key: signed(header.value.unwrap())})).collect();
    json!({
        "topic": message.topic(), "partition": message.partition(), "offset": message.offset(),
        "timestamp": message.timestamp().to_millis(), "timestampType": "CREATE_TIME",
        "key": BASE64.encode(message.key().unwrap()),
        "value": BASE64.encode(message.payload().unwrap()),
        "headers": headers,
    })
}
