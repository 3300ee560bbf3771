//! The API in this process, serving the customer `acme`.

use axum::{
    Router,
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use customer::{Bucket, Buckets, Customer, HttpClient, Registry};
use ingest::{App, Config, EdgeConfig, UserPoolConfig};
use serde_json::Value;
use tower::ServiceExt;

use crate::services::{CLIENT, Services};

/// The router, asked without a socket.
#[derive(Clone, Debug)]
pub struct Api {
    router: Router,
    /// The customer's bucket.
    pub bucket: Bucket,
}

impl Api {
    /// With the user pool of `services`.
    pub async fn start(services: &Services) -> Self {
        Self::start_with(services, pool_of(services), None).await
    }

    /// With the user pool of `services`, and a cache in front of delivery.
    pub async fn start_behind(services: &Services, edge: EdgeConfig) -> Self {
        Self::start_with(services, pool_of(services), Some(edge)).await
    }

    /// With another user pool, and a cache in front of delivery or none.
    pub async fn start_with(
        services: &Services,
        user_pool: UserPoolConfig,
        edge: Option<EdgeConfig>,
    ) -> Self {
        let (sdk, config) = (services.sdk().await, services.buckets());
        let buckets = Buckets::new(sdk.clone(), config.clone());
        for bucket in ["service", "feed", "acme-images"] {
            buckets.create(bucket).await.unwrap();
        }
        let registry = Registry::new(buckets.service());
        let acme = Customer::new("acme".parse().unwrap(), "acme-images".to_owned());
        registry.add(&acme).await.unwrap();
        let bucket = buckets.of(&acme).await;
        let public_url = "http://images.example".to_owned();
        let config =
            Config { buckets: config, public_url, user_pool, sagemaker_endpoint: None, edge };
        let router = ingest::router(App::new(config, &sdk, &HttpClient::new(), buckets, registry));
        Self { router, bucket }
    }

    /// Asks with a token, or with none, and returns what is answered as JSON (`null`: nothing is).
    pub async fn ask(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: impl Into<Body>,
    ) -> (StatusCode, Value) {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/json");
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let request = request.body(body.into()).unwrap();
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let status = answer.status();
        let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }
}

fn pool_of(services: &Services) -> UserPoolConfig {
    UserPoolConfig {
        issuer: services.issuer_url(),
        jwks: services.jwks_url(),
        client_id: CLIENT.to_owned(),
        endpoint: Some(services.endpoint.clone()),
    }
}
