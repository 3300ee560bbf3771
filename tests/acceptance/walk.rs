//! One photograph from upload to training segment, delivery and prediction; then `kill -9`, and
//! all of it is still there.

use std::time::Duration;

use customer::{Event, ImageId, Record};
use rdkafka::{
    ClientConfig, Message,
    consumer::{Consumer, StreamConsumer},
    message::Headers,
};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::{
    client::{Client, path, read, sign_in},
    darkroom::Darkroom,
};

use crate::python::{self, ModelServer};

const PHOTOGRAPH: &str = "images/seeding-2mb.jpg";

#[tokio::test(flavor = "multi_thread")]
async fn a_photograph_walks_the_whole_path_and_survives_kill_9() {
    let data = tempfile::tempdir().unwrap();
    let model = ModelServer::start();
    let endpoint = format!("mean=http://127.0.0.1:{}", model.port);
    let jars = tests::kafka::jars();
    let apache = ["--kafka=apache", "--kafka-jars", jars.to_str().unwrap()];
    let mut options = vec!["--model", &endpoint];
    options.extend(apache.into_iter().filter(|_| tests::kafka::is_apache()));
    let darkroom = Darkroom::start(&data.path().join("data"), &options);
    let client = Client::demo(&darkroom).await;

    let image = upload(&client).await;
    stored(&darkroom, &image).await;
    announced(&darkroom, &image).await;
    staged(&darkroom, &client, &image).await;
    delivered(&client, &image).await;
    kept_apart(&darkroom, &client, &image).await;
    predicted(&client, &image).await;
    deleted_and_undone(&client, &image).await;
    two_steps(&client).await;
    put_by_verb(&darkroom, &client);
    python::run("compare_delivery.py", &[&client.url, "demo", &client.id_token]);

    let (_, late) = client.upload("images/coffee.jpg", "consent=training").await;
    let darkroom = darkroom.kill_and_restart();
    survived(&darkroom, &client, &image, &late).await;
}

/// 201 with what Pillow, too, finds in the file; the same bytes again are the same image.
async fn upload(client: &Client) -> Value {
    let parameters = "label=flower&consent=training&name=seeding.jpg";
    let (status, image) = client.upload(PHOTOGRAPH, parameters).await;
    assert_eq!(status, StatusCode::CREATED, "{image}");
    let (id, sha256) = ImageId::of(&read(PHOTOGRAPH));
    assert_eq!(image["id"], id.to_string());
    assert_eq!(image["sha256"], sha256);
    assert_eq!((&image["type"], &image["labels"]), (&json!("image/jpeg"), &json!(["flower"])));
    assert_eq!(image["bytes"], read(PHOTOGRAPH).len());
    assert_eq!(image["url"], format!("{}/demo/{id}", client.url));
    let (status, again) = client.upload(PHOTOGRAPH, "label=other").await;
    assert_eq!((status, &again["existing"]), (StatusCode::OK, &json!(true)));
    assert_eq!((&again["version"], &again["labels"]), (&json!(1), &json!(["flower"])));
    image
}

/// Original and record lie in the customer's bucket.
async fn stored(darkroom: &Darkroom, image: &Value) {
    let (s3, bucket) = (darkroom.s3().await, "darkroom-customer-demo");
    let id = image["id"].as_str().unwrap();
    let get = |key: String| s3.get_object().bucket(bucket).key(key).send();
    let original = get(format!("originals/{id}")).await.unwrap();
    assert_eq!(original.content_type(), Some("image/jpeg"));
    assert_eq!(original.body.collect().await.unwrap().to_vec(), read(PHOTOGRAPH));
    let record = get(format!("records/{id}.json")).await.unwrap();
    let record = record.body.collect().await.unwrap().into_bytes();
    let record: Record = serde_json::from_slice(&record).unwrap();
    assert_eq!((record.version, record.labels.as_slice()), (1, ["flower".to_owned()].as_slice()));
}

