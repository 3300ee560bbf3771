use customer::Timestamp;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{
    machine::{Machine, eventually},
    picture::{id_of, picture},
};

/// The customer's unless it was changed.
const RETENTION_MS: i64 = 7 * 24 * 3600 * 1000;

#[tokio::test(flavor = "multi_thread")]
async fn the_same_bytes_again_change_nothing_but_withdraw_consent() {
    let machine = Machine::start(&[]).await;
    let parameters = "label=cat&consent=training&name=first.bmp";
    let (image, _) = machine.upload(picture(1), parameters).await;
    machine.announced(&image).await;
    let (before, keys) = (machine.record(&image).await, machine.bucket.keys().await);

    let others = "label=dog&consent=training&visibility=public&name=second.bmp";
    for parameters in [others, ""] {
        let (status, again) = machine.client.upload_bytes(picture(1), parameters).await;
        assert_eq!((status, &again["existing"]), (StatusCode::OK, &json!(true)));
        assert_eq!((&again["version"], &again["labels"]), (&json!(1), &json!(["cat"])));
    }
    assert_eq!(machine.record(&image).await, before);
    assert_eq!(machine.bucket.keys().await, keys);

    for _ in 0..2 {
        let (status, again) =
            machine.client.upload_bytes(picture(1), "label=dog&consent=none").await;
        assert_eq!((status, &again["existing"]), (StatusCode::OK, &json!(true)));
        assert_eq!((&again["version"], &again["consent"]), (&json!(2), &json!("none")));
    }
    let mut narrowed = before.0;
    let (after, _) = machine.record(&image).await;
    narrowed["version"] = json!(2);
    narrowed["consent"] = json!("none");
    narrowed["change"] = json!("consent");
    narrowed["changed_at"] = after["changed_at"].clone();
    assert_eq!(after, narrowed, "and nothing else");
    machine.announced(&image).await;
    assert_eq!(machine.events(&image), events(["uploaded", "consent"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_change_is_a_version_and_an_event_of_its_kind() {
    let machine = Machine::start(&[]).await;
    let (image, _) = machine.upload(picture(1), "label=cat").await;
    let changes = [
        (json!({"labels": ["dog", "dog"]}), "labelled"),
        (json!({"annotations": {"box": [0, 0, 2, 2]}}), "labelled"),
        (json!({"visibility": "public"}), "visibility"),
        (json!({"consent": "training"}), "consent"),
        (json!({"labels": [], "visibility": "private", "consent": "none"}), "consent"),
    ];
    let mut kinds = vec!["uploaded"];
    for (change, kind) in changes {
        machine.announced(&image).await;
        let version = kinds.len() as u64;
        let (status, changed) = machine.client.patch_at(&image, version, &change).await;
        assert_eq!(
            (status, &changed["version"]),
            (StatusCode::OK, &json!(version + 1)),
            "{change}"
        );
        let (record, _) = machine.record(&image).await;
        assert_eq!(record["version"], version + 1);
        for (name, value) in change.as_object().unwrap() {
            assert_eq!((&record[name], &changed[name]), (value, value), "{name}");
        }
        let (status, same) = machine.client.patch(&image, &change).await;
        assert_eq!((status, &same["version"]), (StatusCode::OK, &json!(version + 1)), "{change}");
        let (status, late) = machine.client.patch_at(&image, version, &change).await;
        assert_eq!(status, StatusCode::PRECONDITION_FAILED);
        assert_eq!(late["version"], version + 1);
        kinds.push(kind);
    }
    machine.announced(&image).await;
    assert_eq!(machine.events(&image), events(kinds));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tombstone_forgets_the_labels_and_an_undo_brings_the_image_back() {
    let machine = Machine::start(&[]).await;
    let (image, _) = machine.upload(picture(1), "label=cat&visibility=public").await;
    let original = machine.bucket.etag(&format!("originals/{image}")).await;
    assert_eq!(machine.seen(&image).await, [200; 3]);
    machine.announced(&image).await;
    machine.client.patch(&image, &json!({"annotations": {"secret": "where"}})).await;
    machine.announced(&image).await;

    let (status, deleted) = machine.client.delete(&image).await;
    assert_eq!((status, &deleted["state"]), (StatusCode::OK, &json!("deleted")));
    let tombstone = machine.record(&image).await;
    let erase_after_ms = is_tombstone(&tombstone.0, 3);
    let copy = machine.bucket.get(&format!("tombstones/{erase_after_ms:013}-{image}")).await;
    assert_eq!(copy.as_ref(), Some(&tombstone.1));
    gone(&machine, &image).await;
    let (status, again) = machine.client.delete(&image).await;
    assert_eq!((status, &again["version"]), (StatusCode::OK, &json!(3)));
    assert_eq!(machine.record(&image).await, tombstone, "a second DELETE does no harm");
    machine.announced(&image).await;

    let undo = json!({"undelete": true});
    let (status, back) = machine.client.patch_at(&image, 3, &undo).await;
    assert_eq!((status, &back["version"]), (StatusCode::OK, &json!(4)));
    assert_eq!((&back["state"], &back["labels"]), (&json!("live"), &json!([])));
    assert_eq!((&back["erase_after"], &back["annotations"]), (&Value::Null, &Value::Null));
    assert_eq!(back["uploaded_at"], deleted["uploaded_at"]);
    assert_eq!(machine.bucket.etag(&format!("originals/{image}")).await, original);
    let bytes = machine.client.get(&format!("/demo/{image}/original")).await;
    assert_eq!(bytes.bytes().await.unwrap(), picture(1));
    assert_eq!(machine.seen(&image).await, [200; 3]);
    assert_eq!(machine.listed().await, [image.as_str()]);
    let (status, same) = machine.client.patch(&image, &undo).await;
    assert_eq!((status, &same["version"]), (StatusCode::OK, &json!(4)));
    machine.announced(&image).await;
    let expected = events(["uploaded", "labelled", "deleted", "uploaded"]);
    assert_eq!(machine.events(&image), expected);
}

/// Looks at a tombstone; returns when it may be erased.
fn is_tombstone(record: &Value, version: u64) -> i64 {
    assert_eq!((&record["state"], &record["version"]), (&json!("deleted"), &json!(version)));
    assert_eq!((&record["labels"], &record["annotations"]), (&json!([]), &Value::Null));
    assert_eq!(ms(&record["erase_after"]), ms(&record["changed_at"]) + RETENTION_MS);
    ms(&record["erase_after"])
}

fn ms(moment: &Value) -> i64 {
    serde_json::from_value::<Timestamp>(moment.clone()).unwrap().ms()
}

/// Nothing of a deleted image is served or changed; its record says what became of it.
async fn gone(machine: &Machine, image: &str) {
    assert_eq!(machine.listed().await, Vec::<String>::new());
    for path in [format!("/demo/{image}?w=2&fm=png"), format!("/demo/{image}/original")] {
        let status = machine.client.get(&path).await.status();
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
    let signed = machine.client.post(&format!("/v1/images/{image}/signed-urls"), "").await;
    assert_eq!(signed.status(), StatusCode::NOT_FOUND);
    let (status, problem) = machine.client.patch(image, &json!({"labels": ["dog"]})).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("image_deleted")));
    let (status, found) = machine.client.show(image).await;
    assert_eq!((status, &found["state"]), (StatusCode::OK, &json!("deleted")));
}

#[tokio::test(flavor = "multi_thread")]
async fn deleted_bytes_that_come_again_are_a_new_live_version() {
    let machine = Machine::start(&[]).await;
    let (image, first) = machine.upload(picture(1), "label=cat&name=first.bmp").await;
    machine.announced(&image).await;
    let (other, _) = machine.upload(picture(2), "").await;
    assert_eq!(machine.listed().await, [other.as_str(), &image]);
    machine.client.delete(&image).await;
    machine.announced(&image).await;

    let parameters = "label=dog&consent=training&name=second.bmp";
    let (_, second) = machine.upload(picture(1), parameters).await;
    assert_eq!((&second["version"], &second["state"]), (&json!(3), &json!("live")));
    assert_eq!((&second["labels"], &second["name"]), (&json!(["dog"]), &json!("second.bmp")));
    assert_eq!((&second["consent"], &second["erase_after"]), (&json!("training"), &Value::Null));
    assert!(ms(&second["uploaded_at"]) > ms(&first["uploaded_at"]));
    assert_eq!(machine.listed().await, [image.as_str(), &other], "once, and the newest");
    let (record, _) = machine.record(&image).await;
    let original = machine.bucket.get(record["original"]["key"].as_str().unwrap()).await;
    assert_eq!(original, Some(picture(1)));
    machine.announced(&image).await;
    assert_eq!(machine.events(&image), events(["uploaded", "deleted", "uploaded"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_due_is_erased_and_may_come_again_later() {
    let machine = Machine::start(&[]).await;
    let undone = undone(&machine).await;
    let machine = without_retention(machine).await;
    let (image, version) = deleted_twice(&machine).await;
    let undo = json!({"undelete": true});
    assert_eq!(machine.client.patch(&image, &undo).await.0, StatusCode::NOT_FOUND, "it is due");
    let (anew, _) = machine.upload(picture(3), "").await;
    machine.client.delete(&anew).await;
    machine.upload(picture(3), "").await;
    let last = (version, "image.deleted.v1".to_owned());
    assert_eq!(machine.events(&image).last(), Some(&last));

    // The sweep looks at the start and then every minute.
    let machine = machine.restart().await;
    eventually("no object names the image", async || {
        machine.bucket.naming(&image).await.is_empty().then_some(())
    })
    .await;
    let order = machine.feed_bucket.json(&format!("erasure/orders/demo/{image}.json")).await;
    assert_eq!((&order["customer"], &order["image"]), (&json!("demo"), &json!(image)));
    assert_eq!(order["version"], version);
    for (status, problem) in [
        machine.client.show(&image).await,
        machine.client.patch(&image, &undo).await,
        machine.client.delete(&image).await,
    ] {
        assert_eq!(status, StatusCode::NOT_FOUND, "{problem}");
    }
    only_live_ones_are_left(&machine, [&anew, &undone]).await;

    let (_, back) = machine.upload(picture(1), "consent=training").await;
    assert!(back["version"].as_u64().unwrap() > version, "{back}");
    let path = format!("/v1/images/{image}");
    machine.client.wait(&path, |image| image["feed"] == "staged").await;
    assert_eq!(machine.seen(&image).await, [200, 200, 401]);
}

/// A live image whose tombstone's time has come all the same: undone meanwhile.
async fn undone(machine: &Machine) -> String {
    let (image, _) = machine.upload(picture(2), "").await;
    machine.client.delete(&image).await;
    let copies = machine.bucket.naming(&format!("-{image}")).await;
    let copy = copies.into_iter().find(|key| key.starts_with("tombstones/")).unwrap();
    let due = format!("tombstones/{:013}-{image}", 1);
    machine.bucket.put(&due, &machine.bucket.json(&copy).await).await;
    machine.client.patch(&image, &json!({"undelete": true})).await;
    image
}

/// The same machine, whose customer lets deleted images be erased at once.
async fn without_retention(machine: Machine) -> Machine {
    let mut customer = machine.service_bucket.json("customers/demo.json").await;
    customer["retention"]["days"] = json!(0);
    machine.service_bucket.put("customers/demo.json", &customer).await;
    machine.restart().await
}

/// An image with all that an image can leave behind: two uploads, renditions, a place in the feed.
/// The feed has taken its tombstone in.
async fn deleted_twice(machine: &Machine) -> (String, u64) {
    let image = id_of(&picture(1));
    let mut version = 0;
    for parameters in ["label=cat&consent=training", "label=dog&consent=training"] {
        machine.upload(picture(1), parameters).await;
        assert_eq!(machine.seen(&image).await, [200, 200, 401]);
        let (_, deleted) = machine.client.delete(&image).await;
        assert_eq!(deleted["erase_after"], deleted["changed_at"]);
        version = deleted["version"].as_u64().unwrap();
    }
    let marker = format!("staged/demo/{image}.json");
    eventually("the feed takes the tombstone in", async || {
        let marker = machine.feed_bucket.get(&marker).await?;
        let marker: Value = serde_json::from_slice(&marker).unwrap();
        (marker["version"] == version).then_some(())
    })
    .await;
    (image, version)
}

/// Those who came back or came again are all there: record, original, place in the listing.
async fn only_live_ones_are_left(machine: &Machine, images: [&str; 2]) {
    assert_eq!(machine.listed().await, images);
    for image in images {
        assert_eq!(machine.seen(image).await, [200, 200, 401]);
        let keys = machine.bucket.naming(image).await;
        let under = |prefix| keys.iter().filter(|key| key.starts_with(prefix)).count();
        let counts = ["records/", "originals/", "newest/"].map(under);
        assert_eq!(counts, [1, 1, 1], "{keys:?}");
    }
}

/// Versions from 1 on, each with its event's type.
fn events<'a>(kinds: impl IntoIterator<Item = &'a str>) -> Vec<(u64, String)> {
    (1..).zip(kinds).map(|(version, kind)| (version, format!("image.{kind}.v1"))).collect()
}
