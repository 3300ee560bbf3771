//! The edge on one machine: what CloudFront and its Function do on AWS.
//!
//! A request goes: path grammar → customer active? → credential → viewer class → cache key → cache
//! → origin. The origin gets a request made of the key and the edge's proof of the viewer and of
//! nothing else, so that no header that is not in the key can change what is kept under it.

mod answer;
mod cache;
mod key;
mod viewer;

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    response::Response,
};
use customer::{Proof, Registry, Timestamp};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header, request::Parts};
use resizer_lambda::{Error, path::Target};
use tower::ServiceExt;
use uuid::Uuid;

use answer::{Answer, Outcome};
use cache::Cache;
use key::Key;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const CACHE_OUTCOME: HeaderName = HeaderName::from_static("x-cache");
/// Larger than any rendition within the limits of the resizer.
const BODY_BYTES_MAX: usize = 256 << 20;
/// What ends at this hop (RFC 9110, 7.6.1), and what only the edge may say to the origin.
const NOT_PASSED: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "cookie",
    Proof::HEADER,
];

/// What the edge is made of, besides the origin and the customers.
#[derive(Debug)]
pub struct EdgeConfig {
    /// The secret shared with the origin.
    pub proof: Proof,
    /// Memory for what is kept.
    pub cache_bytes_max: u64,
}

/// The edge.
#[derive(Debug)]
pub struct Edge {
    proof: Proof,
    origin: Router,
    registry: Registry,
    cache: Cache,
}

impl Edge {
    /// `registry` says which customers are active and holds their keys.
    pub fn new(config: EdgeConfig, origin: Router, registry: Registry) -> Self {
        let cache = Cache::new(config.cache_bytes_max);
        Self { proof: config.proof, origin, registry, cache }
    }

    /// Answers one request for an image.
    pub async fn handle(&self, request: Request) -> Response {
        let (mut parts, body) = request.into_parts();
        let request_id = Uuid::new_v4().to_string();
        let reading = matches!(parts.method, Method::GET | Method::HEAD);
        if !reading || is_bearer(&parts.headers) {
            parts
                .headers
                .extend(HeaderValue::from_str(&request_id).ok().map(|id| (REQUEST_ID, id)));
            return self.pass(parts, body).await;
        }
        match self.answer(&parts, &request_id).await {
            Ok((answer, outcome)) => answer.to_viewer(&parts, outcome),
            Err(error) => error.problem().into_response(&request_id),
        }
    }

    /// Forgets every answer with this tag: `c:{customer}` or `i:{image}`. No request that comes
    /// after the return gets an answer that the origin began before it.
    pub fn purge(&self, tag: &str) {
        self.cache.purge(tag);
    }

    async fn answer(
        &self,
        viewed: &Parts,
        request_id: &str,
    ) -> Result<(Arc<Answer>, Outcome), Error> {
        let target = Target::parse(viewed.uri.path())?;
        // To a viewer, a customer who is suspended and one who never was look the same.
        let customer = self.registry.active(&target.customer).await?.ok_or(Error::Unauthorized)?;
        let viewer = viewer::of(viewed, &target, &customer.edge_keys, Timestamp::now())?;
        let key = Key::new(viewer, viewed);
        Ok(self.cache.get(&key, || self.ask(&key, request_id)).await)
    }

    /// Asks the origin for what the key says.
    async fn ask(&self, key: &Key, request_id: &str) -> Answer {
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = key.uri.clone();
        let proof = self.proof.sign(key.viewer, &key.uri.to_string(), Timestamp::now());
        let said = [
            (HeaderName::from_static(Proof::HEADER), proof.as_str()),
            (header::ACCEPT, key.accept()),
            (REQUEST_ID, request_id),
        ];
        let said = said.map(|(name, value)| Some((name, HeaderValue::from_str(value).ok()?)));
        request.headers_mut().extend(said.into_iter().flatten());
        let (parts, body) = self.call_origin(request).await.into_parts();
        match to_bytes(body, BODY_BYTES_MAX).await {
            Ok(bytes) => Answer::new(parts, bytes),
            Err(error) => Answer::broken(&error),
        }
    }

    /// Hands a request through, uncached.
    async fn pass(&self, mut parts: Parts, body: Body) -> Response {
        let named: Vec<String> = connection_options(&parts.headers);
        for name in NOT_PASSED.into_iter().chain(named.iter().map(String::as_str)) {
            parts.headers.remove(name);
        }
        let mut response = self.call_origin(Request::from_parts(parts, body)).await;
        let headers = response.headers_mut();
        headers.insert(CACHE_OUTCOME, HeaderValue::from_static(Outcome::Pass.as_str()));
        response
    }

    async fn call_origin(&self, request: Request) -> Response {
        let Ok(response) = self.origin.clone().oneshot(request).await;
        response
    }
}

fn is_bearer(headers: &HeaderMap) -> bool {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let scheme = value.and_then(|value| value.split(' ').next());
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer"))
}

/// Further headers that end at this hop because `Connection` names them.
fn connection_options(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all(header::CONNECTION).iter().filter_map(|v| v.to_str().ok());
    values.flat_map(|value| value.split(',')).map(|name| name.trim().to_owned()).collect()
}