/// Any Kafka client finds the event on the topic.
async fn announced(darkroom: &Darkroom, image: &Value) {
    let reader: StreamConsumer = ClientConfig::new()
        .set("bootstrap.servers", &darkroom.environment()["KAFKA_BROKERS"])
        .set("group.id", "acceptance")
        .set("auto.offset.reset", "earliest")
        .create()
        .unwrap();
    reader.subscribe(&["images"]).unwrap();
    let message =
        tokio::time::timeout(Duration::from_secs(30), reader.recv()).await.unwrap().unwrap();
    assert_eq!(message.key(), Some(image["id"].as_str().unwrap().as_bytes()));
    let headers = message.headers().unwrap();
    let headers = headers.iter().map(|header| (header.key, header.value.unwrap_or_default()));
    let event = Event::parse(headers, message.payload().unwrap()).unwrap();
    assert_eq!(event.id(), format!("demo/{}/1", image["id"].as_str().unwrap()));
    assert_eq!(event.record.sha256, image["sha256"].as_str().unwrap());
}

/// The image is a sample of a segment, which `webdataset` opens.
async fn staged(darkroom: &Darkroom, client: &Client, image: &Value) {
    let path_of_image = format!("/v1/images/{}", image["id"].as_str().unwrap());
    client.wait(&path_of_image, |image| image["feed"] == "staged").await;
    let s3 = darkroom.s3().await;
    let listed =
        s3.list_objects_v2().bucket("darkroom-feed").prefix("segments/").send().await.unwrap();
    let keys: Vec<_> = listed.contents().iter().filter_map(|object| object.key()).collect();
    assert_eq!(keys.len(), 1, "{keys:?}");
    let segment = s3.get_object().bucket("darkroom-feed").key(keys[0]).send().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let tar = folder.path().join("segment.tar");
    std::fs::write(&tar, segment.body.collect().await.unwrap().into_bytes()).unwrap();
    std::fs::write(folder.path().join(image["sha256"].as_str().unwrap()), read(PHOTOGRAPH))
        .unwrap();
    let arguments = ["--originals", folder.path().to_str().unwrap(), tar.to_str().unwrap()];
    let printed = python::run("read_segment.py", &arguments);
    let key = format!("demo-{}-1", image["id"].as_str().unwrap());
    assert!(printed.starts_with(&key), "{printed}");
}

/// A size variant is rendered once, kept in the bucket, and then answered by the edge.
async fn delivered(client: &Client, image: &Value) {
    let variant = format!("/demo/{}?w=400&fm=webp", image["id"].as_str().unwrap());
    let missed = client.image(&variant).await;
    assert_eq!(missed.status(), StatusCode::OK);
    let header = |response: &reqwest::Response, name: &str| {
        response.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
    };
    assert_eq!(header(&missed, "x-cache").as_deref(), Some("miss"));
    assert_eq!(header(&missed, "content-type").as_deref(), Some("image/webp"));
    let etag = header(&missed, "etag").unwrap();
    let first = missed.bytes().await.unwrap();
    let hit = client.image(&variant).await;
    assert_eq!(header(&hit, "x-cache").as_deref(), Some("hit"));
    assert_eq!(hit.bytes().await.unwrap(), first);
    let by_token = client.get(&variant).await;
    assert_eq!(header(&by_token, "cache-control").as_deref(), Some("private, no-store"));
    assert_eq!(by_token.bytes().await.unwrap(), first, "the stored rendition");
    let known = client.http.get(format!("{}{variant}", client.url));
    let known = known.header("cookie", &client.cookie).header("if-none-match", etag);
    assert_eq!(known.send().await.unwrap().status(), StatusCode::NOT_MODIFIED);
    let wrong = client.image(&variant.replace("w=400", "w=wide")).await;
    assert_eq!(wrong.status(), StatusCode::BAD_REQUEST);
    let problem: Value = wrong.json().await.unwrap();
    assert!(problem["detail"].as_str().unwrap().contains("wide"), "{problem}");
    let nobody = reqwest::get(format!("{}{variant}", client.url)).await.unwrap();
    assert_eq!(nobody.status(), StatusCode::UNAUTHORIZED);
}

