use customer::Timestamp;
use http::Method;
use reqwest::Response;
use serde_json::{Value, json};
use tests::{
    client::{Client, sign_in},
    darkroom::{Darkroom, PASSWORD},
};

use crate::machine::Machine;

const MINUTES_15: i64 = 15 * 60;
/// A slow machine may need this long between a cookie's minting and our look at it.
const TOLERANCE: i64 = 30;

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_renews_the_cookie_before_it_runs_out() {
    let machine = Machine::start(&[]).await;
    let path = machine.upload(1, "private").await;
    let asked = json!({"refresh_token": machine.client.refresh_token});
    let first = expiry(&machine.client.cookie);
    // The expiry has whole seconds.
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    let answer = sign_in(&machine.darkroom, "/v1/session/refresh", &asked).await;
    let renewed = minted(&answer, "");
    assert!(expiry(&renewed) > first, "{renewed} is no later than {first}");
    for cookie in [&machine.client.cookie, &renewed] {
        assert_eq!(machine.ask(Method::GET, &path, &[("cookie", cookie)]).await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_password_earns_a_cookie_too() {
    let machine = Machine::start(&[]).await;
    let path = machine.upload(1, "private").await;
    let invited = ["user", "add", "new@example.com", "--customer", "demo", "--role", "viewer"];
    let printed = machine.darkroom.verb(&invited);
    let (_, password) = printed.split_once("temporary password: ").unwrap();
    let password = password.lines().next().unwrap();
    let asked = json!({"username": "new@example.com", "password": password});
    let challenge = sign_in(&machine.darkroom, "/v1/session", &asked).await;
    assert!(!challenge.headers().contains_key("set-cookie"), "nobody is signed in yet");
    let challenge: Value = challenge.json().await.unwrap();
    let asked = json!({
        "username": "new@example.com",
        "session": challenge["session"],
        "new_password": PASSWORD,
    });
    let answer = sign_in(&machine.darkroom, "/v1/session/challenge", &asked).await;
    let cookie = minted(&answer, "");
    assert_eq!(machine.ask(Method::GET, &path, &[("cookie", &cookie)]).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_https_the_cookie_is_sent_over_https_alone() {
    let data = tempfile::tempdir().unwrap();
    let options = ["--public-url", "https://images.example"];
    let mut darkroom = Darkroom::start(data.path(), &options);
    darkroom.url = darkroom.environment()["AWS_ENDPOINT_URL"].clone();
    let asked = json!({"username": "demo@example.com", "password": PASSWORD});
    let answer = sign_in(&darkroom, "/v1/session", &asked).await;
    minted(&answer, "; Secure");
    let client = Client::of(&darkroom, answer).await;
    let asked = json!({"refresh_token": client.refresh_token});
    minted(&sign_in(&darkroom, "/v1/session/refresh", &asked).await, "; Secure");
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_takes_the_cookie_along() {
    let data = tempfile::tempdir().unwrap();
    let darkroom = Darkroom::start(data.path(), &[]);
    let asked = json!({"username": "demo@example.com", "password": PASSWORD});
    let answer = sign_in(&darkroom, "/v1/session", &asked).await;
    let tokens: Value = answer.json().await.unwrap();
    let end = reqwest::Client::new().delete(format!("{}/v1/session", darkroom.url));
    let end = end.json(&json!({"access_token": tokens["access_token"]}));
    let answer = end.bearer_auth(tokens["id_token"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(answer.status(), 204);
    let gone = "darkroom=; Path=/demo/; Max-Age=0; HttpOnly; SameSite=Lax";
    assert_eq!(answer.headers()["set-cookie"], gone);
}

/// The cookie that an answer sets for 15 minutes from now.
fn minted(answer: &Response, secure: &str) -> String {
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    let (cookie, attributes) = cookie.split_once("; ").unwrap();
    let expected = format!("Path=/demo/; Max-Age={MINUTES_15}; HttpOnly; SameSite=Lax{secure}");
    assert_eq!(attributes, expected);
    let left = expiry(cookie) - Timestamp::now().seconds();
    assert!((MINUTES_15 - TOLERANCE..=MINUTES_15).contains(&left), "{left} seconds are left");
    cookie.to_owned()
}

/// `darkroom=kid.customer.exp.mac`
fn expiry(cookie: &str) -> i64 {
    cookie.split('.').nth(2).unwrap().parse().unwrap()
}
