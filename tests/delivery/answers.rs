//! What a viewer gets, and what the edge and the store keep of it.

use std::time::Duration;

use customer::{Scope, Status, Viewer, Visibility};
use futures::future::join_all;
use http::StatusCode;
use local::edge::Forgotten;
use reqwest::Response;
use serde_json::Value;

use crate::stand::Stand;

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

async fn problem(response: Response) -> (u16, String, String) {
    assert_eq!(header(&response, "content-type"), "application/problem+json");
    assert_eq!(header(&response, "cache-control"), "no-store");
    let status = response.status().as_u16();
    let problem: Value = response.json().await.unwrap();
    let text = |name: &str| problem[name].as_str().unwrap().to_owned();
    (status, text("code"), text("detail"))
}

#[tokio::test]
async fn a_rendition_is_made_once_stored_and_kept_at_the_edge() {
    let stand = Stand::start().await;
    let image = stand.upload("astronaut.jpg", Visibility::Private).await.record.image;
    let path = format!("/acme/{image}?w=200&fm=webp");

    let miss = stand.get_as_customer(&path).send().await.unwrap();
    assert_eq!(miss.status(), StatusCode::OK);
    assert_eq!(header(&miss, "x-cache"), "miss");
    assert_eq!(header(&miss, "content-type"), "image/webp");
    assert_eq!(header(&miss, "cache-control"), "private, max-age=300");
    assert_eq!(header(&miss, "cache-tag"), "", "tags are for the edge");
    assert_eq!(header(&miss, "x-darkroom-browser-cache-control"), "");
    for step in
        ["auth;dur=", "record;dur=", "fetch;dur=", "decode;dur=", "resize;dur=", "encode;dur="]
    {
        assert!(header(&miss, "server-timing").contains(step), "{step}");
    }
    let etag = header(&miss, "etag").to_owned();
    let bytes = miss.bytes().await.unwrap();
    let probe = resizer::probe(&bytes, &resizer::Limits::default()).unwrap();
    assert_eq!((probe.stored.width, probe.stored.height), (200, 200));
    let stored = format!("renditions/{image}/{}/w=200,fm=webp.webp", resizer::ENGINE);
    assert_eq!(stand.stored(image).await, [stored]);

    let again = format!("/acme/{image}?utm_source=mail&fm=webp&w=200");
    let hit = stand.get_as_customer(&again).send().await.unwrap();
    assert_eq!((header(&hit, "x-cache"), header(&hit, "etag")), ("hit", &*etag));
    assert_eq!((header(&hit, "age"), header(&hit, "x-darkroom-ignored")), ("0", "utm_source"));
    assert_eq!(hit.bytes().await.unwrap(), bytes);

    let known = stand.get_as_customer(&path).header("if-none-match", &etag).send().await.unwrap();
    assert_eq!(known.status(), StatusCode::NOT_MODIFIED);
    assert_eq!((header(&known, "etag"), header(&known, "content-length")), (&*etag, ""));
    assert!(known.bytes().await.unwrap().is_empty());

    stand.edge.purge(Forgotten::Tag(format!("i:{image}"))).await;
    let head = stand.get_as_customer(&path).build().unwrap();
    let head = reqwest::Client::new().head(head.url().clone()).headers(head.headers().clone());
    let head = head.send().await.unwrap();
    assert_eq!(header(&head, "content-length"), bytes.len().to_string());
    assert_eq!(header(&head, "x-cache"), "miss");
    assert_eq!(stand.gate.passed(), 1, "the second miss finds the stored rendition");
}

