//! One trace from a viewer's request to the shard that holds the image, by way of Kafka, as a collector receives it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{Router, body::Bytes, routing::post};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{KeyValue, any_value::Value},
    trace::v1::Span,
};
use prost::Message;
use reqwest::Method;
use serde_json::json;
use tests::{client::Client, darkroom::Darkroom};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const OTHER: &str = "11111111111111111111111111111111";
const VIEWER: &str = "b7ad6b7169203331";
const PATIENCE: Duration = Duration::from_mins(1);

#[tokio::test(flavor = "multi_thread")]
async fn one_trace_leads_from_the_edge_to_the_shard() {
    let collector = Collector::start().await;
    let folder = tempfile::tempdir().unwrap();
    let darkroom = Darkroom::start_with(&folder.path().join("data"), &collector.environment());
    let client = Client::demo(&darkroom).await;
    let upload = client.request(Method::POST, "/v1/images?label=person&consent=training");
    let upload = upload.header("traceparent", format!("00-{TRACE}-{VIEWER}-01"));
    let bytes = tests::client::read("images/astronaut.jpg");
    let answer = upload.body(bytes).send().await.unwrap();
    let image = answer.json::<serde_json::Value>().await.unwrap();
    // The image's own address begins a trace of its own.
    let path = format!("/demo/{}?w=100", image["id"].as_str().unwrap());
    let seen = client.request(Method::GET, &path);
    let seen = seen.header("traceparent", format!("00-{OTHER}-{VIEWER}-01"));
    assert_eq!(seen.send().await.unwrap().status(), 200);
    darkroom.command(&["snapshot", "people"]).envs(collector.environment()).output().unwrap();

    let way = collector.trace(TRACE, &["edge", "request", "publish", "stage", "shard"]).await;
    let parents: Vec<_> = way.values().map(|span| hex(&span.parent_span_id)).collect();
    let ids: BTreeMap<_, _> =
        way.iter().map(|(name, span)| (name.as_str(), hex(&span.span_id))).collect();
    assert_eq!(hex(&way["edge"].parent_span_id), VIEWER);
    assert_eq!(hex(&way["request"].parent_span_id), ids["edge"]);
    // The change was made in the API's request, and everything after it goes by what its record says.
    assert_eq!(hex(&way["publish"].parent_span_id), ids["request"]);
    assert_eq!(hex(&way["stage"].parent_span_id), ids["publish"]);
    assert_eq!(hex(&way["shard"].parent_span_id), ids["request"], "{parents:?}");
    assert_eq!(attribute(&way["request"].attributes, "customer"), "demo");
    assert_eq!(attribute(&way["stage"].attributes, "image"), image["id"].as_str().unwrap());
    assert!(attribute(&way["shard"].attributes, "key").starts_with("datasets/people/shards/"));

    let seen = collector.trace(OTHER, &["edge", "request"]).await;
    assert_eq!(hex(&seen["request"].parent_span_id), hex(&seen["edge"].span_id));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_by_ticket_is_of_the_trace_that_asked_for_it() {
    let collector = Collector::start().await;
    let folder = tempfile::tempdir().unwrap();
    let darkroom = Darkroom::start_with(&folder.path().join("data"), &collector.environment());
    let client = Client::demo(&darkroom).await;
    let bytes = tests::client::read("images/chelsea.png");
    let asked = client.request(Method::POST, "/v1/uploads");
    let asked = asked.header("traceparent", format!("00-{TRACE}-{VIEWER}-01"));
    let ticket = json!({"bytes": bytes.len(), "type": "image/png"});
    let ticket: serde_json::Value = asked.json(&ticket).send().await.unwrap().json().await.unwrap();
    assert!(ticket.get("trace").is_none(), "{ticket}");
    let mut put = client.http.put(ticket["put"]["url"].as_str().unwrap()).body(bytes);
    for (name, value) in ticket["put"]["headers"].as_object().unwrap() {
        put = put.header(name, value.as_str().unwrap());
    }
    assert_eq!(put.send().await.unwrap().status(), 200);
    let way = collector.trace(TRACE, &["request", "accept", "publish", "stage"]).await;
    let after = |name: &str, before: &str| {
        assert_eq!(hex(&way[name].parent_span_id), hex(&way[before].span_id), "{name}");
    };
    after("accept", "request");
    after("publish", "accept");
    after("stage", "publish");
}

/// What OpenTelemetry's collector is to a program: OTLP over HTTP, in protocol buffers.
struct Collector {
    url: String,
    spans: Arc<Mutex<Vec<Span>>>,
}

impl Collector {
    async fn start() -> Self {
        let spans = Arc::new(Mutex::new(Vec::new()));
        let received = Arc::clone(&spans);
        let take = post(async move |body: Bytes| {
            let request = ExportTraceServiceRequest::decode(body).unwrap();
            let scopes = request.resource_spans.into_iter().flat_map(|of| of.scope_spans);
            received.lock().unwrap().extend(scopes.flat_map(|of| of.spans));
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().route("/v1/traces", take);
        tokio::spawn(async { axum::serve(listener, router).await });
        Self { url, spans }
    }

    fn environment(&self) -> [(&'static str, String); 2] {
        [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", self.url.clone()),
            ("OTEL_BSP_SCHEDULE_DELAY", "100".to_owned()),
        ]
    }

    /// The spans of a trace by name, once there is one of each.
    async fn trace(&self, trace: &str, names: &[&str]) -> BTreeMap<String, Span> {
        let begun = Instant::now();
        loop {
            let spans = self.spans.lock().unwrap().clone();
            let own = spans.into_iter().filter(|span| hex(&span.trace_id) == trace);
            let found: BTreeMap<_, _> = own.map(|span| (span.name.clone(), span)).collect();
            if names.iter().all(|name| found.contains_key(*name)) {
                return found;
            }
            assert!(begun.elapsed() < PATIENCE, "{:?} of {names:?}", found.keys());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

fn attribute(attributes: &[KeyValue], name: &str) -> String {
    let found = attributes.iter().find(|attribute| attribute.key == name);
    match found.and_then(|attribute| attribute.value.clone()?.value) {
        Some(Value::StringValue(text)) => text,
        other => panic!("{name} is {other:?}"),
    }
}
