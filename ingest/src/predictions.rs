//! `POST /v1/images/{image}/predictions`: asks a deployed model about an image.

use aws_sdk_sagemakerruntime::{
    error::{ProvideErrorMetadata, SdkError},
    operation::invoke_endpoint::InvokeEndpointError,
    primitives::Blob,
};
use axum::{
    Json,
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use customer::Record;
use resizer::{Fit, Format, Limits, Metadata, Rendition, Transform};
use serde::Deserialize;
use serde_json::json;

use crate::{
    App,
    auth::Caller,
    error::ApiError,
    extract::Path,
    images::{live, parse_or_default, read},
};

/// Longer edge of the rendition that a model is sent.
const MODEL_EDGE_PX: u32 = 512;
const MODEL_QUALITY: u8 = 95;

/// Why no prediction came back.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PredictionError {
    #[error(
        "no prediction endpoint is configured for this customer; whoever runs the service adds one \
         with 'darkroom customer add --endpoint NAME', or starts with 'darkroom up --model NAME=URL'"
    )]
    NotConfigured,
    #[error("this customer may not ask endpoint '{asked}'; it may ask: {allowed}")]
    NotAllowed { asked: String, allowed: String },
    #[error("the model refused the image (it answered {status}): {message}")]
    Refused { status: i32, message: String },
    #[error("the model failed (it answered {status})")]
    Failed { status: i32, message: String },
    #[error("endpoint '{0}' does not exist at SageMaker")]
    NoSuchEndpoint(String),
    #[error("the model is not ready; try again shortly")]
    NotReady,
    #[error("the endpoint does not answer at the moment; try again shortly")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the model answered no JSON")]
    NoJson(#[source] serde_json::Error),
}

impl PredictionError {
    pub(crate) fn status_and_code(&self) -> (StatusCode, &'static str) {
        match self {
            Self::NotConfigured => (StatusCode::SERVICE_UNAVAILABLE, "prediction_not_configured"),
            Self::NotAllowed { .. } => (StatusCode::FORBIDDEN, "endpoint_not_allowed"),
            Self::Refused { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "model_refused"),
            Self::Failed { .. } => (StatusCode::BAD_GATEWAY, "model_failed"),
            Self::NoJson(_) => (StatusCode::BAD_GATEWAY, "model_answer_unreadable"),
            Self::NoSuchEndpoint(_) => (StatusCode::BAD_GATEWAY, "endpoint_not_found"),
            Self::NotReady => (StatusCode::SERVICE_UNAVAILABLE, "model_not_ready"),
            Self::Unavailable(_) => (StatusCode::SERVICE_UNAVAILABLE, "endpoint_unavailable"),
        }
    }

    fn from_sdk(error: SdkError<InvokeEndpointError>, endpoint: &str) -> Self {
        if let Some(InvokeEndpointError::ModelError(model)) = error.as_service_error() {
            let status = model.original_status_code().unwrap_or_default();
            let message = model.original_message().unwrap_or_default().to_owned();
            return match status {
                400..=499 => Self::Refused { status, message },
                _ => Self::Failed { status, message },
            };
        }
        match error.code() {
            Some("ValidationError") => Self::NoSuchEndpoint(endpoint.to_owned()),
            Some("ModelNotReadyException") => Self::NotReady,
            _ => Self::Unavailable(error.into()),
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    endpoint: Option<String>,
}

/// `POST /v1/images/{image}/predictions`.
pub(crate) async fn predict(
    State(app): State<App>,
    caller: Caller,
    Path(image): Path,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let asked = parse_or_default::<Asked>(&body?)?.endpoint;
    let endpoint = allowed(&caller.customer.endpoints, asked)?;
    let record = live(read(&caller, &image).await?)?;
    let limits = app.limits.lowered(|name| caller.customer.limit(name));
    let rendition = rendition(&caller, &record, limits).await?;
    let answer = app
        .sagemaker
        .invoke_endpoint()
        .endpoint_name(&endpoint)
        .content_type(rendition.format.media_type())
        .accept("application/json")
        .body(Blob::new(rendition.bytes))
        .send()
        .await
        .map_err(|error| PredictionError::from_sdk(error, &endpoint))?;
    let prediction: serde_json::Value =
        serde_json::from_slice(answer.body.map(Blob::into_inner).unwrap_or_default().as_slice())
            .map_err(PredictionError::NoJson)?;
    let body = json!({
        "image": record.image,
        "version": record.version,
        "endpoint": endpoint,
        "variant": answer.invoked_production_variant,
        "prediction": prediction,
    });
    Ok(Json(body).into_response())
}

fn allowed(endpoints: &[String], asked: Option<String>) -> Result<String, PredictionError> {
    let default = endpoints.first().ok_or(PredictionError::NotConfigured)?;
    match asked {
        None => Ok(default.clone()),
        Some(asked) if endpoints.contains(&asked) => Ok(asked),
        Some(asked) => Err(PredictionError::NotAllowed { asked, allowed: endpoints.join(", ") }),
    }
}

/// What the model is sent: upright, sRGB, without metadata, small.
async fn rendition(
    caller: &Caller,
    record: &Record,
    limits: Limits,
) -> Result<Rendition, ApiError> {
    let original = caller.bucket.original(&record.original).await?;
    let transform = Transform {
        width: Some(MODEL_EDGE_PX),
        height: Some(MODEL_EDGE_PX),
        fit: Fit::Inside,
        format: Some(Format::Jpeg),
        quality: Some(MODEL_QUALITY),
        metadata: Metadata::None,
        ..Transform::default()
    };
    let render =
        tokio::task::spawn_blocking(move || resizer::render(&original.bytes, &transform, &limits));
    Ok(render.await??)
}
