use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::client::{Client, read};

use crate::{
    machine::{Machine, bucket_of, uploaded},
    picture::picture,
};

/// 8,000 pixels, 100 the longer edge.
const SMALL: (u32, u32) = (100, 80);
/// 10,400 pixels.
const LARGE: (u32, u32) = (104, 100);
const LOWERED: [&str; 3] = [
    "--limit=source_pixels_max=10000",
    "--limit=result_edge_max_px=64",
    "--limit=renditions_max=2",
];
const RAISED: [&str; 3] = [
    "--limit=source_pixels_max=1000000000",
    "--limit=result_edge_max_px=20000",
    "--limit=renditions_max=70000",
];

fn small() -> Vec<u8> {
    picture(SMALL.0, SMALL.1, [200, 100, 50])
}

fn large() -> Vec<u8> {
    picture(LARGE.0, LARGE.1, [50, 100, 200])
}

#[tokio::test(flavor = "multi_thread")]
async fn originals_are_bound_at_both_ways_in() {
    let machine = Machine::start().await;
    let lowered = machine.customer("lowered", &LOWERED).await;
    let sentence =
        "the image is 104 x 100, 10400 pixels; at most 10000 (source_pixels_max) are taken";
    let (status, problem) = lowered.upload_bytes(large(), "").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem["code"], "source_pixels_max");
    assert_eq!(problem["detail"], sentence);
    let ticket = in_two_steps(&lowered, large()).await;
    assert_eq!(
        (&ticket["state"], &ticket["code"]),
        (&json!("refused"), &json!("source_pixels_max"))
    );
    assert_eq!(ticket["reason"], sentence);
    uploaded(&lowered, small(), "").await;

    let other = machine.customer("other", &[]).await;
    uploaded(&other, large(), "").await;
    assert_eq!(in_two_steps(&other, small()).await["state"], "accepted");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bound_above_darkrooms_own_changes_nothing() {
    let machine = Machine::start().await;
    let raised = machine.customer("raised", &RAISED).await;
    let (status, problem) = raised.upload_bytes(read("bad/bomb.png"), "").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let sentence = "the image is 12000 x 12000, 144000000 pixels; at most 50000000 (source_pixels_max) are taken";
    assert_eq!(problem["detail"], sentence);
    let image = uploaded(&raised, small(), "").await;
    let path = format!("/raised/{image}?w=8193&h=8193&fit=fill&fm=png");
    let (status, detail) = refused(&raised, &path).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{detail}");
    assert!(detail.ends_with("an edge has at most 8192 px (result_edge_max_px)"), "{detail}");
}

#[tokio::test(flavor = "multi_thread")]
async fn results_are_bound_and_originals_that_were_accepted_stay_deliverable() {
    let machine = Machine::start().await;
    let [lowered, other] =
        [machine.customer("lowered", &LOWERED).await, machine.customer("other", &[]).await];
    let image = uploaded(&lowered, small(), "").await;
    assert_eq!(uploaded(&other, small(), "").await, image);
    let (status, detail) = refused(&lowered, &format!("/lowered/{image}?w=65&fm=png")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(
        detail,
        "the result would be 65 x 52; an edge has at most 64 px (result_edge_max_px)"
    );
    for (client, path) in [
        (&lowered, format!("/lowered/{image}?w=64&fm=png")),
        (&other, format!("/other/{image}?w=65&fm=png")),
        (&lowered, format!("/lowered/{image}/original")),
    ] {
        assert_eq!(client.get(&path).await.status(), StatusCode::OK, "{path}");
    }
    machine.darkroom.verb(&["customer", "set", "lowered", "--limit=source_pixels_max=10"]);
    let machine = machine.restart().await;
    let path = format!("/lowered/{image}?w=63&fm=png");
    assert_eq!(lowered.get(&path).await.status(), StatusCode::OK, "accepted before");
    let (status, _) = lowered.upload_bytes(picture(4, 4, [0; 3]), "").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    drop(machine);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rendition_too_many_is_answered_and_not_kept() {
    let machine = Machine::start().await;
    let [lowered, other] =
        [machine.customer("lowered", &LOWERED).await, machine.customer("other", &[]).await];
    let image = uploaded(&lowered, small(), "").await;
    uploaded(&other, small(), "").await;
    let mut kept = Vec::new();
    for width in 10..15 {
        let query = format!("{image}?w={width}&fm=png");
        let answer = lowered.image(&format!("/lowered/{query}")).await;
        assert_eq!(answer.status(), StatusCode::OK);
        let bytes = answer.bytes().await.unwrap();
        let same = other.image(&format!("/other/{query}")).await.bytes().await.unwrap();
        assert_eq!(bytes, same, "{width}");
        let probe = resizer::probe(&bytes, &resizer::Limits::default()).unwrap();
        assert_eq!(probe.upright().width, width);
        // The edge answers when the origin has ended: when it has stored what it stores.
        kept.push((renditions(&machine, "lowered").await, renditions(&machine, "other").await));
    }
    assert_eq!(kept, [(1, 1), (2, 2), (2, 3), (2, 4), (2, 5)]);
}

async fn renditions(machine: &Machine, customer: &str) -> usize {
    let names = machine.names(&bucket_of(customer)).await.unwrap();
    names.iter().filter(|name| name.starts_with("renditions/")).count()
}

/// Status and sentence of a refused rendition.
async fn refused(client: &Client, path: &str) -> (StatusCode, String) {
    let answer = client.get(path).await;
    let status = answer.status();
    let problem: Value = answer.json().await.unwrap();
    (status, problem["detail"].as_str().unwrap().to_owned())
}

/// What becomes of an upload by ticket.
async fn in_two_steps(client: &Client, bytes: Vec<u8>) -> Value {
    let asked = json!({"type": "image/bmp", "bytes": bytes.len()});
    let ticket: Value = client.post_json("/v1/uploads", &asked).await.json().await.unwrap();
    let put = client.http.request(Method::PUT, ticket["put"]["url"].as_str().unwrap());
    let put = put.header("content-type", "image/bmp").body(bytes).send().await.unwrap();
    assert_eq!(put.status(), StatusCode::OK);
    let path = format!("/v1/uploads/{}", ticket["id"].as_str().unwrap());
    client.wait(&path, |ticket| ticket["state"] != "waiting").await
}
