use std::{collections::BTreeSet, time::Duration};

use customer::{Erasure, Event, Record, TOPIC};
use rdkafka::{
    ClientConfig, Message,
    consumer::{Consumer, StreamConsumer},
    message::{BorrowedMessage, Headers},
};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::client::{Client, read, sign_in};

use crate::{
    machine::{CHOSEN, FEED_BUCKET, Machine, SERVICE_BUCKET, bucket_of, email, uploaded},
    picture::{id_of, picture},
    waiting::{PATIENCE, eventually},
};

const PHOTOS: &str = "gone-photos";
const SILENCE: Duration = Duration::from_secs(3);

/// The image that both customers have.
fn shared() -> Vec<u8> {
    read("images/coffee.jpg")
}

/// What was deleted before, and can be undone for days.
fn deleted() -> Vec<u8> {
    picture(4, 4, [1, 1, 1])
}

/// What somebody uploads while the customer is being removed.
fn late() -> Vec<u8> {
    picture(4, 4, [2, 2, 2])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_customer_is_erased_and_a_neighbour_with_the_same_image_keeps_it() {
    let machine = Machine::start().await;
    let [gone, stays] = [machine.customer("gone", &[]).await, machine.customer("stays", &[]).await];
    for client in [&gone, &stays] {
        let image = uploaded(client, shared(), "consent=training&label=cup").await;
        client.wait(&format!("/v1/images/{image}"), |image| image["feed"] == "staged").await;
    }
    assert_eq!(
        gone.image(&format!("/gone/{}?w=2", id_of(&shared()))).await.status(),
        StatusCode::OK
    );
    let earlier = uploaded(&gone, deleted(), "").await;
    gone.delete(&earlier).await;
    gone.wait(&format!("/v1/images/{earlier}"), |image| image["feed"] != "pending").await;
    let kept = machine.objects(&bucket_of("stays")).await;

    interrupted_removal(&machine, "gone").await;
    let (late_upload, _) = gone.upload_bytes(late(), "").await;
    removed(&machine, "gone", 0).await;

    assert_eq!(machine.names(&bucket_of("gone")).await, None, "the bucket");
    let settings = machine.names(SERVICE_BUCKET).await.unwrap();
    assert!(!settings.contains(&"customers/gone.json".to_owned()), "{settings:?}");
    out(&machine, &gone, "gone").await;
    let mut erased = BTreeSet::from([(id_of(&shared()), 2), (id_of(&deleted()), 3)]);
    if late_upload == StatusCode::CREATED {
        erased.insert((id_of(&late()), 2));
    }
    assert_eq!(ordered(&machine, "gone").await, erased);
    erased.insert((earlier, 2));
    assert_eq!(tombstones(&machine, "gone").await, erased);

    assert_eq!(machine.objects(&bucket_of("stays")).await, kept);
    let image = id_of(&shared());
    assert_eq!(stays.image(&format!("/stays/{image}?w=2")).await.status(), StatusCode::OK);
    let (_, shown) = stays.show(&image).await;
    assert_eq!((&shown["feed"], &shown["labels"]), (&json!("staged"), &json!(["cup"])));
    assert_eq!(ordered(&machine, "stays").await, BTreeSet::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_customer_had_before_stays_and_nothing_of_ours_does() {
    let machine = Machine::start().await;
    machine.s3.create_bucket().bucket(PHOTOS).send().await.unwrap();
    machine.put(PHOTOS, "photos/cup.jpg", shared()).await;
    let before = machine.objects(PHOTOS).await;
    let options = ["--bucket", PHOTOS, "--source=photos/"];
    let gone = machine.customer("gone", &options).await;
    assert_eq!(gone.get("/v1/images").await.status(), StatusCode::OK);
    removed(&machine, "gone", 1).await;
    let (status, _) = gone.upload_bytes(late(), "").await;
    assert_eq!(status, StatusCode::FORBIDDEN, "whoever still has a token is turned away");
    assert_eq!(machine.objects(PHOTOS).await, before);
}

/// Asks for a removal, and kills whoever waits for it as soon as it has begun.
async fn interrupted_removal(machine: &Machine, name: &str) {
    let mut verb =
        machine.darkroom.command(&["customer", "remove", name, "--yes"]).spawn().unwrap();
    eventually(async || {
        let out = sign_in(&machine.darkroom, "/v1/session", &credentials(name)).await;
        (out.status() == StatusCode::UNAUTHORIZED).then_some(())
    })
    .await;
    verb.kill().unwrap();
    verb.wait().unwrap();
}

/// Asks for it until its end.
async fn removed(machine: &Machine, name: &str, users: usize) {
    let mut verb = machine.darkroom.command(&["customer", "remove", name, "--yes"]);
    let waiting = tokio::task::spawn_blocking(move || verb.output().unwrap());
    let output = tokio::time::timeout(PATIENCE, waiting).await.expect("it has no end").unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{printed}{}", String::from_utf8_lossy(&output.stderr));
    assert!(printed.starts_with(&format!("{users} users removed\n")), "{printed}");
    let last = format!(
        "customer {name} is erased; what the feed has to forget is under erasure/orders/{name}/\n"
    );
    assert!(printed.ends_with(&last), "{printed}");
}

fn credentials(customer: &str) -> Value {
    json!({"username": email(customer, "admin"), "password": CHOSEN})
}

/// No password, token, cookie or session opens anything.
async fn out(machine: &Machine, client: &Client, name: &str) {
    let signed_in = sign_in(&machine.darkroom, "/v1/session", &credentials(name)).await;
    assert_eq!(signed_in.status(), StatusCode::UNAUTHORIZED);
    let refresh = json!({"refresh_token": client.refresh_token});
    let refreshed = sign_in(&machine.darkroom, "/v1/session/refresh", &refresh).await;
    assert_eq!(refreshed.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(client.get("/v1/images").await.status(), StatusCode::FORBIDDEN);
    let rendition = format!("/{name}/{}?w=2", id_of(&shared()));
    assert_eq!(client.image(&rendition).await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(client.get(&rendition).await.status(), StatusCode::NOT_FOUND);
}

/// An image and a version.
type Versions = BTreeSet<(String, u64)>;

/// What the feed has to forget of a customer.
async fn ordered(machine: &Machine, customer: &str) -> Versions {
    let mut ordered = Versions::new();
    let prefix = format!("erasure/orders/{customer}/");
    for name in machine.names(FEED_BUCKET).await.unwrap() {
        if name.starts_with(&prefix) {
            let order = machine.get(FEED_BUCKET, &name).await;
            let order: Erasure = serde_json::from_slice(&order).unwrap();
            assert_eq!(order.customer.as_str(), customer);
            ordered.insert((order.image.to_string(), order.version));
        }
    }
    ordered
}

/// What the topic says is deleted of a customer.
async fn tombstones(machine: &Machine, customer: &str) -> Versions {
    let reader: StreamConsumer = ClientConfig::new()
        .set("bootstrap.servers", &machine.darkroom.environment()["KAFKA_BROKERS"])
        .set("group.id", "isolation")
        .set("auto.offset.reset", "earliest")
        .create()
        .unwrap();
    reader.subscribe(&[TOPIC]).unwrap();
    let first = tokio::time::timeout(PATIENCE, reader.recv()).await.unwrap().unwrap();
    let mut records = vec![record(&first)];
    while let Ok(next) = tokio::time::timeout(SILENCE, reader.recv()).await {
        records.push(record(&next.unwrap()));
    }
    let dead = records.iter().filter(|record| !record.is_live());
    let own = dead.filter(|record| record.customer.as_str() == customer);
    own.map(|record| (record.image.to_string(), record.version)).collect()
}

fn record(message: &BorrowedMessage<'_>) -> Record {
    let headers = message.headers().unwrap().iter();
    let headers = headers.map(|header| (header.key, header.value.unwrap_or_default()));
    Event::parse(headers, message.payload().unwrap()).unwrap().record
}
