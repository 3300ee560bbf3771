use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use consumer::{Function, FunctionConfig, MskBatch, Staging};
use customer::{Consent, Event, Record, TOPIC};
use data_encoding::BASE64;
use serde_json::{Value, json};

use crate::{
    store::{Store, chain, fixture},
    verify::verify,
};

fn in_time() -> Instant {
    Instant::now() + Duration::from_mins(1)
}

async fn function(store: &Store, reports_failures: bool) -> Function {
    let staging = Staging::default();
    let config =
        FunctionConfig { epoch: "test".to_owned(), staging, kafka: None, reports_failures };
    Function::new(config, store.buckets.clone(), store.registry.clone()).await.unwrap()
}

/// A record as the event source sends it.
fn message(partition: i32, offset: i64, record: &Record) -> Value {
    let event = Event { record: record.clone() };
    let headers = event.headers();
    let headers: Vec<_> =
        headers.iter().map(|(name, value)| json!({*name: value.as_bytes()})).collect();
    json!({
        "topic": TOPIC, "partition": partition, "offset": offset,
        "timestamp": 1_795_246_141_000_i64, "timestampType": "CREATE_TIME",
        "key": BASE64.encode(event.key().as_bytes()),
        "value": BASE64.encode(&event.payload().unwrap()),
        "headers": headers,
    })
}

fn poison(partition: i32, offset: i64) -> Value {
    json!({"topic": TOPIC, "partition": partition, "offset": offset, "value": null})
}

fn batch(messages: &[Value]) -> MskBatch {
    let records = json!({"images-0": messages});
    serde_json::from_value(json!({"eventSource": "aws:kafka", "records": records})).unwrap()
}

#[tokio::test]
async fn a_batch_of_several_partitions_is_staged_once_however_often_it_comes() {
    let store = Store::start().await;
    let (one, other) = (function(&store, false).await, function(&store, false).await);
    let astronaut = store.upload("acme", &fixture("astronaut.jpg"), Consent::Training).await;
    let coffee = store.upload("beta", &fixture("coffee.jpg"), Consent::None).await;
    let rocket = store.upload("beta", &fixture("rocket.jpg"), Consent::Training).await;
    let first = [
        message(1, 8, &rocket),
        poison(0, 2),
        message(0, 1, &coffee),
        message(0, 0, &astronaut),
        poison(1, 7),
    ];
    // What comes again has grown, and an environment that has seen nothing gets it, too.
    let second = [&first[..], &[message(0, 3, &rocket), poison(1, 9)]].concat();
    for (function, messages) in
        [(&one, &first[..]), (&one, &first), (&other, &second), (&one, &second)]
    {
        let failures = function.handle(batch(messages), in_time()).await.unwrap();
        assert_eq!(failures, consumer::MskFailures::default());
    }
    let outcomes = verify(&store.buckets, &chain(0)).await.outcomes();
    let told = ["staged", "withheld", "not_an_event", "superseded"];
    let told: Vec<_> = (0..).zip(told.map(str::to_owned)).collect();
    assert_eq!(outcomes, told);
    let verified = verify(&store.buckets, &chain(1)).await;
    let offsets: Vec<_> = verified.outcomes().into_iter().map(|(offset, _)| offset).collect();
    assert_eq!(offsets, [7, 8, 9]);
    let gap = verified.commits[0].gap_before.unwrap();
    assert_eq!((gap.from, gap.to), (0, 6), "nobody sent these");
}

#[tokio::test]
async fn what_cannot_be_staged_now_comes_again_and_nothing_else() {
    let store = Store::start().await;
    let (reporting, raising) = (function(&store, true).await, function(&store, false).await);
    let messages = [poison(0, 5), poison(1, 3), poison(0, 4)];
    let report = async |deadline| {
        let failures = reporting.handle(batch(&messages), deadline).await.unwrap();
        serde_json::to_value(failures).unwrap()
    };
    let all = json!({"batchItemFailures": [
        {"itemIdentifier": {"partition": "images-0", "offset": 4}},
        {"itemIdentifier": {"partition": "images-1", "offset": 3}},
    ]});
    assert_eq!(report(Instant::now()).await, all, "there was no time");
    store.faults.is_down.store(true, Ordering::SeqCst);
    assert_eq!(report(in_time()).await, all, "there was no store");
    let raised = raising.handle(batch(&messages), in_time()).await.unwrap_err().to_string();
    assert!(
        raised.starts_with("partition images-0 could not be staged from offset 4 on"),
        "{raised}"
    );
    store.faults.is_down.store(false, Ordering::SeqCst);
    assert!(verify(&store.buckets, &chain(0)).await.commits.is_empty());
    assert_eq!(report(in_time()).await, json!({"batchItemFailures": []}));
    raising.handle(batch(&messages), in_time()).await.unwrap();
    let outcomes =
        [chain(0), chain(1)].map(async |chain| verify(&store.buckets, &chain).await.outcomes());
    let outcomes = futures::future::join_all(outcomes).await;
    assert_eq!(outcomes.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
}
