//! CloudFront's errors: code, status and XML as in the service's API reference.

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use s3s::xml::DeError;
use uuid::Uuid;

use super::invalidation::document;
use crate::sigv4;

/// A call that was refused. The text is what the caller is told.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error(transparent)]
    Signature(#[from] sigv4::Refusal),
    #[error(
        "{method} {path}: this machine's CloudFront has CreateInvalidation and GetInvalidation"
    )]
    NoOperation { method: Method, path: String },
    #[error("The specified distribution does not exist.")]
    NoSuchDistribution,
    #[error("The specified invalidation does not exist.")]
    NoSuchInvalidation,
    #[error("the invalidation batch cannot be read")]
    Unreadable(#[from] DeError),
    #[error("the quantity is {quantity} and the number of items {items}; they must be the same")]
    InconsistentQuantities { quantity: usize, items: usize },
    #[error("'{item}' is neither a path that begins with a slash nor # and a tag")]
    BadPath { item: String },
    #[error("the caller reference has been used for another batch")]
    BatchMismatch,
}

impl Error {
    pub(super) fn code(&self) -> (StatusCode, &'static str) {
        match self {
            Self::Signature(sigv4::Refusal::UnknownKey) => {
                (StatusCode::FORBIDDEN, "InvalidClientTokenId")
            }
            Self::Signature(_) => (StatusCode::FORBIDDEN, "SignatureDoesNotMatch"),
            Self::NoOperation { .. } => (StatusCode::NOT_FOUND, "UnknownOperationException"),
            Self::NoSuchDistribution => (StatusCode::NOT_FOUND, "NoSuchDistribution"),
            Self::NoSuchInvalidation => (StatusCode::NOT_FOUND, "NoSuchInvalidation"),
            Self::Unreadable(_) => (StatusCode::BAD_REQUEST, "MalformedXML"),
            Self::InconsistentQuantities { .. } => {
                (StatusCode::BAD_REQUEST, "InconsistentQuantities")
            }
            Self::BadPath { .. } | Self::BatchMismatch => {
                (StatusCode::BAD_REQUEST, "InvalidArgument")
            }
        }
    }

    pub(super) fn into_response(self) -> Response<Bytes> {
        let (status, code) = self.code();
        let message = self.to_string();
        document(status, "ErrorResponse", |xml| {
            xml.element("Error", |xml| {
                xml.content("Type", "Sender")?;
                xml.content("Code", code)?;
                xml.content("Message", &message)
            })?;
            xml.content("RequestId", &Uuid::new_v4().to_string())
        })
    }
}
