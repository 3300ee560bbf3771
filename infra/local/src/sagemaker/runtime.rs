//! SageMaker Runtime for one machine: what AWS does between `InvokeEndpoint` and a model's container.
//!
//! A container is any HTTP server that keeps SageMaker's contract: `GET /ping` answers 200 once the model is
//! loaded, `POST /invocations` answers a prediction within 60 seconds. Callers use `aws-sdk-sagemakerruntime`
//! and see SageMaker's own errors with SageMaker's own status codes (`error`).

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, Request, Response};
use time::OffsetDateTime;

use super::{
    SIGNING_NAME, container::Container, endpoint::Endpoint, error::Error, with_request_id,
};
use crate::sigv4::{self, AccessKey};

/// The name that SageMaker's SDK gives to an endpoint's only variant.
const VARIANT: &str = "AllTraffic";
const TARGET_VARIANT: HeaderName = HeaderName::from_static("x-amzn-sagemaker-target-variant");
const INVOKED_VARIANT: HeaderName = HeaderName::from_static("x-amzn-invoked-production-variant");

/// Who may invoke what, and how much.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Keys that sign the requests.
    pub callers: Vec<AccessKey>,
    /// Endpoints whose containers run elsewhere; a later one of the same name replaces an earlier one.
    pub endpoints: Vec<Endpoint>,
    /// Largest request and largest prediction.
    pub body_bytes_max: usize,
    /// How long a container may take for one prediction.
    pub invocation_timeout: Duration,
}

impl Settings {
    /// SageMaker's limits: 6 MiB and 60 seconds.
    pub fn new(callers: Vec<AccessKey>, endpoints: Vec<Endpoint>) -> Self {
        Self {
            callers,
            endpoints,
            body_bytes_max: 6_291_456,
            invocation_timeout: Duration::from_mins(1),
        }
    }
}

/// The runtime and its endpoints.
#[derive(Debug)]
pub struct SageMakerRuntime {
    callers: Vec<AccessKey>,
    body_bytes_max: usize,
    client: reqwest::Client,
    variants: RwLock<BTreeMap<String, Arc<Variant>>>,
}

/// What answers at an endpoint: its only variant.
#[derive(Debug)]
struct Variant {
    name: HeaderValue,
    container: Container,
}

impl SageMakerRuntime {
    /// Connects to nothing yet: a container may start later than this.
    pub fn new(settings: Settings) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(settings.invocation_timeout)
            .build()?;
        let runtime = Self {
            callers: settings.callers,
            body_bytes_max: settings.body_bytes_max,
            client,
            variants: RwLock::default(),
        };
        for Endpoint { name, container } in settings.endpoints {
            runtime.place(&name, HeaderValue::from_static(VARIANT), &container);
        }
        Ok(runtime)
    }

    /// From now on the container at `url` answers for the endpoint, as its variant `variant`.
    pub(super) fn place(&self, endpoint: &str, variant: HeaderValue, url: &str) {
        let container = Container::new(self.client.clone(), url, self.body_bytes_max);
        let variant = Arc::new(Variant { name: variant, container });
        let mut variants = self.variants.write().unwrap_or_else(PoisonError::into_inner);
        variants.insert(endpoint.to_owned(), variant);
    }

    /// From now on there is no such endpoint.
    pub(super) fn remove(&self, endpoint: &str) {
        self.variants.write().unwrap_or_else(PoisonError::into_inner).remove(endpoint);
    }

    fn variant(&self, endpoint: &str) -> Option<Arc<Variant>> {
        self.variants.read().unwrap_or_else(PoisonError::into_inner).get(endpoint).cloned()
    }

    /// Answers `POST /endpoints/{name}/invocations`. The caller may stop reading a body beyond
    /// [`Settings::body_bytes_max`] plus one byte.
    pub async fn handle(&self, request: Request<Bytes>) -> Response<Bytes> {
        let (parts, body) = request.into_parts();
        let answer = self.invoke(&parts, body, OffsetDateTime::now_utc()).await;
        let response = answer.unwrap_or_else(|error| {
            tracing::warn!(
                path = parts.uri.path(),
                error = &error as &dyn std::error::Error,
                "prediction refused"
            );
            error.into_response()
        });
        with_request_id(response)
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
        let secret = |scope: &sigv4::Scope| {
            self.callers.iter().find_map(|caller| caller.secret_for(scope, SIGNING_NAME))
        };
        sigv4::verify(request, &sigv4::sha256_hex(&body), secret, now)?;
        let variant = self.variant(name);
        let variant = variant.ok_or_else(|| Error::NoEndpoint { name: name.to_owned() })?;
        expect_variant(request, &variant.name)?;
        let mut prediction = variant.container.invoke(&request.headers, body).await?;
        prediction.headers_mut().insert(INVOKED_VARIANT, variant.name.clone());
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

fn expect_variant(request: &Parts, only: &HeaderValue) -> Result<(), Error> {
    match request.headers.get(TARGET_VARIANT) {
        Some(asked) if asked != only => {
            let only = only.to_str().unwrap_or_default().to_owned();
            Err(Error::NoVariant { only })
        }
        _ => Ok(()),
    }
}
