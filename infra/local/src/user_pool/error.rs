//! Every error of the pool: Cognito's code and message for it, and its status, in one place.

use std::io;
use std::path::PathBuf;

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode};
use serde_json::json;

use crate::sigv4;

/// An operation that was refused or failed. The text is what the caller is told.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Wrong password, unknown user, bad token: whoever asks may not.
    #[error("{0}")]
    NotAuthorized(&'static str),
    /// The e-mail address is taken.
    #[error("User account already exists")]
    UsernameExists,
    /// Told to the operator only; sign-in says [`Error::NotAuthorized`].
    #[error("User does not exist.")]
    UserNotFound,
    /// The request cannot mean anything to this pool.
    #[error("{0}")]
    InvalidParameter(String),
    /// The new password breaks the policy.
    #[error("Password did not conform with policy: {0}")]
    InvalidPassword(&'static str),
    /// No such pool, client or group.
    #[error("{0}")]
    ResourceNotFound(String),
    /// A group of that name exists.
    #[error("A group with the name already exists.")]
    GroupExists,
    /// The operator asked for a new password and none was set since.
    #[error("Password reset required for the user")]
    PasswordResetRequired,
    /// The operation would have to send a message.
    #[error(
        "this user pool sends no messages: pass MessageAction=SUPPRESS, or TemporaryPassword and hand it over yourself"
    )]
    CodeDeliveryFailure,
    /// The token is not a refresh token.
    #[error("Unsupported token type: only refresh tokens are revoked here")]
    UnsupportedTokenType,
    /// The pool has no such operation.
    #[error("unknown operation: {0}")]
    UnknownOperation(String),
    /// The body is not the operation's JSON.
    #[error("the request body is not this operation's JSON: {0}")]
    Serialization(#[source] serde_json::Error),
    /// An administrative operation without the operator's signature.
    #[error(transparent)]
    Signature(#[from] sigv4::Refusal),
    /// The disk refused.
    #[error("the user pool could not write to its folder")]
    Disk(#[from] io::Error),
    /// A user could not be written as JSON.
    #[error("the user pool could not encode its answer")]
    Encoding(#[source] serde_json::Error),
    /// The random source, the password hash or the signature failed.
    #[error("the user pool could not {0}")]
    Cryptography(&'static str),
    /// The process is shutting down, or the operation panicked.
    #[error("the user pool stopped before it could answer")]
    Stopped,
}

/// One refusal for a wrong password and for an unknown name.
pub(super) const WRONG: Error = Error::NotAuthorized("Incorrect username or password.");

impl Error {
    /// Cognito's name of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAuthorized(_) => "NotAuthorizedException",
            Self::UsernameExists => "UsernameExistsException",
            Self::UserNotFound => "UserNotFoundException",
            Self::InvalidParameter(_) => "InvalidParameterException",
            Self::InvalidPassword(_) => "InvalidPasswordException",
            Self::ResourceNotFound(_) => "ResourceNotFoundException",
            Self::GroupExists => "GroupExistsException",
            Self::PasswordResetRequired => "PasswordResetRequiredException",
            Self::CodeDeliveryFailure => "CodeDeliveryFailureException",
            Self::UnsupportedTokenType => "UnsupportedTokenTypeException",
            Self::UnknownOperation(_) => "UnknownOperationException",
            Self::Serialization(source) if source.is_data() => "InvalidParameterException",
            Self::Serialization(_) => "SerializationException",
            Self::Signature(refusal) => refusal.code(),
            Self::Disk(_) | Self::Encoding(_) | Self::Cryptography(_) | Self::Stopped => {
                "InternalErrorException"
            }
        }
    }

    /// Whether the pool failed, rather than refused.
    pub(super) fn is_ours(&self) -> bool {
        self.code() == "InternalErrorException"
    }

    /// The answer in the form of the JSON 1.1 protocol.
    pub(super) fn into_response(self) -> Response<Bytes> {
        let body = json!({"__type": self.code(), "message": self.to_string()}).to_string();
        let mut response = Response::new(Bytes::from(body));
        *response.status_mut() = if self.is_ours() {
            StatusCode::INTERNAL_SERVER_ERROR
        } else {
            StatusCode::BAD_REQUEST
        };
        response.headers_mut().insert("x-amzn-errortype", HeaderValue::from_static(self.code()));
        response
    }
}

/// Why a pool's folder could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder or a file in it cannot be read or written.
    #[error("the user pool's folder cannot be used")]
    Disk(#[from] io::Error),
    /// A file that the pool wrote does not parse: it was changed by something else.
    #[error("{} is not a file of this user pool", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong in it.
        source: serde_json::Error,
    },
    /// The signing key's file does not hold an RSA key.
    #[error("{} does not hold an RSA private key in PEM", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong in it.
        source: jsonwebtoken::errors::Error,
    },
    /// No key could be generated.
    #[error("no RSA key could be generated")]
    Generate(#[from] aws_lc_rs::error::Unspecified),
}
