//! The cookie and the signature of a running program, shown to the function with that program's
//! keys. Needs Node; without it there is nothing to compare with.

use std::{
    io::{ErrorKind, Write},
    path::Path,
    process::{Command, Stdio},
};

use customer::Timestamp;
use serde_json::{Map, Value, json};

use crate::machine::Machine;

#[tokio::test(flavor = "multi_thread")]
async fn what_the_api_signs_opens_the_same_at_cloudfront() {
    let machine = Machine::start(&[]).await;
    let (own, other) = (machine.upload(1, "private").await, machine.upload(2, "private").await);
    let signed = machine.sign(&own, &json!({})).await;
    let sig = format!("sig={}", signed["sig"].as_str().unwrap());
    let cookie = &machine.client.cookie;
    let requests = [
        request(&own, "w=8", cookie),
        request(&other, "", cookie),
        request(&own, &sig, ""),
        request(&other, &sig, ""),
        request(&own, &format!("{sig}x"), ""),
        request(&own, "", &format!("{cookie}x")),
    ];
    let opened = json!([
        ["ask", "customer", format!("{own}?w=8"), "*/*"],
        ["ask", "customer", other, "*/*"],
        ["ask", "signed", own, "*/*"],
        ["refuse", 404, "no_such_image"],
        ["refuse", 401, "credential_refused"],
        ["ask", "anon", own, "*/*"],
    ]);
    let Some(decided) = decide(&keys(&machine).await, &requests) else { return };
    assert_eq!(decided, opened);

    machine.darkroom.verb(&["customer", "key", "rotate", "demo"]);
    assert_eq!(decide(&keys(&machine).await, &requests), Some(opened), "both keys are in use");
    machine.darkroom.verb(&["customer", "key", "rotate", "demo", "--revoke"]);
    let decided = decide(&keys(&machine).await, &requests[..3]).unwrap();
    let refused = json!(["refuse", 401, "credential_refused"]);
    let anon = |path: &str| json!(["ask", "anon", path, "*/*"]);
    assert_eq!(decided, json!([anon(&format!("{own}?w=8")), anon(&other), refused]));
}

fn request(path: &str, query: &str, cookie: &str) -> Value {
    json!({"method": "GET", "path": path, "query": query, "headers": [["cookie", cookie]]})
}

/// The customer's keys as CloudFront's store holds them.
async fn keys(machine: &Machine) -> Value {
    let registered = machine.registered().await;
    let keys = registered["edge_keys"].as_array().unwrap().iter();
    let keys = keys.map(|key| (key["kid"].as_str().unwrap().to_owned(), key["secret"].clone()));
    Value::Object(keys.collect::<Map<_, _>>())
}

/// What the function decides now, without the proofs. `None` where Node is missing.
#[expect(clippy::print_stderr, reason = "whoever runs the tests has to know what was left out")]
fn decide(keys: &Value, requests: &[Value]) -> Option<Value> {
    let input = json!({
        "store": {"demo": {"keys": keys}},
        "edge_secret": "secret",
        "now": Timestamp::now().seconds(),
        "requests": requests,
    });
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/edge/verify.mjs");
    let mut node = Command::new("node");
    let node = node.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    if node.as_ref().is_err_and(|error| error.kind() == ErrorKind::NotFound) {
        eprintln!("Node is not there: the function was not asked");
        return None;
    }
    let mut node = node.unwrap();
    node.stdin.take().unwrap().write_all(input.to_string().as_bytes()).unwrap();
    let output = node.wait_with_output().unwrap();
    assert!(output.status.success());
    let mut decisions: Value = serde_json::from_slice(&output.stdout).unwrap();
    for decision in decisions.as_array_mut().unwrap() {
        decision.as_array_mut().unwrap().truncate(4);
    }
    Some(decisions)
}