/// Another customer, invited by the operator, finds nothing of the first.
async fn kept_apart(darkroom: &Darkroom, client: &Client, image: &Value) {
    darkroom.verb(&["customer", "add", "acme"]);
    let user = ["user", "add", "ann@acme.example", "--customer", "acme", "--role", "admin"];
    let printed = darkroom.verb(&[&user[..], &["--password", "Temporary-1"]].concat());
    assert!(printed.contains("temporary password: Temporary-1"), "{printed}");
    let body = json!({"username": "ann@acme.example", "password": "Temporary-1"});
    let invited: Value = sign_in(darkroom, "/v1/session", &body).await.json().await.unwrap();
    assert_eq!(invited["challenge"], "NEW_PASSWORD_REQUIRED");
    let answer = json!({
        "username": "ann@acme.example",
        "session": invited["session"],
        "new_password": "Chosen-by-ann-1",
    });
    let ann = Client::of(darkroom, sign_in(darkroom, "/v1/session/challenge", &answer).await).await;
    let id = image["id"].as_str().unwrap();
    assert_eq!(ann.get(&format!("/v1/images/{id}")).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(ann.get(&format!("/demo/{id}?w=400")).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(ann.image(&format!("/demo/{id}?w=400")).await.status(), StatusCode::NOT_FOUND);
    let listed: Value = ann.get("/v1/images").await.json().await.unwrap();
    assert_eq!(listed["images"], json!([]));
    let unasked = ann.post(&format!("/v1/images/{id}/predictions"), "").await;
    assert_eq!(unasked.status(), StatusCode::SERVICE_UNAVAILABLE);
    let problem: Value = unasked.json().await.unwrap();
    assert_eq!(problem["code"], "prediction_not_configured");
    let own: Value = client.get("/v1/images").await.json().await.unwrap();
    assert_eq!(own["images"][0]["id"], id);
}

/// The model sees the picture that Pillow sees.
async fn predicted(client: &Client, image: &Value) {
    let id = image["id"].as_str().unwrap();
    let answer = client.post(&format!("/v1/images/{id}/predictions"), "").await;
    assert_eq!(answer.status(), StatusCode::OK);
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["endpoint"], "mean");
    let original = path(PHOTOGRAPH);
    let pillow = python::run("mean_color.py", &[original.to_str().unwrap(), "512"]);
    let pillow: Value = serde_json::from_str(&pillow).unwrap();
    let seen = &answer["prediction"];
    assert_eq!((&seen["width"], &seen["height"]), (&pillow["width"], &pillow["height"]));
    for channel in 0..3 {
        let mean = |value: &Value| value["mean"][channel].as_f64().unwrap();
        assert!((mean(seen) - mean(&pillow)).abs() < 1.0, "{seen} {pillow}");
    }
}

/// A deleted image is gone at the origin at once and at the edge, which had it, right after; until
/// it is erased it can be brought back.
async fn deleted_and_undone(client: &Client, image: &Value) {
    let id = image["id"].as_str().unwrap();
    let (path, variant) = (format!("/v1/images/{id}"), format!("/demo/{id}?w=400&fm=webp"));
    assert_eq!(client.image(&variant).await.headers()["x-cache"], "hit");
    let delete = client.http.delete(format!("{}{path}", client.url)).bearer_auth(&client.id_token);
    let deleted: Value = delete.send().await.unwrap().json().await.unwrap();
    assert_eq!((&deleted["state"], &deleted["version"]), (&json!("deleted"), &json!(2)));
    assert_eq!(client.get(&variant).await.status(), StatusCode::NOT_FOUND);
    while client.image(&variant).await.status() != StatusCode::NOT_FOUND {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let undo = json!({"undelete": true, "labels": ["flower"]});
    let patch = client.http.patch(format!("{}{path}", client.url)).bearer_auth(&client.id_token);
    let stale = patch.try_clone().unwrap().header("if-match", "\"1\"").json(&undo);
    assert_eq!(stale.send().await.unwrap().status(), StatusCode::PRECONDITION_FAILED);
    let undone = patch.header("if-match", "\"2\"").json(&undo).send().await.unwrap();
    assert_eq!(undone.status(), StatusCode::OK);
    assert_eq!(undone.json::<Value>().await.unwrap()["version"], 3);
    assert_eq!(client.image(&variant).await.status(), StatusCode::OK);
}

/// A ticket, the bytes to the presigned address, and accept by the bucket's notification.
async fn two_steps(client: &Client) {
    let file = read("images/rocket.jpg");
    let asked = json!({"type": "image/jpeg", "bytes": file.len(), "labels": ["rocket"]});
    let ticket = client.post_json("/v1/uploads", &asked).await;
    assert_eq!(ticket.status(), StatusCode::CREATED);
    let ticket: Value = ticket.json().await.unwrap();
    let put = |body: Vec<u8>| {
        let url = ticket["put"]["url"].as_str().unwrap();
        client.http.put(url).header("content-type", "image/jpeg").body(body).send()
    };
    let short = put(file[1..].to_vec()).await.unwrap();
    assert_eq!(short.status(), StatusCode::FORBIDDEN, "the length is signed");
    assert_eq!(put(file.clone()).await.unwrap().status(), StatusCode::OK);
    let of_ticket = format!("/v1/uploads/{}", ticket["id"].as_str().unwrap());
    let ticket = client.wait(&of_ticket, |ticket| ticket["state"] != "waiting").await;
    assert_eq!(ticket["image"], ImageId::of(&file).0.to_string());
    let image = client.get(&format!("/v1/images/{}", ticket["image"].as_str().unwrap())).await;
    let image: Value = image.json().await.unwrap();
    assert_eq!((&image["labels"], &image["consent"]), (&json!(["rocket"]), &json!("none")));
}

/// `darkroom put` prints where the image is.
fn put_by_verb(darkroom: &Darkroom, client: &Client) {
    let file = path("images/chelsea.png");
    let printed = darkroom.verb(&["put", "--label", "cat", file.to_str().unwrap()]);
    let id = ImageId::of(&read("images/chelsea.png")).0;
    assert!(printed.contains(&format!("{}/demo/{id}", client.url)), "{printed}");
}

/// After `kill -9` nothing that was answered is gone, and what had not reached the feed does.
async fn survived(darkroom: &Darkroom, before: &Client, image: &Value, late: &Value) {
    let body = json!({"refresh_token": before.refresh_token});
    let renewed = sign_in(darkroom, "/v1/session/refresh", &body).await;
    let client = Client::of(darkroom, renewed).await;
    let id = image["id"].as_str().unwrap();
    let found: Value = client.get(&format!("/v1/images/{id}")).await.json().await.unwrap();
    assert_eq!((&found["version"], &found["sha256"]), (&json!(3), &image["sha256"]));
    let variant = client.image(&format!("/demo/{id}?w=400&fm=webp")).await;
    assert_eq!(variant.status(), StatusCode::OK);
    let timing = variant.headers()["server-timing"].to_str().unwrap().to_owned();
    assert!(!timing.contains("render") && !timing.contains("decode"), "stored before: {timing}");
    let late = format!("/v1/images/{}", late["id"].as_str().unwrap());
    let late = client.wait(&late, |late| late["feed"] == "staged").await;
    assert_eq!(late["version"], 1);
    let listed: Value = client.get("/v1/images?limit=200").await.json().await.unwrap();
    assert_eq!(listed["images"].as_array().unwrap().len(), 4 + 8);
}
