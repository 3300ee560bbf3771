use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::{
    kafka::Kafka,
    machine::{Machine, eventually},
    picture::picture,
};

/// For so long what waits for Kafka is looked at while Kafka is down.
const WITHOUT_KAFKA: Duration = Duration::from_secs(2);

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_pending_while_kafka_is_down_then_announced_then_staged() {
    let kafka = Kafka::start();
    kafka.down();
    let machine = Machine::start(&kafka.options().each_ref().map(String::as_str)).await;
    let (trained, first) = machine.upload(picture(1), "consent=training").await;
    let (withheld, _) = machine.upload(picture(2), "consent=none").await;
    let (deleted, _) = machine.upload(picture(3), "consent=training").await;
    assert_eq!(first["feed"], "pending");
    machine.client.patch(&trained, &json!({"labels": ["cat"]})).await;
    machine.client.delete(&deleted).await;

    let images = [(&trained, 2), (&withheld, 1), (&deleted, 2)];
    let until = Instant::now() + WITHOUT_KAFKA;
    while Instant::now() < until {
        for (image, version) in images {
            let (_, found) = machine.client.show(image).await;
            assert_eq!((&found["version"], &found["feed"]), (&json!(version), &json!("pending")));
        }
    }
    for (image, version) in images {
        let entries = machine.bucket.naming(&format!("outbox/{image}-")).await;
        assert!(entries.contains(&format!("outbox/{image}-{version}")), "{entries:?}");
    }

    kafka.up();
    assert_eq!(stations(&machine, &trained).await, ["pending", "announced", "staged"]);
    for (image, version) in [(&withheld, 1), (&deleted, 2)] {
        let marker = marker(&machine, image, version).await;
        assert_eq!(marker["outcome"], "withheld");
        assert_eq!(machine.client.show(image).await.1["feed"], "announced", "for good");
    }
    assert_eq!(machine.bucket.naming("outbox/").await, Vec::<String>::new());
}

/// What `feed` says on its way to `staged`.
async fn stations(machine: &Machine, image: &str) -> Vec<String> {
    let mut stations: Vec<String> = Vec::new();
    eventually("staged", async || {
        let (_, found) = machine.client.show(image).await;
        let station = found["feed"].as_str().unwrap().to_owned();
        if stations.last() != Some(&station) {
            stations.push(station);
        }
        (found["feed"] == "staged").then_some(())
    })
    .await;
    stations
}

/// What the consumer leaves behind when it has taken the version in.
async fn marker(machine: &Machine, image: &str, version: u64) -> Value {
    let key = format!("staged/demo/{image}.json");
    eventually("the consumer takes the version in", async || {
        let marker: Value = serde_json::from_slice(&machine.feed_bucket.get(&key).await?).unwrap();
        (marker["version"] == version).then_some(marker)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_change_starts_its_way_anew() {
    let machine = Machine::start(&[]).await;
    let (image, _) = machine.upload(picture(1), "consent=training").await;
    for change in [
        json!({"labels": ["cat"]}),
        json!({"annotations": {"box": [0, 0, 1, 1]}}),
        json!({"visibility": "public"}),
    ] {
        eventually("staged", async || {
            (machine.client.show(&image).await.1["feed"] == "staged").then_some(())
        })
        .await;
        let (_, changed) = machine.client.patch(&image, &change).await;
        assert_ne!(changed["feed"], "staged", "the new version is not: {change}");
    }
    let (_, narrowed) = machine.client.patch(&image, &json!({"consent": "none"})).await;
    let version = narrowed["version"].as_u64().unwrap();
    assert_eq!(marker(&machine, &image, version).await["outcome"], "withheld");
    assert_eq!(machine.client.show(&image).await.1["feed"], "announced");
}
