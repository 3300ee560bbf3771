//! Presets, what customers refuse, and explanations.

use customer::{Customer, Scope, UrlRules, Viewer, Visibility};
use http::{HeaderMap, StatusCode, header};
use reqwest::{RequestBuilder, Response};
use resizer::{Limits, Size, probe};
use serde_json::{Value, json};

use crate::stand::Stand;

impl Stand {
    async fn set(&self, change: impl Fn(&mut Customer)) -> Customer {
        self.registry.update(&"acme".parse().unwrap(), change).await.unwrap()
    }

    async fn set_preset(&self, query: &str) -> Customer {
        self.set(|acme| drop(acme.presets.0.insert("card".to_owned(), query.to_owned()))).await
    }
}

fn cache(response: &Response) -> String {
    response.headers()["x-cache"].to_str().unwrap().to_owned()
}

async fn size(request: RequestBuilder) -> (String, Size) {
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let cache = cache(&response);
    (cache, probe(&response.bytes().await.unwrap(), &Limits::default()).unwrap().stored)
}

async fn refusal(request: RequestBuilder) -> (u16, String, String) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let problem: Value = response.json().await.unwrap();
    let text = |name: &str| problem[name].as_str().unwrap().to_owned();
    (status, text("code"), text("detail"))
}

const fn square(edge: u32) -> Size {
    Size { width: edge, height: edge }
}

/// The origin of this test knows the old presets for half a minute yet; the edge's version tells it.
#[tokio::test]
async fn a_changed_preset_is_seen_at_once_and_in_its_old_place_again_when_it_is_changed_back() {
    let stand = Stand::start().await;
    let image = stand.upload("astronaut.jpg", Visibility::Public).await.record.image;
    let path = format!("/acme/{image}?preset=card");
    stand.set_preset("w=40&fm=png").await;
    assert_eq!(size(stand.get(&path)).await, ("miss".to_owned(), square(40)));
    assert_eq!(size(stand.get(&path)).await, ("hit".to_owned(), square(40)));
    stand.set_preset("w=30&fm=png").await;
    assert_eq!(size(stand.get(&path)).await, ("miss".to_owned(), square(30)));
    stand.set_preset("w=40&fm=png").await;
    assert_eq!(size(stand.get(&path)).await, ("hit".to_owned(), square(40)));
    assert_eq!(size(stand.get(&format!("{path}&w=20"))).await, ("miss".to_owned(), square(20)));
    let mut stored = stand.stored(image).await;
    stored.sort();
    let engine = resizer::ENGINE;
    let names = [20, 30, 40].map(|w| format!("renditions/{image}/{engine}/w={w},fm=png.png"));
    assert_eq!(stored, names);
    stand.set(|acme| acme.presets.0.clear()).await;
    let gone = refusal(stand.get(&path)).await;
    assert_eq!((gone.0, &*gone.1), (400, "no_such_preset"));
}

#[tokio::test]
async fn what_an_edge_that_is_behind_asks_for_is_not_kept_for_long() {
    let stand = Stand::start().await;
    let image = stand.upload("astronaut.jpg", Visibility::Public).await.record.image;
    let version = stand.set_preset("w=40").await.presets.version();
    for (asked, kept) in [(&*version, "s-maxage=31536000"), ("00000000", "max-age=60")] {
        let path = format!("/acme/{image}?preset=card.{asked}");
        let response = stand.ask_origin(Viewer::Anon, &path).await;
        assert_eq!(response.status(), StatusCode::OK);
        let lifetime = response.headers()["cache-control"].to_str().unwrap();
        let is_long = lifetime.contains("s-maxage");
        assert!(lifetime.contains(kept) && is_long == (asked == version), "{asked}: {lifetime}");
    }
}

#[tokio::test]
async fn a_preset_negotiates_and_every_outcome_says_so() {
    let stand = Stand::start().await;
    let image = stand.upload("astronaut.jpg", Visibility::Public).await.record.image;
    stand.set_preset("w=40&auto=format").await;
    for (query, media_type, vary) in [
        ("preset=card", "image/avif", Some("accept")),
        ("preset=card&fm=webp", "image/webp", None),
        ("preset=cart", "application/problem+json", Some("accept")),
    ] {
        let request = stand.get(&format!("/acme/{image}?{query}"));
        let seen = request.header("accept", "image/avif,image/webp").send().await.unwrap();
        assert_eq!(seen.headers()["content-type"], media_type, "{query}");
        let told = seen.headers().get("vary").map(|vary| vary.to_str().unwrap());
        assert_eq!(told, vary, "{query}");
    }
}

#[tokio::test]
async fn rules_bind_whoever_has_not_signed_in() {
    let presets_only = UrlRules { presets_only: true, ..UrlRules::default() };
    let allowed = UrlRules { allowed: ["w".to_owned()].into(), ..UrlRules::default() };
    for (rules, good, bad) in
        [(presets_only, "preset=card", "w=39"), (allowed, "w=39", "w=39&h=38")]
    {
        let stand = Stand::start().await;
        let image = stand.upload("astronaut.jpg", Visibility::Public).await.record.image;
        stand.set_preset("w=40").await;
        stand.set(|acme| acme.url_rules = rules.clone()).await;
        let path = |query: &str| format!("/acme/{image}?{query}");
        let sig = stand.credential("acme", Scope::Image(image));
        for signed in [String::new(), format!("&sig={sig}")] {
            let good = stand.get(&format!("{}{signed}", path(good))).send().await.unwrap();
            assert_eq!(good.status(), StatusCode::OK);
            let (status, code, _) = refusal(stand.get(&format!("{}{signed}", path(bad)))).await;
            assert_eq!((status, &*code), (403, "parameter_not_allowed"), "{bad}{signed}");
        }
        let user = stand.get_as_customer(&path(bad)).send().await.unwrap();
        assert_eq!(user.status(), StatusCode::OK, "{bad}");
    }
}

