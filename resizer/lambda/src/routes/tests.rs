//! What can be answered without a store: the store's address here is one that nobody listens at.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use customer::{BucketsConfig, HttpClient, Issuer, Jwks, Proof, Viewer};
use http::{Request, StatusCode};
use tower::ServiceExt;

use super::*;
use crate::{Budget, Config};

const IMAGE: &str = "/acme/xj4bnp4pahh6uqkbidpf3lrceoyagynd";

fn origin() -> Router {
    let nobody = "http://127.0.0.1:1".to_owned();
    let config = Config {
        buckets: BucketsConfig {
            s3_endpoint: Some(nobody.clone()),
            s3_public_endpoint: None,
            sts_endpoint: Some(nobody.clone()),
            customer_role: "arn:aws:iam::000000000000:role/customer".to_owned(),
            service_bucket: "service".to_owned(),
            feed_bucket: "feed".to_owned(),
        },
        issuer: Issuer {
            issuer: nobody.clone(),
            audience: "client".to_owned(),
            jwks: Jwks::new(nobody, &HttpClient::new()),
        },
        proof: Proof::new("secret"),
        public_url: "https://img.example".to_owned(),
        budget: Budget::default(),
    };
    let region = Region::new("eu-central-1");
    let sdk = SdkConfig::builder().region(region).behavior_version(BehaviorVersion::latest());
    router(App::new(config, sdk.build()))
}

struct Answered {
    status: StatusCode,
    headers: HeaderMap,
    problem: serde_json::Value,
}

async fn ask(method: &str, uri: &str, headers: &[(&str, &str)]) -> Answered {
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = origin().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let problem = serde_json::from_slice(&body).unwrap_or_default();
    Answered { status: parts.status, headers: parts.headers, problem }
}

#[tokio::test]
async fn a_refusal_is_a_problem_that_no_cache_keeps() {
    let bad = ask("GET", &format!("{IMAGE}?w=abc"), &[("x-request-id", "1-67-deadbeef")]).await;
    assert_eq!(bad.status, StatusCode::BAD_REQUEST);
    assert_eq!(bad.headers["content-type"], "application/problem+json");
    assert_eq!(bad.headers["cache-control"], "no-store");
    assert_eq!(bad.headers["x-request-id"], "1-67-deadbeef");
    assert_eq!(
        bad.problem,
        serde_json::json!({
            "type": "about:blank",
            "title": "Bad Request",
            "status": 400,
            "code": "bad_parameter",
            "detail": "w=abc is not understood; w is a whole number of pixels from 1",
            "request_id": "1-67-deadbeef",
        })
    );
}

#[tokio::test]
async fn each_refusal_has_its_status_and_code() {
    let expired = Proof::new("secret").sign(Viewer::Anon, IMAGE, Timestamp::from_ms(0));
    let foreign = Proof::new("other").sign(Viewer::Customer, IMAGE, Timestamp::now());
    for (method, path, header, status, code) in [
        ("GET", "/acme//x", None, 400, "bad_path"),
        ("GET", "/acme/%2e%2e/x", None, 400, "bad_path"),
        ("GET", "/acme/photo.jpg", None, 404, "no_such_path"),
        ("POST", IMAGE, None, 405, "method_not_allowed"),
        ("GET", IMAGE, None, 401, "credential_missing"),
        ("GET", IMAGE, Some(("authorization", "Basic eDp5")), 401, "credential_missing"),
        ("GET", IMAGE, Some(("authorization", "Bearer x")), 401, "token_refused"),
        ("GET", IMAGE, Some((Proof::HEADER, &*expired)), 401, "credential_missing"),
        ("GET", IMAGE, Some((Proof::HEADER, &*foreign)), 401, "credential_missing"),
        ("GET", IMAGE, Some((Proof::HEADER, "customer.9.x")), 401, "credential_missing"),
    ] {
        let answered = ask(method, path, header.as_slice()).await;
        assert_eq!(
            (answered.status.as_u16(), &answered.problem["code"]),
            (status, &code.into()),
            "{method} {path} {header:?}"
        );
        assert_eq!(answered.headers.contains_key("www-authenticate"), status == 401);
    }
}

#[tokio::test]
async fn every_outcome_says_whether_accept_mattered_and_what_was_ignored() {
    for (query, vary) in [
        ("auto=format", true),
        ("auto=format&w=0", true),
        ("auto=format&fm=png", false),
        ("w=4", false),
    ] {
        let answered = ask("GET", &format!("{IMAGE}?{query}&width=4"), &[]).await;
        assert_eq!(
            answered.headers.get("vary").is_some_and(|vary| vary == "accept"),
            vary,
            "{query}"
        );
        assert_eq!(answered.headers[IGNORED], "width", "{query}");
        assert_eq!(answered.headers["x-content-type-options"], "nosniff");
        assert_eq!(answered.headers["content-security-policy"], "default-src 'none'; sandbox");
        assert_eq!(answered.headers["cross-origin-resource-policy"], "cross-origin");
    }
}

#[tokio::test]
async fn a_request_id_that_is_unsafe_in_a_log_is_replaced() {
    for id in ["", "a b c d e f", "short", &"x".repeat(65)] {
        let answered = ask("GET", "/", &[("x-request-id", id)]).await;
        assert_eq!(answered.headers["x-request-id"].len(), 36);
        assert_eq!(
            answered.headers["x-request-id"],
            answered.problem["request_id"].as_str().unwrap()
        );
    }
}

#[tokio::test]
async fn a_store_that_does_not_answer_is_not_the_clients_fault() {
    let proof = Proof::new("secret").sign(Viewer::Anon, IMAGE, Timestamp::now());
    let answered = ask("HEAD", IMAGE, &[(Proof::HEADER, &proof)]).await;
    assert_eq!(answered.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answered.headers["retry-after"], "1");
    assert!(answered.problem.is_null(), "HEAD has no body");
}
