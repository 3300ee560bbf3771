//! What the API holds while it runs.

use aws_config::SdkConfig;
use customer::{Buckets, HttpClient, Issuer, Jwks, Registry, speaking_to};
use resizer::Limits;

use crate::{Config, EdgeCache, Predictions};

/// Clients and settings of the API. Cheap to clone.
#[derive(Clone, Debug)]
pub struct App {
    pub buckets: Buckets,
    pub registry: Registry,
    pub issuer: Issuer,
    pub cognito: aws_sdk_cognitoidentityprovider::Client,
    pub predictions: Predictions,
    pub edge_cache: EdgeCache,
    pub client_id: String,
    pub public_url: String,
    pub limits: Limits,
}

impl App {
    /// `sdk` carries region and credentials; endpoints come from `config`. `http` fetches the user pool's keys.
    pub fn new(
        config: Config,
        sdk: &SdkConfig,
        http: &HttpClient,
        buckets: Buckets,
        registry: Registry,
    ) -> Self {
        let pool = config.user_pool;
        let at = |endpoint: Option<String>| match endpoint {
            Some(endpoint) => speaking_to(sdk, Some(&endpoint)),
            None => sdk.clone(),
        };
        let predictions = Predictions::new(&at(config.sagemaker_endpoint), buckets.service());
        Self {
            buckets,
            registry,
            issuer: Issuer {
                issuer: pool.issuer,
                audience: pool.client_id.clone(),
                jwks: Jwks::new(pool.jwks, http),
            },
            cognito: aws_sdk_cognitoidentityprovider::Client::new(&at(pool.endpoint)),
            predictions,
            edge_cache: EdgeCache::new(sdk, config.edge),
            client_id: pool.client_id,
            public_url: config.public_url,
            limits: Limits::default(),
        }
    }
}
