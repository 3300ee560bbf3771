//! Why no prediction came back.

use aws_sdk_sagemakerruntime::{
    error::{ProvideErrorMetadata, SdkError},
    operation::invoke_endpoint::InvokeEndpointError,
};
use axum::http::StatusCode;
use resizer::TransformError;

#[derive(Debug, thiserror::Error)]
pub(crate) enum PredictionError {
    #[error(
        "no prediction endpoint is configured for this customer; whoever runs the service adds one \
         with 'darkroom customer set NAME --endpoint ENDPOINT'"
    )]
    NotConfigured,
    #[error("this customer may not ask endpoint '{asked}'; it may ask: {allowed}")]
    NotAllowed { asked: String, allowed: String },
    #[error("the model at endpoint '{endpoint}' declares no rendition that can be made")]
    Declaration { endpoint: String, source: TransformError },
    #[error(
        "the rendition that the model declares has {bytes} bytes, and an endpoint takes at most {bytes_max}"
    )]
    TooLarge { bytes: usize, bytes_max: usize },
    #[error("the model refused the image (it answered {status}): {message}")]
    Refused { status: i32, message: String },
    #[error("the model failed (it answered {status})")]
    Failed { status: i32, message: String },
    #[error("endpoint '{0}' does not exist at SageMaker")]
    NoSuchEndpoint(String),
    #[error("the model is not ready; try again shortly")]
    NotReady,
    #[error("the endpoint is asked more often than it can answer; try again shortly")]
    Throttled,
    #[error("the model did not answer in time; try again shortly")]
    TimedOut,
    #[error("the endpoint does not answer at the moment; try again shortly")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error(
        "the endpoint has failed several times and is left alone for a moment; try again shortly"
    )]
    LeftAlone,
    #[error("the model answered no JSON")]
    NoJson(#[source] serde_json::Error),
}

impl PredictionError {
    pub(crate) fn status_and_code(&self) -> (StatusCode, &'static str) {
        match self {
            Self::NotConfigured => (StatusCode::SERVICE_UNAVAILABLE, "prediction_not_configured"),
            Self::NotAllowed { .. } => (StatusCode::FORBIDDEN, "endpoint_not_allowed"),
            Self::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "prediction_input_too_large"),
            Self::Refused { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "model_refused"),
            Self::Failed { .. } => (StatusCode::BAD_GATEWAY, "model_failed"),
            Self::Declaration { .. } => (StatusCode::BAD_GATEWAY, "model_declaration_invalid"),
            Self::NoJson(_) => (StatusCode::BAD_GATEWAY, "model_answer_unreadable"),
            Self::NoSuchEndpoint(_) => (StatusCode::BAD_GATEWAY, "endpoint_not_found"),
            Self::NotReady => (StatusCode::SERVICE_UNAVAILABLE, "model_not_ready"),
            Self::Throttled => (StatusCode::TOO_MANY_REQUESTS, "endpoint_throttled"),
            Self::TimedOut => (StatusCode::GATEWAY_TIMEOUT, "model_timed_out"),
            Self::Unavailable(_) | Self::LeftAlone => {
                (StatusCode::SERVICE_UNAVAILABLE, "endpoint_unavailable")
            }
        }
    }

    pub(super) fn from_sdk(error: SdkError<InvokeEndpointError>, endpoint: &str) -> Self {
        if let Some(InvokeEndpointError::ModelError(model)) = error.as_service_error() {
            let status = model.original_status_code().unwrap_or_default();
            let message = model.original_message().unwrap_or_default().to_owned();
            return match status {
                400..=499 => Self::Refused { status, message },
                _ => Self::Failed { status, message },
            };
        }
        if matches!(error, SdkError::TimeoutError(_)) {
            return Self::TimedOut;
        }
        let status = error.raw_response().map(|response| response.status().as_u16());
        match (error.code(), status) {
            (Some("ValidationError"), _) => Self::NoSuchEndpoint(endpoint.to_owned()),
            (Some("ModelNotReadyException"), _) => Self::NotReady,
            (Some("ThrottlingException" | "TooManyRequestsException"), _) | (_, Some(429)) => {
                Self::Throttled
            }
            _ => Self::Unavailable(error.into()),
        }
    }

    /// Whether asking once more, at once, may help: the endpoint could not take the request.
    pub(super) fn may_pass(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }

    /// Whether it tells of an endpoint that is in trouble, and not of an image or of too many requests.
    pub(super) fn is_trouble(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::TimedOut | Self::Failed { .. })
    }
}
