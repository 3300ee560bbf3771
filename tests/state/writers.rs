use futures::future::join_all;
use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::client::Client;

use crate::{
    machine::{Machine, eventually},
    picture::picture,
};

const WRITERS: u64 = 32;

#[tokio::test(flavor = "multi_thread")]
async fn of_many_writers_with_one_version_in_hand_one_wins() {
    let machine = Machine::start(&[]).await;
    let (image, _) = machine.upload(picture(1), "").await;
    let changes: Vec<_> = (0..WRITERS).map(|n| json!({"labels": [n.to_string()]})).collect();
    let writes = changes.iter().map(|change| machine.client.patch_at(&image, 1, change));
    let answers = join_all(writes).await;

    let (won, lost): (Vec<_>, Vec<_>) =
        answers.into_iter().partition(|(status, _)| *status == StatusCode::OK);
    assert_eq!((won.len(), lost.len()), (1, 31));
    for (status, problem) in lost {
        assert_eq!(status, StatusCode::PRECONDITION_FAILED, "{problem}");
        assert_eq!(
            (&problem["code"], &problem["version"]),
            (&json!("version_mismatch"), &json!(2))
        );
    }
    let (_, found) = machine.client.show(&image).await;
    assert_eq!((&found["version"], &found["labels"]), (&json!(2), &won[0].1["labels"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_who_try_again_lose_nothing_and_kafka_sees_the_last_version() {
    let machine = Machine::start(&[]).await;
    let (image, _) = machine.upload(picture(1), "").await;
    join_all((0..WRITERS).map(|writer| annotate(&machine.client, &image, writer))).await;

    let (_, found) = machine.client.show(&image).await;
    let all: Value =
        (0..WRITERS).map(|writer| (format!("writer-{writer}"), json!(writer))).collect();
    assert_eq!((&found["version"], &found["annotations"]), (&json!(1 + WRITERS), &all));
    let (record, _) = machine.record(&image).await;
    assert_eq!((&record["version"], &record["annotations"]), (&json!(1 + WRITERS), &all));

    machine.announced(&image).await;
    let events = machine.events(&image);
    // Lower ones may be skipped, where a higher one was there when they were announced.
    assert_eq!(events.iter().map(|(version, _)| *version).max(), Some(1 + WRITERS), "{events:?}");
    for (version, kind) in events {
        let expected = if version == 1 { "image.uploaded.v1" } else { "image.labelled.v1" };
        assert_eq!(kind, expected, "version {version}");
    }
}

/// Reads, adds an annotation of its own and writes, until nobody came between.
async fn annotate(client: &Client, image: &str, writer: u64) {
    loop {
        let (_, found) = client.show(image).await;
        let mut annotations = found["annotations"].as_object().cloned().unwrap_or_default();
        annotations.insert(format!("writer-{writer}"), json!(writer));
        let (version, change) =
            (found["version"].as_u64().unwrap(), json!({"annotations": annotations}));
        let (status, answer) = client.patch_at(image, version, &change).await;
        if status == StatusCode::OK {
            assert_eq!(answer["version"], version + 1);
            return;
        }
        assert_eq!(status, StatusCode::PRECONDITION_FAILED, "{answer}");
        assert!(answer["version"].as_u64().unwrap() > version, "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_uploads_of_the_same_bytes_one_makes_the_image() {
    let machine = Machine::start(&[]).await;
    // Uploads that are equal to the byte and the millisecond are one: names tell these apart.
    let uploads = (0..WRITERS).map(async |writer| {
        machine.client.upload_bytes(picture(1), &format!("name=writer-{writer}")).await
    });
    let answers = join_all(uploads).await;

    let (made, met): (Vec<_>, Vec<_>) =
        answers.into_iter().partition(|(status, _)| *status == StatusCode::CREATED);
    assert_eq!((made.len(), met.len()), (1, 31));
    let (_, made) = &made[0];
    assert_eq!(made["existing"], json!(false));
    for (status, image) in &met {
        assert_eq!((*status, &image["existing"]), (StatusCode::OK, &json!(true)), "{image}");
        assert_eq!((&image["version"], &image["name"]), (&json!(1), &made["name"]), "{image}");
    }
    let image = made["id"].as_str().unwrap();
    assert_eq!(machine.listed().await, [image]);
    machine.announced(image).await;
    // Losers announce the winner's version once more each, under the same id.
    let mut events = machine.events(image);
    events.dedup();
    assert_eq!(events, [(1, "image.uploaded.v1".to_owned())]);

    // What the losers put beside is left over, and the sweep at the start removes it.
    let machine = machine.restart().await;
    let (record, _) = machine.record(image).await;
    let original = record["original"]["key"].as_str().unwrap().to_owned();
    eventually("only what the record leads to is left", async || {
        let keys = machine.bucket.naming(image).await;
        let [newest, other, last] = keys.as_slice() else { return None };
        let is_left = newest.starts_with("newest/") && *other == original;
        (is_left && *last == format!("records/{image}.json")).then_some(())
    })
    .await;
    assert_eq!(machine.bucket.get(&original).await, Some(picture(1)));
    assert_eq!(machine.listed().await, [image]);
}
