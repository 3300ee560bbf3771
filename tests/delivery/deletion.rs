//! A deleted image is gone at the origin at once, at the edge when the purge returns, and a render
//! that was in flight leaves nothing behind.

use std::time::Duration;

use customer::{Viewer, Visibility};
use http::StatusCode;
use local::edge::Forgotten;
use resizer_lambda::Budget;

use crate::stand::Stand;

#[tokio::test]
async fn the_origin_forgets_at_once_and_the_edge_when_purged() {
    let stand = Stand::start().await;
    let current = stand.upload("astronaut.jpg", Visibility::Public).await;
    let image = current.record.image;
    let path = format!("/acme/{image}?w=100");
    let status = async || stand.get_as_customer(&path).send().await.unwrap().status();
    assert_eq!(status().await, StatusCode::OK);

    stand.delete(&current).await;
    let origin = stand.ask_origin(Viewer::Customer, &path).await.status();
    assert_eq!(origin, StatusCode::NOT_FOUND, "although the rendition is still stored");
    assert_eq!(stand.ask_origin(Viewer::Anon, &path).await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(status().await, StatusCode::OK, "the edge has not been told");
    stand.edge.purge(Forgotten::Tag(format!("i:{image}"))).await;
    assert_eq!(status().await, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_render_in_flight_leaves_nothing_behind() {
    let stand = Stand::start().await;
    let current = stand.upload("astronaut.jpg", Visibility::Public).await;
    let image = current.record.image;
    let path = format!("/acme/{image}?w=100");
    stand.gate.close();
    let early = tokio::spawn(stand.get_as_customer(&path).send());
    stand.gate.arrival().await;
    stand.delete(&current).await;
    stand.edge.purge(Forgotten::Tag(format!("i:{image}"))).await;
    let origin = stand.ask_origin(Viewer::Customer, &path).await.status();
    assert_eq!(origin, StatusCode::NOT_FOUND, "although the render goes on");
    let late = tokio::spawn(stand.get_as_customer(&path).send());
    stand.gate.open();

    let early = early.await.unwrap().unwrap();
    assert_eq!(early.status(), StatusCode::OK, "it was asked for before the deletion");
    assert!(!early.bytes().await.unwrap().is_empty());
    // The edge has read the origin's answer to its end, which comes when storing is over.
    assert_eq!(stand.s3.requests().of("DeleteObject"), 1, "stored, found dead, removed");
    assert_eq!(stand.stored(image).await, Vec::<String>::new());
    let late = late.await.unwrap().unwrap();
    assert_eq!(late.status(), StatusCode::NOT_FOUND, "it came after the purge");
    let later = stand.get_as_customer(&path).send().await.unwrap();
    assert_eq!(later.status(), StatusCode::NOT_FOUND, "the edge did not keep it");
}

#[tokio::test]
async fn a_store_that_hangs_and_a_queue_that_is_full_are_said_so() {
    let budget = Budget {
        fetch_timeout: Duration::from_millis(300),
        render_workers: 1,
        render_queue_max: 0,
        ..Budget::default()
    };
    let stand = Stand::start_with(budget).await;
    let image = stand.upload("astronaut.jpg", Visibility::Public).await.record.image;
    stand.gate.close();
    let hanging = format!("/acme/{image}?w=100");
    let other = format!("/acme/{image}?w=101");
    let (hanging, refused) = tokio::join!(stand.ask_origin(Viewer::Anon, &hanging), async {
        stand.gate.arrival().await;
        stand.ask_origin(Viewer::Anon, &other).await
    });
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers()["retry-after"], "1");
    assert_eq!(hanging.status(), StatusCode::GATEWAY_TIMEOUT);
    stand.gate.open();
    assert_eq!(stand.ask_origin(Viewer::Anon, &other).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_request_that_takes_too_long_as_a_whole_is_said_so() {
    let budget = Budget { request_timeout: Duration::from_millis(300), ..Budget::default() };
    let stand = Stand::start_with(budget).await;
    let image = stand.upload("astronaut.jpg", Visibility::Public).await.record.image;
    let path = format!("/acme/{image}?w=100");
    stand.gate.close();
    let late = stand.ask_origin(Viewer::Anon, &path).await;
    assert_eq!(late.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(late.headers()["retry-after"], "1");
    let problem = axum::body::to_bytes(late.into_body(), 1 << 16).await.unwrap();
    let problem: serde_json::Value = serde_json::from_slice(&problem).unwrap();
    assert_eq!(problem["code"], "request_timeout");
    stand.gate.open();
    assert_eq!(stand.ask_origin(Viewer::Anon, &path).await.status(), StatusCode::OK);
}
