//! Every way in which the API can fail, and the one place that decides status codes.

use axum::{
    extract::rejection::{BytesRejection, JsonRejection, PathRejection, QueryRejection},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use customer::{
    ClaimsError, DeployedModelError, JwksError, RecordError, RegistryError, SnapshotRequestError,
    StoreError, UploadId, Versioned,
};
use resizer::{OriginalError, RenderError};

use crate::{
    predictions::PredictionError, problem::Problem, routes::JSON_BYTES_MAX, session::SessionError,
};

/// An error of one request.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    #[error("send the id_token of POST /v1/session as 'Authorization: Bearer …'")]
    NoToken,
    #[error(transparent)]
    Claims(#[from] ClaimsError),
    #[error("this user belongs to no customer")]
    NoCustomer,
    #[error("the customer is suspended; ask whoever runs this service")]
    Suspended,
    #[error("this needs the role {0}")]
    Forbidden(&'static str),
    #[error("no such image")]
    ImageNotFound,
    #[error("no such dataset or snapshot; GET /v1/datasets lists what there is")]
    SnapshotNotFound,
    #[error(
        "images of this snapshot were erased, and it with them; `replaced_by` is the one without them, if any is left"
    )]
    SnapshotReplaced { by: Option<u64> },
    #[error("nobody has asked for such a snapshot")]
    RequestNotFound,
    #[error("no such upload")]
    UploadNotFound(UploadId),
    #[error(
        "the upload has come to an end, or its time is over; GET /v1/uploads/{{upload}} says which"
    )]
    UploadEnded,
    #[error("nothing is here; /openapi.json lists what there is")]
    NoRoute,
    #[error("this path does not take this method")]
    NoMethod,
    /// A parameter, header or body that cannot be read.
    #[error("{0}")]
    Invalid(String),
    #[error(
        "a body of at most {bytes_max} bytes is taken here; for larger files ask POST /v1/uploads for a place to put them"
    )]
    TooLarge { bytes_max: u64 },
    #[error("a body of at most {JSON_BYTES_MAX} bytes is taken here")]
    JsonTooLarge,
    #[error("the record is at version {current} by now; read it again and repeat the change")]
    Stale { current: u64 },
    #[error("the image is already deleted; PATCH it with {{\"undelete\": true}} to bring it back")]
    Deleted,
    #[error(transparent)]
    Original(#[from] OriginalError),
    #[error(transparent)]
    Render(#[from] RenderError),
    #[error(transparent)]
    Session(#[from] SessionError),
    #[error(transparent)]
    Prediction(#[from] PredictionError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the record cannot be read")]
    Unreadable(#[source] serde_json::Error),
    #[error(transparent)]
    Registry(#[from] RegistryError),
    #[error("the work was cut off")]
    Interrupted(#[from] tokio::task::JoinError),
}

impl From<RecordError> for ApiError {
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::Stale(Some(now)) => {
                let Versioned { record, .. } = *now;
                Self::Stale { current: record.version }
            }
            RecordError::Stale(None) => Self::ImageNotFound,
            RecordError::Unreadable { source, .. } => Self::Unreadable(source),
            RecordError::Store(error) => Self::Store(error),
        }
    }
}

impl From<DeployedModelError> for ApiError {
    fn from(error: DeployedModelError) -> Self {
        match error {
            DeployedModelError::Unreadable { source, .. } => Self::Unreadable(source),
            DeployedModelError::Store(error) => Self::Store(error),
        }
    }
}

impl From<SnapshotRequestError> for ApiError {
    fn from(error: SnapshotRequestError) -> Self {
        match error {
            SnapshotRequestError::Unreadable { source, .. } => Self::Unreadable(source),
            SnapshotRequestError::Store(error) => Self::Store(error),
        }
    }
}

impl From<JsonRejection> for ApiError {
    fn from(rejection: JsonRejection) -> Self {
        match rejection {
            JsonRejection::BytesRejection(rejection) => rejection.into(),
            rejection => Self::Invalid(rejection.body_text()),
        }
    }
}

impl From<PathRejection> for ApiError {
    fn from(rejection: PathRejection) -> Self {
        Self::Invalid(rejection.body_text())
    }
}

impl From<QueryRejection> for ApiError {
    fn from(rejection: QueryRejection) -> Self {
        Self::Invalid(rejection.body_text())
    }
}

/// Of a body that is JSON, too.
impl From<BytesRejection> for ApiError {
    fn from(rejection: BytesRejection) -> Self {
        match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Self::JsonTooLarge,
            _ => Self::Invalid("the body broke off; send it again".to_owned()),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, code) = self.status_and_code();
        if status.is_server_error() {
            tracing::error!(error = &self as &dyn std::error::Error, code, "request failed");
        }
        let mut problem = Problem::new(status, code, self.detail(status));
        match self {
            Self::Stale { current } => problem = problem.member("version", current),
            Self::SnapshotReplaced { by } => problem = problem.member("replaced_by", by),
            _ => {}
        }
        if status == StatusCode::UNAUTHORIZED {
            problem = problem.header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
            problem = problem.header(header::RETRY_AFTER, HeaderValue::from_static("2"));
        }
        problem.into_response()
    }
}

impl ApiError {
    /// Code and sentence, for an answer that has several.
    pub(crate) fn told(&self) -> (&'static str, String) {
        let (status, code) = self.status_and_code();
        (code, self.detail(status))
    }

    fn status_and_code(&self) -> (StatusCode, &'static str) {
        match self {
            Self::NoToken => (StatusCode::UNAUTHORIZED, "token_missing"),
            Self::Claims(ClaimsError::Key(
                JwksError::Unreachable(_) | JwksError::Unreadable(_) | JwksError::WasUnreachable,
            )) => (StatusCode::SERVICE_UNAVAILABLE, "user_pool_unreachable"),
            Self::Claims(ClaimsError::Expired) => (StatusCode::UNAUTHORIZED, "token_expired"),
            Self::Claims(_) => (StatusCode::UNAUTHORIZED, "token_invalid"),
            Self::NoCustomer | Self::Forbidden(_) => (StatusCode::FORBIDDEN, "forbidden"),
            Self::Suspended => (StatusCode::FORBIDDEN, "customer_suspended"),
            Self::ImageNotFound => (StatusCode::NOT_FOUND, "image_not_found"),
            Self::UploadNotFound(_) => (StatusCode::NOT_FOUND, "upload_not_found"),
            Self::SnapshotNotFound => (StatusCode::NOT_FOUND, "snapshot_not_found"),
            Self::SnapshotReplaced { .. } => (StatusCode::GONE, "snapshot_replaced"),
            Self::RequestNotFound => (StatusCode::NOT_FOUND, "request_not_found"),
            Self::UploadEnded => (StatusCode::CONFLICT, "upload_ended"),
            Self::NoRoute => (StatusCode::NOT_FOUND, "route_not_found"),
            Self::NoMethod => (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"),
            Self::Invalid(_) => (StatusCode::BAD_REQUEST, "invalid_request"),
            Self::TooLarge { .. } | Self::JsonTooLarge => {
                (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large")
            }
            Self::Stale { .. } => (StatusCode::PRECONDITION_FAILED, "version_mismatch"),
            Self::Deleted => (StatusCode::CONFLICT, "image_deleted"),
            Self::Original(error) | Self::Render(RenderError::Original(error)) => refusal(error),
            Self::Render(_) => (StatusCode::BAD_REQUEST, "transform_invalid"),
            Self::Session(error) => error.status_and_code(),
            Self::Prediction(error) => error.status_and_code(),
            Self::Store(_) | Self::Registry(_) => {
                (StatusCode::SERVICE_UNAVAILABLE, "store_unavailable")
            }
            Self::Unreadable(_) | Self::Interrupted(_) => {
                (StatusCode::INTERNAL_SERVER_ERROR, "internal")
            }
        }
    }

    /// What we broke ourselves is told to the log, not to the client.
    fn detail(&self, status: StatusCode) -> String {
        match self {
            Self::Store(_) | Self::Registry(_) => {
                "the store does not answer at the moment; try again shortly".to_owned()
            }
            _ if status == StatusCode::INTERNAL_SERVER_ERROR => {
                "something failed on our side; the request id finds it in the log".to_owned()
            }
            _ => self.to_string(),
        }
    }
}

/// Status and stable code of a refused original.
pub(crate) fn refusal(error: &OriginalError) -> (StatusCode, &'static str) {
    match error {
        OriginalError::Empty => (StatusCode::BAD_REQUEST, "image_empty"),
        OriginalError::NotAnImage => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_an_image"),
        OriginalError::Heic => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "heic_not_taken"),
        OriginalError::Svg => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "svg_not_taken"),
        OriginalError::Pdf => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "pdf_not_taken"),
        OriginalError::TooManyBytes { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "source_bytes_max"),
        OriginalError::TooManyPixels { .. } => {
            (StatusCode::UNPROCESSABLE_ENTITY, "source_pixels_max")
        }
        OriginalError::TooManyFrames { .. } => {
            (StatusCode::UNPROCESSABLE_ENTITY, "source_frames_max")
        }
        OriginalError::TooManyFramesPixels { .. } => {
            (StatusCode::UNPROCESSABLE_ENTITY, "source_frames_pixels_max")
        }
        OriginalError::Truncated { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "image_truncated"),
        OriginalError::UnsupportedFeature { .. } => {
            (StatusCode::UNPROCESSABLE_ENTITY, "image_feature_unsupported")
        }
        OriginalError::Malformed { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "image_damaged"),
    }
}
