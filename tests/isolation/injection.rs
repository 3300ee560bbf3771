use reqwest::Method;
use serde_json::json;
use tests::client::{Client, read, sign_in};

use crate::machine::{Machine, email};

/// Everything of ours, and the line of each answer.
const FILTER: &str =
    "info,access=info,consumer=debug,customer=debug,ingest=debug,local=debug,resizer_lambda=debug";
/// A line as the log has them, in the place of a name.
const FORGED: &str = "x\n2001-01-01T00:00:00.000000Z  INFO audit: done act=\"forged\"";
const ENDS: [&str; 5] = ["\r", "\u{85}", "\u{2028}", "\u{1b}[2K\u{1b}[1A", "\u{0}"];

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_writes_no_line_of_the_log() {
    let machine = Machine::start_logging(FILTER).await;
    let demo = Client::demo(&machine.darkroom).await;
    let ends = ENDS.iter().map(|end| FORGED.replace('\n', end));
    for text in [FORGED.to_owned()].into_iter().chain(ends) {
        names(&machine, &text).await;
        paths(&demo, &text).await;
        fields(&demo, &text).await;
        files(&demo, text.as_bytes()).await;
    }
    let log = machine.log();
    for told in ["path=\"/v1/images\" status=422", "path=\"/v1/session\" status=401"] {
        assert!(log.contains(told), "{told} in\n{log}");
    }
    for line in log.lines() {
        let begins = line.split(' ').next().unwrap();
        let is_time = begins.len() == "2001-01-01T00:00:00.000000Z".len() && begins.ends_with('Z');
        assert!(is_time && !begins.starts_with("2001"), "{line:?} in\n{log}");
        assert!(
            !line.contains(|letter: char| letter.is_control() || letter == '\u{2028}'),
            "{line:?}"
        );
    }
}

/// Whoever signs in says who they are.
async fn names(machine: &Machine, text: &str) {
    for body in [
        json!({"username": text, "password": text}),
        json!({"username": email("demo", text), "password": "Wrong-horse-7"}),
        json!({text: text}),
        json!(text),
    ] {
        let answer = sign_in(&machine.darkroom, "/v1/session", &body).await;
        assert!(answer.status().is_client_error(), "{body}");
    }
}

/// In each place of a URL where a name stands.
async fn paths(demo: &Client, text: &str) {
    let name: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
    let name = name.replace('+', "%20");
    for path in [
        format!("/demo/{name}"),
        format!("/{name}/x"),
        format!("/demo/iiif/3/{name}/info.json"),
        format!("/v1/images/{name}"),
        format!("/v1/uploads/{name}"),
        format!("/v1/datasets/{name}/snapshots/1"),
        format!("/v1/images?cursor={name}"),
        format!("/demo/x?sig={name}"),
        format!("/demo/x?{name}={name}"),
        format!("/console/{name}"),
    ] {
        let answer = demo.get(&path).await;
        assert!(answer.status().is_client_error(), "{path}: {}", answer.status());
        for method in [Method::PATCH, Method::DELETE] {
            demo.request(method, &path).send().await.unwrap();
        }
    }
}

/// In each field of a body, and in a header as far as HTTP lets it.
async fn fields(demo: &Client, text: &str) {
    let labelled = demo.upload("images/gray.jpg", "").await.1;
    let image = labelled["id"].as_str().unwrap();
    for change in [json!({"labels": [text]}), json!({"consent": text}), json!({text: 1})] {
        demo.patch(image, &change).await;
    }
    for body in
        [json!({"type": text, "bytes": 9}), json!({"type": "image/png", "bytes": 9, text: 1})]
    {
        demo.post_json("/v1/uploads", &body).await;
    }
    demo.post_json("/v1/images:batchDelete", &json!({"ids": [text]})).await;
    demo.post_json(&format!("/v1/images/{image}/predictions"), &json!({"endpoint": text})).await;
    for header in ["x-request-id", "traceparent", "user-agent", "if-match", "content-type"] {
        let value = reqwest::header::HeaderValue::from_bytes("\tINFO audit: done é".as_bytes());
        let request = demo.request(Method::PATCH, &format!("/v1/images/{image}"));
        request.header(header, value.unwrap()).send().await.unwrap();
    }
}

/// What a decoder says of a file may have words of the file.
async fn files(demo: &Client, text: &[u8]) {
    let png = read("images/small-1.png");
    let (signature, rest) = png.split_at(8);
    let (header, rest) = rest.split_at(25);
    // A chunk that decoders have to understand, and that nobody does: its name begins with a capital letter.
    let mut chunk = 4_u32.to_be_bytes().to_vec();
    chunk.extend(b"F\n\x1b[");
    chunk.extend(text.iter().chain(&[0; 8]).take(8));
    for file in [[signature, header, &chunk, rest].concat(), text.to_vec()] {
        demo.upload_bytes(file, "label=cup").await;
    }
}
