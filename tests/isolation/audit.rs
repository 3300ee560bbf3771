use data_encoding::BASE64URL_NOPAD;
use reqwest::StatusCode;
use serde_json::Value;
use tests::client::{Client, read};

use crate::machine::{Machine, uploaded};

/// `sub` of a token.
fn subject(client: &Client) -> String {
    let payload = client.id_token.split('.').nth(1).unwrap();
    let payload = BASE64URL_NOPAD.decode(payload.as_bytes()).unwrap();
    let payload: Value = serde_json::from_slice(&payload).unwrap();
    payload["sub"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_refusal_of_a_good_token_is_one_line_with_subject_and_path() {
    let machine = Machine::start_logging("info").await;
    let admin = machine.customer("acme", &[]).await;
    let viewer = machine.user("acme", "viewer").await;
    let demo = Client::demo(&machine.darkroom).await;
    let own = uploaded(&admin, read("images/gray.jpg"), "").await;
    let theirs = uploaded(&demo, read("images/coffee.jpg"), "").await;

    let (status, _) = viewer.upload("images/coffee.jpg", "").await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let theirs = format!("/demo/{theirs}");
    assert_eq!(admin.get(&format!("{theirs}?w=9")).await.status(), StatusCode::NOT_FOUND);
    let original = format!("/acme/{own}/original");
    assert_eq!(viewer.get(&original).await.status(), StatusCode::FORBIDDEN);
    assert_eq!(viewer.get(&format!("/acme/{own}?w=9")).await.status(), StatusCode::OK);
    assert_eq!(viewer.get("/v1/images").await.status(), StatusCode::OK);

    let log = machine.log();
    let refused: Vec<_> = log.lines().filter(|line| is_of(line, "WARN", "refused")).collect();
    let expected =
        [(&viewer, "POST", "/v1/images"), (&admin, "GET", &theirs), (&viewer, "GET", &original)];
    assert_eq!(refused.len(), expected.len(), "{refused:#?}");
    for (line, (client, method, path)) in refused.iter().zip(expected) {
        assert!(line.contains(&subject(client)), "{line}");
        assert!(line.contains("customer=acme"), "whose user it is: {line}");
        assert!(line.contains(&format!("method={method} path=\"{path}\"")), "{line}");
    }
    for act in ["customer add", "user add"] {
        let done = log.lines().filter(|line| is_of(line, "INFO", "done"));
        assert!(done.filter(|line| line.contains(&format!("act=\"{act}\""))).count() > 0, "{act}");
    }
}

/// Between level and target stands the span of the request, if there is one.
fn is_of(line: &str, level: &str, message: &str) -> bool {
    line.contains(&format!(" {level} ")) && line.contains(&format!(" audit: {message} "))
}
