//! Errors of SageMaker's API: code and status as in the service's model (2017-07-24).

use std::io;

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode};
use serde_json::json;

use super::resources::Kind;
use crate::sigv4;

/// Why an operation was not done. The text is what the caller is told.
#[derive(Debug, thiserror::Error)]
pub(super) enum ControlError {
    #[error(transparent)]
    Signature(#[from] sigv4::Refusal),
    #[error("the operation {0} is not one of this machine's SageMaker")]
    NoOperation(String),
    #[error("the request cannot be read: {0}")]
    Request(#[from] serde_json::Error),
    #[error("{0}")]
    Invalid(String),
    #[error("Could not find {} \"{name}\".", .kind.slug())]
    Unknown { kind: Kind, name: String },
    #[error("Cannot create already existing {} \"{name}\".", .kind.slug())]
    Exists { kind: Kind, name: String },
    #[error("what SageMaker keeps cannot be read or written")]
    Folder(#[from] io::Error),
}

impl ControlError {
    fn status_and_code(&self) -> (StatusCode, &'static str) {
        match self {
            Self::Signature(refusal) => (StatusCode::BAD_REQUEST, refusal.code()),
            Self::NoOperation(_) => (StatusCode::BAD_REQUEST, "UnknownOperationException"),
            Self::Request(_) => (StatusCode::BAD_REQUEST, "SerializationException"),
            Self::Exists { kind: Kind::TrainingJob, .. } => {
                (StatusCode::BAD_REQUEST, "ResourceInUse")
            }
            Self::Invalid(_) | Self::Unknown { .. } | Self::Exists { .. } => {
                (StatusCode::BAD_REQUEST, "ValidationException")
            }
            Self::Folder(_) => (StatusCode::INTERNAL_SERVER_ERROR, "InternalFailure"),
        }
    }

    pub(super) fn into_response(self) -> Response<Bytes> {
        let (status, code) = self.status_and_code();
        let body = json!({"__type": code, "message": self.to_string()});
        let mut response = Response::new(Bytes::from(body.to_string()));
        *response.status_mut() = status;
        response.headers_mut().insert("x-amzn-errortype", HeaderValue::from_static(code));
        response
    }
}