#[tokio::test]
async fn strict_refuses_what_would_be_ignored_by_edge_and_origin() {
    let stand = Stand::start().await;
    let image = stand.upload("astronaut.jpg", Visibility::Public).await.record.image;
    let path = |query: &str| format!("/acme/{image}?{query}");
    stand.set(|acme| acme.url_rules.strict = true).await;
    let token = stand.sign_in("acme", "viewer").await;
    for (query, named) in [("w=9&width=8", "width"), ("w=9&auto=compress", "auto=compress")] {
        let said = format!("{named} means nothing here; leave it out");
        let expected = (400, "bad_parameter".to_owned(), said);
        assert_eq!(refusal(stand.get(&path(query))).await, expected);
        let at_origin = stand.get(&path(query)).header("authorization", format!("Bearer {token}"));
        assert_eq!(refusal(at_origin).await, expected);
    }
    let ixlib = stand.get(&path("w=9&ixlib=js-3.8.0")).send().await.unwrap();
    assert_eq!(ixlib.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_url_is_explained_to_those_who_have_signed_in() {
    let stand = Stand::start().await;
    let image = stand.upload("astronaut.jpg", Visibility::Public).await.record.image;
    let version = stand.set_preset("w=128&auto=format&q=70").await.presets.version();
    let path = format!("/acme/{image}?preset=card&h=64&fit=crop&utm_source=x&explain=1");
    let token = stand.sign_in("acme", "viewer").await;
    let ask = || stand.get(&path).header("authorization", format!("Bearer {token}"));
    let response = ask().header("accept", "image/webp").send().await.unwrap();
    assert_eq!(response.headers()["cache-control"], "private, no-store");
    assert_eq!(response.headers()["content-type"], "application/json");
    let explained: Value = response.json().await.unwrap();
    assert_eq!(explained["ignored"], json!(["utm_source"]));
    let preset = json!({"name": "card", "query": "w=128&auto=format&q=70", "version": version});
    assert_eq!(explained["preset"], preset);
    assert_eq!(explained["parameters"]["w"], "128");
    assert_eq!(explained["negotiated"], true);
    assert_eq!(explained["original"]["width"], 512);
    let plan = &explained["plan"];
    assert_eq!(plan["decoded_eighths"], 3);
    assert_eq!(plan["scaled"], json!({"width": 128, "height": 128}));
    assert_eq!(plan["crop"], json!({"x": 0, "y": 32, "width": 128, "height": 64}));
    assert_eq!((&plan["type"], &plan["quality"]), (&json!("image/webp"), &json!(70)));
    assert_eq!(explained["rendition"]["stored"], false);

    let image_itself = path.replace("&explain=1", "");
    let shown = stand.get(&image_itself).header("accept", "image/webp").send().await.unwrap();
    assert_eq!(shown.headers()["etag"], explained["rendition"]["etag"].as_str().unwrap());
    shown.bytes().await.unwrap();
    assert_eq!(stand.stored(image).await, [explained["rendition"]["key"].as_str().unwrap()]);
    let again: Value =
        ask().header("accept", "image/webp").send().await.unwrap().json().await.unwrap();
    assert_eq!(again["rendition"]["stored"], true);
    let by_cookie: Value = stand.get_as_customer(&path).send().await.unwrap().json().await.unwrap();
    assert_eq!(by_cookie["plan"]["type"], "image/jpeg");

    let (status, code, _) = refusal(stand.get(&path)).await;
    assert_eq!((status, &*code), (403, "not_explained"));
}

#[tokio::test]
async fn the_origin_answers_parts_and_head() {
    let stand = Stand::start().await;
    let image = stand.upload("astronaut.jpg", Visibility::Public).await.record.image;
    let path = format!("/acme/{image}?w=100");
    let ask = async |headers: &[(header::HeaderName, String)]| {
        let headers = headers.iter().map(|(name, value)| (name.clone(), value.parse().unwrap()));
        let headers: HeaderMap = headers.collect();
        let response = stand.ask_origin_with(Viewer::Anon, &path, headers).await;
        let (parts, body) = response.into_parts();
        (parts, axum::body::to_bytes(body, 1 << 20).await.unwrap())
    };
    let (parts, whole) = ask(&[]).await;
    assert_eq!(
        (parts.status, &parts.headers["accept-ranges"]),
        (StatusCode::OK, &"bytes".parse().unwrap())
    );
    let etag = parts.headers["etag"].to_str().unwrap().to_owned();
    let range = |text: &str| (header::RANGE, text.to_owned());
    let (parts, part) = ask(&[range("bytes=2-5"), (header::IF_RANGE, etag)]).await;
    assert_eq!((parts.status, &part), (StatusCode::PARTIAL_CONTENT, &whole.slice(2..6)));
    assert_eq!(parts.headers["content-range"], format!("bytes 2-5/{}", whole.len()));
    assert_eq!(parts.headers["content-length"], "4");
    let other = (header::IF_RANGE, "\"other\"".to_owned());
    let (parts, part) = ask(&[range("bytes=2-5"), other]).await;
    assert_eq!((parts.status, part), (StatusCode::OK, whole.clone()));
    let (parts, _) = ask(&[range(&format!("bytes={}-", whole.len()))]).await;
    assert_eq!(parts.status, StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(parts.headers["content-range"], format!("bytes */{}", whole.len()));
}
