use std::time::Duration;

use reqwest::StatusCode;
use serde_json::json;
use tokio::time::timeout;

use crate::{
    machine::{Machine, eventually},
    picture::picture,
};

/// Long before the purge that comes once more, for renders that were in flight.
const PURGED_WITHIN: Duration = Duration::from_secs(5);

/// What `seen` says of images: by token, as an `<img>`, to anybody.
const PUBLIC: [u16; 3] = [200, 200, 200];
const PRIVATE: [u16; 3] = [200, 200, 401];
const GONE: [u16; 3] = [404, 404, 401];

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_image_is_gone_at_the_origin_at_once_and_at_the_edge_once_purged() {
    let machine = Machine::start(&[]).await;
    let (image, _) = machine.upload(picture(1), "visibility=public").await;
    assert_eq!(machine.seen(&image).await, PUBLIC);
    let variant = format!("/demo/{image}?w=2&fm=png");
    let hit = machine.client.image(&variant).await;
    assert_eq!(hit.status(), StatusCode::OK);
    assert_eq!(hit.headers()["x-cache"], "hit");

    machine.client.delete(&image).await;
    assert_eq!(machine.client.get(&variant).await.status(), StatusCode::NOT_FOUND, "by token");
    let original = format!("/demo/{image}/original");
    assert_eq!(machine.client.get(&original).await.status(), StatusCode::NOT_FOUND);
    purged(&machine, &image, GONE).await;
    let stored = machine.bucket.naming(&format!("renditions/{image}/")).await;
    assert_eq!(stored.len(), 1, "kept for an undo: {stored:?}");

    machine.client.patch(&image, &json!({"undelete": true})).await;
    assert_eq!(machine.client.get(&variant).await.status(), StatusCode::OK, "by token");
    purged(&machine, &image, PUBLIC).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_becomes_private_is_refused_to_anybody_once_purged() {
    let machine = Machine::start(&[]).await;
    let (image, _) = machine.upload(picture(1), "visibility=public").await;
    for _ in 0..2 {
        assert_eq!(machine.seen(&image).await, PUBLIC);
    }
    machine.client.patch(&image, &json!({"visibility": "private"})).await;
    purged(&machine, &image, PRIVATE).await;
}

/// Waits until the edge has heard of the change.
async fn purged(machine: &Machine, image: &str, seen: [u16; 3]) {
    let heard = eventually("the edge has heard", async || {
        (machine.seen(image).await == seen).then_some(())
    });
    timeout(PURGED_WITHIN, heard).await.expect("the edge has not heard in time");
}
