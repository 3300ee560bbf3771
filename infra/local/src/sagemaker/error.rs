//! SageMaker Runtime's errors: code, status and members as in the service's API model (2017-05-13).

use bytes::Bytes;
use http::{HeaderValue, Method, Response, StatusCode};
use serde_json::{Value, json};

use super::ACCOUNT;
use crate::sigv4;

/// The API model's longest `OriginalMessage`.
const ORIGINAL_CHARACTERS_MAX: usize = 2048;

/// A prediction that was not made. The text is what the caller is told.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// Not signed by the operator.
    #[error(transparent)]
    Signature(#[from] sigv4::Refusal),
    /// The runtime has one operation.
    #[error("{method} {path}: expected POST /endpoints/NAME/invocations")]
    NoOperation { method: Method, path: String },
    /// No such endpoint is configured.
    #[error("Endpoint {name} of account {ACCOUNT} not found.")]
    NoEndpoint { name: String },
    /// Another variant than the only one was asked for.
    #[error("TargetVariant: the only production variant is {only}")]
    NoVariant { only: String },
    /// The request's body.
    #[error("HTTP content length exceeded {bytes_max} bytes.")]
    TooLarge { bytes_max: usize },
    /// The container answered an error, which is the model's to explain.
    #[error("Received {kind} error ({status}) from primary with message \"{original}\".")]
    Model { kind: &'static str, status: u16, original: String },
    /// The prediction's body.
    #[error(
        "Received server error (0) from primary and could not load the entire response body: \
         it is larger than {bytes_max} bytes."
    )]
    PredictionTooLarge { bytes_max: usize },
    /// The container took longer than it may.
    #[error(
        "Received server error (0) from primary with message \"Your invocation timed out while waiting for a \
         response from container primary.\""
    )]
    TimedOut(#[source] reqwest::Error),
    /// The connection ended before the prediction did.
    #[error(
        "Received server error (0) from primary with message \"The container closed the connection before it answered.\""
    )]
    Broken(#[source] reqwest::Error),
    /// The container's ping says that it is still loading.
    #[error("The model is not ready: its container does not answer /ping with 200 yet. Try again.")]
    NotReady,
    /// Nothing accepts connections there.
    #[error("The service is unavailable: the endpoint's container cannot be reached. Try again.")]
    Unreachable(#[source] reqwest::Error),
}

impl Error {
    /// What a container's status and body become.
    pub(super) fn model(status: StatusCode, body: &[u8]) -> Self {
        let kind = if status.is_client_error() { "client" } else { "server" };
        let original =
            String::from_utf8_lossy(body).chars().take(ORIGINAL_CHARACTERS_MAX).collect();
        Self::Model { kind, status: status.as_u16(), original }
    }

    /// The real service answers a request that is too large before it reads it, without a code.
    fn status_and_code(&self) -> (u16, Option<&'static str>) {
        match self {
            Self::Signature(refusal) => (403, Some(refusal.code())),
            Self::NoOperation { .. } => (404, Some("UnknownOperationException")),
            Self::NoEndpoint { .. } | Self::NoVariant { .. } => (400, Some("ValidationError")),
            Self::TooLarge { .. } => (413, None),
            Self::Model { .. }
            | Self::PredictionTooLarge { .. }
            | Self::TimedOut(_)
            | Self::Broken(_) => (424, Some("ModelError")),
            Self::NotReady => (429, Some("ModelNotReadyException")),
            Self::Unreachable(_) => (503, Some("ServiceUnavailable")),
        }
    }

    fn body(&self) -> Value {
        let told = self.to_string();
        let model_error = |status: u16, original: &str| json!({"Message": told, "OriginalStatusCode": status, "OriginalMessage": original});
        match self {
            Self::Model { status, original, .. } => model_error(*status, original),
            Self::PredictionTooLarge { .. } | Self::TimedOut(_) | Self::Broken(_) => {
                model_error(0, "")
            }
            Self::TooLarge { .. } | Self::Signature(_) => json!({"message": told}),
            _ => json!({"Message": told}),
        }
    }

    pub(super) fn into_response(self) -> Response<Bytes> {
        let (status, code) = self.status_and_code();
        let mut response = Response::new(Bytes::from(self.body().to_string()));
        *response.status_mut() =
            StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        if let Some(code) = code {
            headers.insert("x-amzn-errortype", HeaderValue::from_static(code));
        }
        response
    }
}
