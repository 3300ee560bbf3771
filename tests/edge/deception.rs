use http::Method;
use reqwest::StatusCode;

use crate::machine::{Machine, id_in, picture};

const JPEG: &[u8] = b"\xff\xd8";

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_looks_public_keeps_no_private_image() {
    let machine = Machine::start(&[]).await;
    let image = machine.upload(1, "private").await;
    assert_eq!(machine.member(&image).await.outcome(), (200, "miss"));
    for ending in [
        "/x.css",
        ".jpg",
        ";x.jpg",
        "/",
        "/x",
        "/..",
        "/.",
        "/original.css",
        "/original/x.css",
        "%2fx.css",
        "%00.css",
        "%3fx.css",
        "/original",
        "//x.css",
        "/%2e%2e/x.css",
        ",x.css",
        "~x.css",
        ":x.css",
        "!x.css",
    ] {
        let path = format!("{image}{ending}");
        let member = machine.member(&path).await;
        assert!((400..500).contains(&member.status), "{path}: {member:?}");
        assert_eq!(member.header("cache-control"), "no-store", "{path}");
        for _ in 0..2 {
            let anybody = machine.anybody(&path).await;
            assert!((400..500).contains(&anybody.status), "{path}: {anybody:?}");
            assert!(!["hit", "stale", "revalidated"].contains(&anybody.header("x-cache")));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_the_api_is_kept_under_no_name() {
    let machine = Machine::start(&[]).await;
    let id = id_in(&machine.upload(1, "private").await).to_owned();
    for path in [
        "/v1/images".to_owned(),
        "/v1/images.css".to_owned(),
        "/v1/images/x.css".to_owned(),
        "/v1/images?x=.css".to_owned(),
        format!("/v1/images/{id}"),
        format!("/v1/images/{id}.css"),
        format!("/v1/images/{id}/x.css"),
        format!("/v1/images/{id};x.css"),
        format!("/v1/images/{id}%2fx.css"),
    ] {
        let own = machine.bearer(&path).await;
        assert_eq!(own.header("cache-control"), "no-store", "{path}");
        let cookie = [("cookie", &*machine.client.cookie)];
        for headers in [&[][..], &cookie] {
            let other = machine.ask(Method::GET, &path, headers).await;
            assert!([401, 404].contains(&other.status), "{path}: {other:?}");
            assert!(!String::from_utf8_lossy(&other.bytes).contains("sha256"), "{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_member_was_shown_is_no_hit_for_anybody_else() {
    let machine = Machine::start(&[]).await;
    let path = format!("{}?w=8", machine.upload(1, "private").await);
    let member = machine.member(&path).await;
    assert_eq!(member.outcome(), (200, "miss"));
    assert!(member.bytes.starts_with(JPEG));
    assert_eq!(machine.member(&path).await.outcome(), (200, "hit"));
    let etag = member.header("etag");
    for (method, header) in [
        (Method::GET, ("accept", "*/*")),
        (Method::HEAD, ("accept", "*/*")),
        (Method::GET, ("range", "bytes=0-3")),
        (Method::HEAD, ("range", "bytes=0-3")),
        (Method::GET, ("if-none-match", etag)),
        (Method::GET, ("cookie", "darkroom=")),
        (Method::GET, ("cookie", "Darkroom=x; darkroom-x=y")),
    ] {
        let anybody = machine.ask(method.clone(), &path, &[header]).await;
        assert_eq!(anybody.status, 401, "{method} {header:?}");
        assert_eq!(anybody.header("etag"), "", "{method} {header:?}");
    }
    assert_eq!(machine.member(&path).await.outcome(), (200, "hit"));
}

#[tokio::test(flavor = "multi_thread")]
async fn that_an_image_is_not_there_is_not_remembered() {
    let machine = Machine::start(&[]).await;
    let id = customer::ImageId::of(&picture(1)).0;
    let path = format!("/demo/{id}?w=8");
    for _ in 0..2 {
        assert_eq!(machine.member(&path).await.problem().0, 404);
        assert_eq!(machine.anybody(&path).await.problem().0, 401);
    }
    machine.upload(1, "public").await;
    assert_eq!(machine.member(&path).await.outcome(), (200, "miss"));
    assert_eq!(machine.anybody(&path).await.outcome(), (200, "miss"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_token_was_answered_is_not_kept() {
    let machine = Machine::start(&[]).await;
    for (number, visibility, anybody) in
        [(1, "private", (401, "miss")), (2, "public", (200, "miss"))]
    {
        let image = machine.upload(number, visibility).await;
        for path in [format!("{image}?w=8"), format!("{image}/original")] {
            let by_token = machine.bearer(&path).await;
            assert_eq!(by_token.outcome(), (200, "pass"), "{path}");
            assert_eq!(by_token.header("cache-control"), "private, no-store", "{path}");
        }
        assert_eq!(machine.anybody(&format!("{image}?w=8")).await.outcome(), anybody);
        let original = machine.anybody(&format!("{image}/original")).await;
        assert_eq!(original.problem().0, StatusCode::UNAUTHORIZED);
    }
}
