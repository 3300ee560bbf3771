//! What has to hold for whatever text. `tests/regressions/main.rs` compiles this file too, for what was found.

mod tokens;

use std::collections::HashMap;

use customer::{Event, ObjectKey, Patch, Ticket};
use data_encoding::BASE64;
use http::{HeaderValue, Uri};
use ingest::{ObjectCreated, invocation};
use resizer::Size;
use resizer_lambda::dialect::query;
use resizer_lambda::path::Target;
use resizer_lambda::query_string::{canonical, pairs};
use resizer_lambda::{as_sent, query_string};
use serde_json::json;

use crate::counting::peak;

pub use tokens::tokens;

/// A value of JSON takes 32 bytes for as little as one and a comma, twice while a list of them grows.
fn text_bytes_max(text: &[u8]) -> usize {
    256 * text.len() + 256 * 1024
}

/// Fails where `work` allocates more than follows from the length of the text.
fn bounded(text: &[u8], work: impl FnOnce(&[u8])) {
    let ((), bytes) = peak(|| work(text));
    assert!(bytes <= text_bytes_max(text), "{} bytes allocate {bytes}", text.len());
}

/// A path and a query: each has one canonical spelling, which means the same.
pub fn dialect(text: &[u8]) {
    bounded(text, |text| {
        let Ok(text) = str::from_utf8(text) else { return };
        let path = text.split('?').next().unwrap_or_default();
        if let Ok(target) = Target::parse(path) {
            assert!(path.ends_with("/original") || path.ends_with(&target.image.to_string()));
            assert!(path.trim_start_matches('/').starts_with(target.customer.as_str()));
        }
        if let Ok(uri) = text.parse() {
            request(&uri);
        }
    });
}

fn request(uri: &Uri) {
    let asked = pairs(uri);
    let mut sorted = asked.clone();
    sorted.sort();
    let spelled: Uri =
        format!("/{}", canonical(asked.clone())).parse().expect("a canonical query is a URI's");
    assert_eq!(pairs(&spelled), sorted, "the canonical spelling means something else");
    for ignored in query::ignored(&asked) {
        assert!(HeaderValue::from_str(&ignored).is_ok(), "{ignored:?} is no header");
    }
    drop(query_string::canonical_target(uri));
    drop(query::preset::check(uri.query().unwrap_or_default()));
    let Ok(understood) = query::parse(&asked) else { return };
    assert_eq!(understood.negotiated, query::is_negotiated(&asked));
    assert_eq!(query::parse(&sorted), Ok(understood.clone()), "the order has a meaning");
    let transform = understood.transform(Size { width: 640, height: 480 });
    assert_eq!(transform.to_string().parse(), Ok(transform), "{transform}");
}

/// A message of Kafka: a line that is the event's type, or its content type, then the value. What is an event is the
/// same event once it is written again.
pub fn events(message: &[u8]) {
    bounded(message, |message| {
        let end = message.iter().position(|byte| *byte == b'\n').unwrap_or(message.len());
        let (kind, payload) = message.split_at(end);
        let name = if kind.contains(&b'/') { "content-type" } else { "ce_type" };
        let Ok(event) = Event::parse([(name, kind)], payload) else { return };
        let headers = event.headers();
        let written = event.payload().expect("an event that was read can be written");
        let headers = headers.iter().map(|(name, value)| (*name, value.as_bytes()));
        let again = Event::parse(headers, &written).expect("an event that was written can be read");
        assert_eq!(again, event);
        assert!(event.id().ends_with(&event.record.version.to_string()) && event.key().len() == 32);
    });
}

/// What sets a function off, and what it finds in bodies and objects: JSON, or the lines path, query and body of a
/// request to API Gateway.
pub fn lambda(text: &[u8]) {
    bounded(text, |text| {
        let Ok(text) = str::from_utf8(text) else { return };
        drop(serde_json::from_str::<invocation::Event>(text));
        drop(serde_json::from_str::<ObjectCreated>(text));
        drop(serde_json::from_str::<Patch>(text));
        drop(serde_json::from_str::<Ticket>(text));
        drop(serde_json::from_str::<customer::Customer>(text));
        if text.starts_with('/') {
            gateway(text);
        }
    });
}

/// API Gateway itself answers for the host, the scheme and the form of its events: on others `lambda_http` panics.
fn gateway(text: &str) {
    let mut lines = text.splitn(3, '\n').map(str::to_owned);
    let mut next = || lines.next().unwrap_or_default();
    let (path, query, body) = (next(), next(), next());
    let asked: HashMap<&str, Vec<&str>> = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name, vec![value]))
        .collect();
    let event = json!({
        "httpMethod": "POST",
        "path": path,
        "resource": "/{proxy+}",
        "headers": {"Host": "example.com"},
        "multiValueHeaders": {"Host": ["example.com"]},
        "multiValueQueryStringParameters": asked,
        "requestContext": {"stage": "prod", "httpMethod": "POST", "path": path, "requestId": "1"},
        "body": BASE64.encode(body.as_bytes()),
        "isBase64Encoded": true,
    });
    let sent = lambda_http::request::from_str(&event.to_string()).expect("an event is an event");
    assert_eq!(sent.body().as_ref(), body.as_bytes());
    let sent = as_sent(sent);
    drop(Target::parse(sent.uri().path()));
    request(sent.uri());
}

/// A name of an object is read only in the spelling in which it is written.
pub fn keys(name: &[u8]) {
    bounded(name, |name| {
        let Ok(name) = str::from_utf8(name) else { return };
        if let Some(key) = ObjectKey::parse(name) {
            assert_eq!(key.to_string(), name, "{key:?}");
        }
        if let Some(image) = ObjectKey::image_in(name) {
            assert!(name.contains(&image.to_string()), "{name} names {image}");
        }
    });
}
