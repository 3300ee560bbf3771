//! What STS refuses, with AWS's codes.

use http::StatusCode;
use thiserror::Error;

use super::policy::PolicyError;
use super::session::SessionError;

/// A refusal of STS.
#[derive(Debug, Error)]
pub(super) enum StsError {
    #[error("the parameter {name} is missing")]
    Missing { name: &'static str },
    #[error("{name} is too long, too short or has characters beside letters, digits and _+=,.@-")]
    Name { name: &'static str },
    #[error("DurationSeconds {asked:?} is not from {min} to {max}")]
    Duration { asked: String, min: i64, max: i64 },
    #[error(transparent)]
    Policy(#[from] PolicyError),
    #[error("the session policy is longer than {bytes_max} bytes")]
    PolicyTooLarge { bytes_max: usize },
    #[error("User: {caller} is not authorized to perform: sts:AssumeRole on resource: {role}")]
    Denied { caller: String, role: String },
    #[error(
        "{action:?} is not an action of this service; known are AssumeRole and GetCallerIdentity"
    )]
    Action { action: String },
    #[error("the request is not signed for sts")]
    NotForSts,
    #[error(transparent)]
    Session(#[from] SessionError),
    #[error("the body could not be read")]
    Body(#[source] s3s::StdError),
    #[error("the session could not be sealed")]
    Seal(#[from] aws_lc_rs::error::Unspecified),
}

impl StsError {
    /// Status and code of the answer.
    pub(super) fn code(&self) -> (StatusCode, &'static str) {
        match self {
            Self::Missing { .. } | Self::Name { .. } | Self::Duration { .. } => {
                (StatusCode::BAD_REQUEST, "ValidationError")
            }
            Self::Policy(_) => (StatusCode::BAD_REQUEST, "MalformedPolicyDocument"),
            Self::PolicyTooLarge { .. } => (StatusCode::BAD_REQUEST, "PackedPolicyTooLarge"),
            Self::Denied { .. } => (StatusCode::FORBIDDEN, "AccessDenied"),
            Self::Action { .. } => (StatusCode::BAD_REQUEST, "InvalidAction"),
            Self::NotForSts => (StatusCode::FORBIDDEN, "SignatureDoesNotMatch"),
            Self::Session(SessionError::Invalid) => (StatusCode::FORBIDDEN, "InvalidClientTokenId"),
            Self::Session(SessionError::Expired) => (StatusCode::FORBIDDEN, "ExpiredToken"),
            Self::Body(_) => (StatusCode::BAD_REQUEST, "IncompleteBody"),
            Self::Seal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "InternalFailure"),
        }
    }
}
