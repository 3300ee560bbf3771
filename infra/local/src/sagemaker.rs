//! SageMaker Runtime for one machine: what AWS does between `InvokeEndpoint` and a model's container.
//!
//! A container is any HTTP server that keeps SageMaker's contract: `GET /ping` answers 200 once the model is
//! loaded, `POST /invocations` answers a prediction within 60 seconds. Callers use `aws-sdk-sagemakerruntime`
//! and see SageMaker's own errors with SageMaker's own status codes (`error`).

mod container;
mod endpoint;
mod error;

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, Request, Response};
use time::OffsetDateTime;
use uuid::Uuid;

use container::Container;
pub use endpoint::{Endpoint, EndpointError};
use error::Error;

use crate::sigv4::{self, AccessKey};

/// Of every endpoint of this machine.
const ACCOUNT: &str = "000000000000";
/// The name that SageMaker's SDK gives to an endpoint's only variant.
const VARIANT: &str = "AllTraffic";
const SIGNING_NAME: &str = "sagemaker";
const TARGET_VARIANT: HeaderName = HeaderName::from_static("x-amzn-sagemaker-target-variant");
const INVOKED_VARIANT: HeaderName = HeaderName::from_static("x-amzn-invoked-production-variant");

/// Who may invoke what, and how much.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The key that signs the requests.
    pub operator: AccessKey,
    /// The endpoints; a later one of the same name replaces an earlier one.
    pub endpoints: Vec<Endpoint>,
    /// Largest request and largest prediction.
    pub body_bytes_max: usize,
    /// How long a container may take for one prediction.
    pub invocation_timeout: Duration,
}

impl Settings {
    /// SageMaker's limits: 6 MiB and 60 seconds.
    pub fn new(operator: AccessKey, endpoints: Vec<Endpoint>) -> Self {
        Self {
            operator,
            endpoints,
            body_bytes_max: 6_291_456,
            invocation_timeout: Duration::from_mins(1),
        }
    }
}

/// The runtime and its endpoints.
#[derive(Debug)]
pub struct SageMakerRuntime {
    operator: AccessKey,
    body_bytes_max: usize,
    containers: BTreeMap<String, Container>,
}

impl SageMakerRuntime {
    /// Connects to nothing yet: a container may start later than this.
    pub fn new(settings: Settings) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(settings.invocation_timeout)
            .build()?;
        let container = |endpoint: Endpoint| {
            let container =
                Container::new(client.clone(), &endpoint.container, settings.body_bytes_max);
            (endpoint.name, container)
        };
        let containers = settings.endpoints.into_iter().map(container).collect();
        Ok(Self {
            operator: settings.operator,
            body_bytes_max: settings.body_bytes_max,
            containers,
        })
    }

    /// Answers `POST /endpoints/{name}/invocations`. The caller may stop reading a body beyond
    /// [`Settings::body_bytes_max`] plus one byte.
    pub async fn handle(&self, request: Request<Bytes>) -> Response<Bytes> {
        let (parts, body) = request.into_parts();
        let answer = self.invoke(&parts, body, OffsetDateTime::now_utc()).await;
        let mut response = answer.unwrap_or_else(|error| {
            tracing::warn!(
                path = parts.uri.path(),
                error = &error as &dyn std::error::Error,
                "prediction refused"
            );
            error.into_response()
        });
        if let Ok(id) = HeaderValue::from_str(&Uuid::new_v4().to_string()) {
            response.headers_mut().insert("x-amzn-requestid", id);
        }
        response
    }

    async fn invoke(
        &self,
        request: &Parts,
        body: Bytes,
        now: OffsetDateTime,
    ) -> Result<Response<Bytes>, Error> {
        let name = endpoint_name(request)?;
        if body.len() > self.body_bytes_max {
            return Err(Error::TooLarge { bytes_max: self.body_bytes_max });
        }
        let secret = |scope: &sigv4::Scope| self.operator.secret_for(scope, SIGNING_NAME);
        sigv4::verify(request, &sigv4::sha256_hex(&body), secret, now)?;
        let container =
            self.containers.get(name).ok_or_else(|| Error::NoEndpoint { name: name.to_owned() })?;
        expect_variant(request)?;
        let mut prediction = container.invoke(&request.headers, body).await?;
        prediction.headers_mut().insert(INVOKED_VARIANT, HeaderValue::from_static(VARIANT));
        Ok(prediction)
    }
}

fn endpoint_name(request: &Parts) -> Result<&str, Error> {
    let path = request.uri.path();
    path.strip_prefix("/endpoints/")
        .and_then(|rest| rest.strip_suffix("/invocations"))
        .filter(|_| request.method == Method::POST)
        .ok_or_else(|| Error::NoOperation { method: request.method.clone(), path: path.to_owned() })
}

fn expect_variant(request: &Parts) -> Result<(), Error> {
    match request.headers.get(TARGET_VARIANT) {
        Some(variant) if variant != VARIANT => Err(Error::NoVariant),
        _ => Ok(()),
    }
}