/// 304 is decided by the record alone: the original need not even exist.
#[tokio::test]
async fn the_origin_answers_304_before_it_fetches() {
    let stand = Stand::start().await;
    let image = stand.upload("astronaut.jpg", Visibility::Public).await.record.image;
    let path = format!("/acme/{image}?w=100");
    let response = stand.ask_origin(Viewer::Anon, &path).await;
    assert_eq!(
        response.headers()["cache-control"],
        "max-age=600, s-maxage=31536000, stale-while-revalidate=86400, stale-if-error=86400"
    );
    assert_eq!(response.headers()["cache-tag"], format!("c:acme,i:{image}"));
    assert_eq!(response.headers()["access-control-allow-origin"], "*");
    let etag = response.headers()["etag"].clone();
    axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    let reads = stand.s3.requests().of("GetObject");
    let if_none_match = [(http::header::IF_NONE_MATCH, etag.clone())].into_iter().collect();
    let known = stand.ask_origin_with(Viewer::Anon, &path, if_none_match).await;
    assert_eq!(known.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(known.headers()["etag"], etag);
    assert!(!known.headers().contains_key("content-length"));
    assert_eq!(stand.s3.requests().of("GetObject"), reads + 1, "the record and nothing else");
}

#[tokio::test]
async fn twenty_misses_render_once() {
    let stand = Stand::start().await;
    let image = stand.upload("astronaut.jpg", Visibility::Public).await.record.image;
    let path = format!("/acme/{image}?w=300");
    let answers = join_all((0..20).map(|_| stand.ask_origin(Viewer::Anon, &path))).await;
    assert!(answers.iter().all(|answer| answer.status() == StatusCode::OK));
    assert_eq!(stand.gate.passed(), 1);
}

#[tokio::test]
async fn an_original_is_read_once_for_the_sizes_of_a_page() {
    let stand = Stand::start().await;
    let image = stand.upload("astronaut.jpg", Visibility::Public).await.record.image;
    let paths: Vec<_> = (60..66).map(|width| format!("/acme/{image}?w={width}")).collect();
    let answers = join_all(paths.iter().map(|path| stand.ask_origin(Viewer::Anon, path))).await;
    assert!(answers.iter().all(|answer| answer.status() == StatusCode::OK));
    let later = stand.ask_origin(Viewer::Anon, &format!("/acme/{image}?w=90")).await;
    assert_eq!(later.status(), StatusCode::OK);
    assert_eq!(stand.gate.passed(), 1);
}

#[tokio::test]
async fn the_next_sizes_are_not_looked_for_where_they_were_counted_just_now() {
    let stand = Stand::start().await;
    let image = stand.upload("astronaut.jpg", Visibility::Public).await.record.image;
    let requests = async |width: u32| {
        let count = |name| stand.s3.requests().of(name);
        let names = ["GetObject", "ListObjectsV2", "PutObject"];
        let before = names.map(count);
        let path = format!("/acme/{image}?w={width}");
        assert_eq!(stand.ask_origin(Viewer::Anon, &path).await.status(), StatusCode::OK);
        std::array::from_fn::<_, 3, _>(|at| count(names[at]) - before[at])
    };
    requests(60).await;
    assert_eq!(requests(61).await, [2, 0, 1], "the record before and after, and the rendition put");
    // What one render gave to all who asked is forgotten, the count is not.
    tokio::time::sleep(Duration::from_millis(5_500)).await;
    assert_eq!(requests(61).await, [2, 0, 0], "the record, and the rendition that is stored");
}

#[tokio::test]
async fn who_sees_what() {
    let stand = Stand::start().await;
    let private = stand.upload("coffee.jpg", Visibility::Private).await.record.image;
    let public = stand.upload("astronaut.jpg", Visibility::Public).await.record.image;
    let absent = customer::ImageId::of(b"absent").0;

    let seen = stand.get(&format!("/acme/{public}?w=50")).send().await.unwrap();
    assert_eq!(seen.status(), StatusCode::OK);
    assert_eq!(header(&seen, "cache-control"), "public, max-age=600");

    let hidden = problem(stand.get(&format!("/acme/{private}?w=50")).send().await.unwrap()).await;
    assert_eq!((hidden.0, &*hidden.1), (401, "credential_missing"));
    for nothing in [format!("/acme/{absent}?w=50"), format!("/nobody/{private}?w=50")] {
        let answer = problem(stand.get(&nothing).send().await.unwrap()).await;
        assert_eq!(answer, hidden, "what is hidden and what is not there look the same");
    }

    let beta = format!("darkroom={}", stand.credential("beta", Scope::Customer));
    let other = stand.get(&format!("/acme/{private}?w=50")).header("cookie", beta);
    assert_eq!(problem(other.send().await.unwrap()).await.0, 404);
    let gone = stand.get_as_customer(&format!("/acme/{absent}?w=50"));
    assert_eq!(problem(gone.send().await.unwrap()).await.1, "no_such_image");

    let sig = stand.credential("acme", Scope::Image(private));
    let signed = stand.get(&format!("/acme/{private}?w=50&sig={sig}")).send().await.unwrap();
    assert_eq!(signed.status(), StatusCode::OK);
    let kept = stand.get(&format!("/acme/{private}?sig={sig}&w=50")).send().await.unwrap();
    assert_eq!(header(&kept, "x-cache"), "hit");
    let as_user = stand.get_as_customer(&format!("/acme/{private}?w=50"));
    let seen = as_user.try_clone().unwrap().send().await.unwrap();
    assert_eq!(header(&seen, "x-cache"), "miss", "rules differ for those who have signed in");
    assert_eq!(header(&as_user.send().await.unwrap(), "x-cache"), "hit");
    let still = problem(stand.get(&format!("/acme/{private}?w=50")).send().await.unwrap()).await;
    assert_eq!(still, hidden, "what is kept for the customer is kept for nobody else");
    let elsewhere = stand.get(&format!("/acme/{public}?w=50&sig={sig}")).send().await.unwrap();
    assert_eq!(problem(elsewhere).await.0, 404);
    let forged = stand.get(&format!("/acme/{private}?sig={sig}x")).send().await.unwrap();
    assert_eq!(problem(forged).await.1, "credential_refused");
}

#[tokio::test]
async fn a_header_of_the_edge_counts_only_from_the_edge() {
    let stand = Stand::start().await;
    let image = stand.upload("astronaut.jpg", Visibility::Private).await.record.image;
    let path = format!("/acme/{image}?w=50");
    let good =
        customer::Proof::new("guessed").sign(Viewer::Customer, &path, customer::Timestamp::now());
    let forged = stand.get(&path).header(customer::Proof::HEADER, good);
    assert_eq!(problem(forged.send().await.unwrap()).await.0, 401);
}

#[tokio::test]
async fn a_suspended_customer_is_not_served_even_what_is_kept() {
    let stand = Stand::start().await;
    let image = stand.upload("astronaut.jpg", Visibility::Public).await.record.image;
    let path = format!("/acme/{image}?w=50");
    assert_eq!(stand.get(&path).send().await.unwrap().status(), StatusCode::OK);
    let suspend = |acme: &mut customer::Customer| acme.status = Status::Suspended;
    stand.registry.update(&"acme".parse().unwrap(), suspend).await.unwrap();
    assert_eq!(problem(stand.get(&path).send().await.unwrap()).await.0, 401);
}

#[tokio::test]
async fn the_format_follows_accept_and_every_outcome_says_so() {
    let stand = Stand::start().await;
    let image = stand.upload("astronaut.jpg", Visibility::Public).await.record.image;
    let path = format!("/acme/{image}?w=50&auto=format");
    for (accept, media_type, cache) in [
        ("image/avif,image/webp,*/*", "image/avif", "miss"),
        ("image/webp,*/*", "image/webp", "miss"),
        ("*/*", "image/jpeg", "miss"),
        ("image/png", "image/jpeg", "hit"),
    ] {
        let response = stand.get(&path).header("accept", accept).send().await.unwrap();
        assert_eq!(
            (header(&response, "content-type"), header(&response, "x-cache")),
            (media_type, cache),
            "{accept}"
        );
        assert_eq!(header(&response, "vary"), "accept");
    }
    assert_eq!(stand.stored(image).await.len(), 3, "three classes, three renditions");
    for refused in
        [format!("{path}&q=0"), format!("/acme/{}?auto=format", customer::ImageId::of(b"x").0)]
    {
        let response = stand.get(&refused).send().await.unwrap();
        assert!(response.status().is_client_error());
        assert_eq!(header(&response, "vary"), "accept", "{refused}");
    }
}

#[tokio::test]
async fn a_mistake_is_answered_with_a_sentence() {
    let stand = Stand::start().await;
    let image = stand.upload("astronaut.jpg", Visibility::Public).await.record.image;
    for (path, status, code, detail) in [
        (
            format!("/acme/{image}?w=big"),
            400,
            "bad_parameter",
            "w=big is not understood; w is a whole number of pixels from 1",
        ),
        (format!("/acme/{image}?w=9000&fit=clip"), 400, "result_too_large", "8192"),
        (format!("/acme//{image}"), 400, "bad_path", "single slashes"),
        (format!("/ACME/{image}"), 400, "bad_path", "lower case"),
        (format!("/acme%2f{image}"), 400, "bad_path", "percent escape"),
    ] {
        let answer = problem(stand.get(&path).send().await.unwrap()).await;
        assert_eq!((answer.0, &*answer.1), (status, code), "{path}");
        assert!(answer.2.contains(detail), "{path}: {}", answer.2);
    }
}
