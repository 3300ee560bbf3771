//! `InvokeEndpoint`, once more where the endpoint could not take the request, and not at all while it is in trouble.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use aws_config::{SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_sagemakerruntime::{Client, config::Builder, primitives::Blob};
use resizer::Rendition;
use serde_json::Value;

use super::{breaker::Breakers, error::PredictionError};

/// SageMaker's limit of a request.
const BODY_BYTES_MAX: usize = 6_291_456;
/// Twice this is within what API Gateway waits for.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);

/// SageMaker Runtime, and how its endpoints are. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Endpoints {
    client: Client,
    breakers: Arc<Breakers>,
}

impl Endpoints {
    pub(super) fn new(sdk: &SdkConfig) -> Self {
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_TIMEOUT).build();
        // What is worth asking twice is decided here, not by the SDK.
        let config = Builder::from(sdk).retry_config(RetryConfig::disabled());
        let client = Client::from_conf(config.timeout_config(timeouts).build());
        Self { client, breakers: Arc::default() }
    }

    /// What the model says of the rendition, and which production variant it is.
    pub(super) async fn invoke(
        &self,
        endpoint: &str,
        rendition: Rendition,
    ) -> Result<(Value, Option<String>), PredictionError> {
        let bytes = rendition.bytes.len();
        if bytes > BODY_BYTES_MAX {
            return Err(PredictionError::TooLarge { bytes, bytes_max: BODY_BYTES_MAX });
        }
        if !self.breakers.admit(endpoint, Instant::now()) {
            return Err(PredictionError::LeftAlone);
        }
        let mut answer = self.attempt(endpoint, &rendition).await;
        if answer.as_ref().is_err_and(PredictionError::may_pass) {
            answer = self.attempt(endpoint, &rendition).await;
        }
        match &answer {
            Err(error) if error.is_trouble() => self.breakers.failed(endpoint, Instant::now()),
            _ => self.breakers.succeeded(endpoint),
        }
        answer
    }

    async fn attempt(
        &self,
        endpoint: &str,
        rendition: &Rendition,
    ) -> Result<(Value, Option<String>), PredictionError> {
        let request = self
            .client
            .invoke_endpoint()
            .endpoint_name(endpoint)
            .content_type(rendition.format.media_type())
            .accept("application/json")
            .body(Blob::new(rendition.bytes.clone()));
        let answer =
            request.send().await.map_err(|error| PredictionError::from_sdk(error, endpoint))?;
        let body = answer.body.map(Blob::into_inner).unwrap_or_default();
        let prediction = serde_json::from_slice(&body).map_err(PredictionError::NoJson)?;
        Ok((prediction, answer.invoked_production_variant))
    }
}
