use http::Method;
use serde_json::json;

use crate::machine::{Machine, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_url_opens_its_image_and_no_other() {
    let machine = Machine::start(&[]).await;
    let (own, other) = (machine.upload(1, "private").await, machine.upload(2, "private").await);
    let signed = machine.sign(&own, &json!({})).await;
    let sig = signed["sig"].as_str().unwrap();
    let url = signed["url"].as_str().unwrap();
    assert_eq!(url, format!("{}{own}?sig={sig}", machine.darkroom.url));
    for (query, came) in [("", "miss"), ("", "hit"), ("w=8&", "miss")] {
        let seen = machine.anybody(&format!("{own}?{query}sig={sig}")).await;
        assert_eq!(seen.outcome(), (200, came), "{query}");
    }
    for came in ["miss", "hit"] {
        let member = machine.member(&own).await;
        assert_eq!(member.outcome(), (200, came), "rules for URLs do not bind users");
    }
    assert_eq!(machine.anybody(&own).await.problem().0, 401);
    for _ in 0..2 {
        let elsewhere = machine.anybody(&format!("{other}?sig={sig}")).await;
        assert_eq!(elsewhere.problem(), (404, "no_such_image".to_owned()));
        machine.member(&other).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_that_was_touched_opens_nothing() {
    let machine = Machine::start(&[]).await;
    let path = machine.upload(1, "private").await;
    let signed = machine.sign(&path, &json!({})).await;
    let sig = signed["sig"].as_str().unwrap();
    let parts: Vec<_> = sig.split('.').collect();
    let [kid, customer, expiry, scope, mac] = parts[..] else { panic!("{sig}") };
    assert_eq!(machine.anybody(&format!("{path}?sig={sig}")).await.status, 200);
    let later = expiry.parse::<u64>().unwrap() + 1;
    let first = if mac.starts_with('A') { "B" } else { "A" };
    for touched in [
        format!("{kid}.{customer}.{later}.{scope}.{mac}"),
        format!("{kid}.{customer}.{expiry}.{mac}"),
        format!("{kid}.{customer}.{expiry}.{scope}.{first}{}", &mac[1..]),
        format!("{kid}.{customer}.{expiry}.{scope}.{}", &mac[..42]),
        format!("{kid}.{customer}.{expiry}.{scope}.{mac}="),
        format!("{kid}x.{customer}.{expiry}.{scope}.{mac}"),
        format!("{kid}.{customer}.{expiry}.{scope}."),
        String::new(),
    ] {
        let seen = machine.anybody(&format!("{path}?sig={touched}")).await;
        assert_eq!(seen.problem(), (401, "credential_refused".to_owned()), "{touched}");
        // Whoever sends a signature wants it to be looked at, whatever cookie comes along.
        let cookie = [("cookie", &*machine.client.cookie)];
        let url = format!("{path}?sig={touched}");
        assert_eq!(machine.ask(Method::GET, &url, &cookie).await.status, 401, "{touched}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_url_runs_out_though_its_image_is_in_the_cache() {
    let machine = Machine::start(&[]).await;
    let path = machine.upload(1, "private").await;
    assert_eq!(machine.member(&path).await.outcome(), (200, "miss"));
    let signed = machine.sign(&path, &json!({"expires_in": 1})).await;
    let url = format!("{path}?sig={}", signed["sig"].as_str().unwrap());
    eventually("the signed URL has run out", async || machine.anybody(&url).await.status != 200)
        .await;
    let seen = machine.anybody(&url).await;
    assert_eq!(seen.problem(), (401, "credential_refused".to_owned()));
    assert!(String::from_utf8_lossy(&seen.bytes).contains("expired"), "{seen:?}");
    assert_eq!(machine.member(&path).await.outcome(), (200, "hit"));
}
