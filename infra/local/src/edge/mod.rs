//! The edge on one machine: what CloudFront and its Function do on AWS.
//!
//! A request goes: size → path grammar → known parameters → customer active? → credential → viewer class →
//! cache key → cache → origin. A request with a bearer token, or one that reads nothing, is handed
//! through.

mod answer;
mod cache;
mod disk;
mod envelope;
mod key;
mod lifetime;
mod origin;
mod parameters;
mod purges;
mod told;
mod viewer;
mod visit;

use std::{error::Error as _, io, sync::Arc};

use axum::{Router, extract::Request, response::Response};
use customer::{Proof, Registry, Timestamp};
use http::{HeaderName, HeaderValue, request::Parts};
use resizer_lambda::Error;
use uuid::Uuid;

use answer::{Answer, Outcome};
use cache::Cache;
use origin::Origin;
use told::Told;
use visit::Visit;

pub use cache::CacheConfig;
pub use purges::Forgotten;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const CACHE_OUTCOME: HeaderName = HeaderName::from_static("x-cache");

/// What the edge is made of, besides the origin and the customers.
#[derive(Debug)]
pub struct EdgeConfig {
    /// The secret shared with the origin.
    pub proof: Proof,
    pub cache: CacheConfig,
}

/// The edge.
#[derive(Debug)]
pub struct Edge {
    origin: Origin,
    registry: Registry,
    cache: Cache,
    told: Told,
}

impl Edge {
    /// `registry` says which customers are active and holds their keys.
    pub fn open(config: EdgeConfig, origin: Router, registry: Registry) -> io::Result<Self> {
        let origin = Origin { router: origin, proof: config.proof };
        let cache = Cache::open(config.cache, origin.clone())?;
        Ok(Self { origin, registry, cache, told: Told::default() })
    }

    /// Answers one request for an image.
    pub async fn handle(&self, request: Request) -> Response {
        let (viewed, body) = request.into_parts();
        if let Some(problem) = envelope::refusal(&viewed) {
            self.told.refused();
            return problem.into_response(&Uuid::new_v4().to_string());
        }
        if visit::is_handed_through(&viewed.method, &viewed.headers) {
            let mut response = Box::pin(self.origin.pass(viewed, body)).await;
            let outcome = HeaderValue::from_static(Outcome::Pass.as_str());
            response.headers_mut().insert(CACHE_OUTCOME, outcome);
            self.told.answered(Outcome::Pass);
            return response;
        }
        match self.answer(&viewed).await {
            Ok((answer, outcome)) => {
                self.told.answered(outcome);
                answer.to_viewer(&viewed, outcome)
            }
            Err(error) => {
                self.told.refused();
                refuse(&error)
            }
        }
    }

    /// Forgets. No request that comes after the return gets an answer that the origin was asked for
    /// before it. With everything of a customer goes what is known of its keys.
    pub async fn purge(&self, forgotten: Forgotten) {
        if let Some(customer) = forgotten.customer() {
            self.registry.refresh(&customer).await;
        }
        self.cache.purge(forgotten);
    }

    async fn answer(&self, viewed: &Parts) -> Result<(Arc<Answer>, Outcome), Error> {
        let query = viewed.uri.query().unwrap_or_default();
        let visit = Visit::read(viewed.uri.path(), query, &viewed.headers)?;
        let customer = self.registry.active(&visit.target.customer).await?;
        let key = visit.admit(customer.as_deref(), Timestamp::now())?;
        Ok(self.cache.get(&key).await)
    }
}

fn refuse(error: &Error) -> Response {
    let request_id = Uuid::new_v4().to_string();
    let problem = error.problem();
    if problem.status.is_server_error() {
        tracing::error!(request_id, source = error.source(), "{error}");
    }
    problem.into_response(&request_id)
}
