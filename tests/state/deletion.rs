use reqwest::StatusCode;
use serde_json::json;

use crate::{
    machine::{Machine, eventually},
    picture::picture,
};

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
    let gone = async || (machine.seen(&image).await == GONE).then_some(());
    eventually("the edge forgets", gone).await;
    let stored = machine.bucket.naming(&format!("renditions/{image}/")).await;
    assert_eq!(stored.len(), 1, "kept for an undo: {stored:?}");

    machine.client.patch(&image, &json!({"undelete": true})).await;
    assert_eq!(machine.client.get(&variant).await.status(), StatusCode::OK, "by token");
    let back = async || (machine.seen(&image).await == PUBLIC).then_some(());
    eventually("the edge shows it again", back).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_becomes_private_is_refused_to_anybody_once_purged() {
    let machine = Machine::start(&[]).await;
    let (image, _) = machine.upload(picture(1), "visibility=public").await;
    for _ in 0..2 {
        assert_eq!(machine.seen(&image).await, PUBLIC);
    }
    machine.client.patch(&image, &json!({"visibility": "private"})).await;
    let hidden = async || (machine.seen(&image).await == PRIVATE).then_some(());
    eventually("the edge forgets", hidden).await;
}
