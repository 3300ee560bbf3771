//! The edge on one machine: what CloudFront and its Function do on AWS.
//!
//! A request goes: path grammar → customer active? → credential → viewer class → cache key → cache
//! → origin. A request with a bearer token, or one that reads nothing, is handed through.

mod answer;
mod cache;
mod key;
mod origin;
mod viewer;

use std::{error::Error as _, sync::Arc};

use axum::{Router, extract::Request, response::Response};
use customer::{Proof, Registry, Timestamp};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header, request::Parts};
use resizer_lambda::{Error, path::Target};
use uuid::Uuid;

use answer::{Answer, Outcome};
use cache::Cache;
use key::Key;
use origin::Origin;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const CACHE_OUTCOME: HeaderName = HeaderName::from_static("x-cache");

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
    origin: Origin,
    registry: Registry,
    cache: Cache,
}

impl Edge {
    /// `registry` says which customers are active and holds their keys.
    pub fn new(config: EdgeConfig, origin: Router, registry: Registry) -> Self {
        let cache = Cache::new(config.cache_bytes_max);
        Self { origin: Origin { router: origin, proof: config.proof }, registry, cache }
    }

    /// Answers one request for an image.
    pub async fn handle(&self, request: Request) -> Response {
        let request_id = Uuid::new_v4().to_string();
        let (viewed, body) = request.into_parts();
        let reads = matches!(viewed.method, Method::GET | Method::HEAD);
        if !reads || is_bearer(&viewed.headers) {
            let mut response = self.origin.pass(viewed, body, &request_id).await;
            let outcome = HeaderValue::from_static(Outcome::Pass.as_str());
            response.headers_mut().insert(CACHE_OUTCOME, outcome);
            return response;
        }
        match self.answer(&viewed, &request_id).await {
            Ok((answer, outcome)) => answer.to_viewer(&viewed, outcome),
            Err(error) => refuse(&error, &request_id),
        }
    }

    /// Forgets every answer with this tag: `c:{customer}` or `i:{image}`. No request that comes
    /// after the return gets an answer that the origin was asked for before it.
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
        Ok(self.cache.get(&key, || self.origin.ask(&key, request_id)).await)
    }
}

fn is_bearer(headers: &HeaderMap) -> bool {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let scheme = value.and_then(|value| value.split(' ').next());
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer"))
}

fn refuse(error: &Error, request_id: &str) -> Response {
    let problem = error.problem();
    if problem.status.is_server_error() {
        tracing::error!(request_id, source = error.source(), "{error}");
    }
    problem.into_response(request_id)
}
