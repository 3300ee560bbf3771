//! Everything that can go wrong in delivery, and the one place that gives it a status.
//!
//! A client is told what it can mend. What is ours is logged with its source and named by code only.

use std::sync::Arc;

use customer::{ClaimsError, CredentialError, JwksError, RecordError, RegistryError, StoreError};
use http::{HeaderValue, StatusCode, header};
use resizer::RenderError;

use crate::{
    dialect::{iiif::IiifError, query::QueryError},
    path::PathError,
    problem::Problem,
};

/// Why a request gets no image.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Path(#[from] PathError),
    #[error(transparent)]
    Query(#[from] QueryError),
    #[error(transparent)]
    Iiif(#[from] IiifError),
    #[error("images are read with GET or HEAD; they are changed under /v1/images")]
    Method,
    #[error(
        "without a credential only public images are shown: send a session's cookie, a signed URL \
         or the header 'Authorization: Bearer ID_TOKEN'"
    )]
    Unauthorized,
    #[error(transparent)]
    Token(#[from] ClaimsError),
    /// Said by the edge: the origin never sees a credential.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    #[error(
        "originals are for users in the group uploader or admin, with 'Authorization: Bearer \
         ID_TOKEN'; ask for a rendition instead"
    )]
    RoleMissing,
    #[error("there is no such image, or it is not this credential's to see")]
    NotFound,
    #[error("mark names no public image of this customer; a watermark has to be one")]
    NoSuchMark,
    #[error("the image has {bytes} bytes; ask for a range that begins before")]
    NoSuchRange { bytes: usize },
    #[error("what a URL comes to is told to those who have signed in; leave explain out")]
    NotExplained,
    #[error("the customer cannot be looked up")]
    Registry(#[from] RegistryError),
    #[error("the record cannot be read")]
    Record(#[from] RecordError),
    #[error("the store failed")]
    Store(#[from] StoreError),
    #[error("the original is gone, or is not what was uploaded")]
    OriginalLost(#[source] StoreError),
    #[error(transparent)]
    Render(#[from] RenderError),
    #[error("a render broke down: {0}")]
    Panicked(String),
    #[error("too many images are being rendered; try again in a second")]
    Busy,
    #[error("the store took too long; try again")]
    FetchTimeout,
    #[error("the rendition took too long; ask for a smaller one or try again")]
    RequestTimeout,
    #[error(
        "an AVIF of this size takes about {seconds} s, which is more than a request may; ask for a smaller one or for \
         WebP"
    )]
    TooSlow { seconds: u64 },
    /// The failure of a flight that several requests waited for.
    #[error(transparent)]
    Shared(#[from] Arc<Error>),
}

const BAD_REQUEST: StatusCode = StatusCode::BAD_REQUEST;
const NOT_FOUND: StatusCode = StatusCode::NOT_FOUND;

impl Error {
    /// What the client is told.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Path(PathError::NoSuchResource) => self.told(NOT_FOUND, "no_such_path"),
            Self::Path(_) => self.told(BAD_REQUEST, "bad_path"),
            Self::Query(QueryError::NoSuchPreset { .. }) => {
                self.told(BAD_REQUEST, "no_such_preset")
            }
            Self::Query(QueryError::PresetsOnly | QueryError::NotAllowed { .. }) => {
                self.told(StatusCode::FORBIDDEN, "parameter_not_allowed")
            }
            Self::Iiif(IiifError::Enlarged { .. }) => self.told(BAD_REQUEST, "size_not_enlarged"),
            Self::Iiif(IiifError::Outside { .. }) => self.told(BAD_REQUEST, "region_outside"),
            Self::Query(_) | Self::Iiif(_) => self.told(BAD_REQUEST, "bad_parameter"),
            Self::Method => self
                .told(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed")
                .with(header::ALLOW, "GET, HEAD"),
            Self::Unauthorized => self
                .told(StatusCode::UNAUTHORIZED, "credential_missing")
                .with(header::WWW_AUTHENTICATE, r#"Bearer realm="darkroom""#),
            Self::Token(ClaimsError::Key(
                JwksError::Unreachable(_) | JwksError::Unreadable(_) | JwksError::WasUnreachable,
            )) => unavailable("user_pool_unavailable"),
            Self::Token(_) => self.told(StatusCode::UNAUTHORIZED, "token_refused").with(
                header::WWW_AUTHENTICATE,
                r#"Bearer realm="darkroom", error="invalid_token""#,
            ),
            Self::Credential(_) => self
                .told(StatusCode::UNAUTHORIZED, "credential_refused")
                .with(header::WWW_AUTHENTICATE, r#"Bearer realm="darkroom""#),
            Self::RoleMissing => self.told(StatusCode::FORBIDDEN, "role_missing"),
            Self::NoSuchMark => self.told(BAD_REQUEST, "no_such_mark"),
            Self::NotFound => self.told(NOT_FOUND, "no_such_image"),
            Self::NoSuchRange { bytes } => {
                let mut problem =
                    self.told(StatusCode::RANGE_NOT_SATISFIABLE, "range_not_satisfiable");
                let all = HeaderValue::try_from(format!("bytes */{bytes}"));
                problem.headers.extend(all.map(|all| (header::CONTENT_RANGE, all)));
                problem
            }
            Self::NotExplained => self.told(StatusCode::FORBIDDEN, "not_explained"),
            Self::Registry(RegistryError::Store(_))
            | Self::Record(RecordError::Store(_))
            | Self::Store(_) => unavailable("store_unavailable"),
            Self::Registry(_) | Self::Record(_) | Self::Panicked(_) => internal("internal"),
            Self::OriginalLost(_) => self.told(StatusCode::BAD_GATEWAY, "original_lost"),
            Self::Render(error) => rendered(error),
            Self::Busy => self
                .told(StatusCode::TOO_MANY_REQUESTS, "too_many_renders")
                .with(header::RETRY_AFTER, "1"),
            Self::FetchTimeout => self.told(StatusCode::GATEWAY_TIMEOUT, "store_timeout"),
            Self::RequestTimeout => self
                .told(StatusCode::SERVICE_UNAVAILABLE, "request_timeout")
                .with(header::RETRY_AFTER, "1"),
            Self::TooSlow { .. } => self.told(StatusCode::UNPROCESSABLE_ENTITY, "avif_too_slow"),
            Self::Shared(error) => error.problem(),
        }
    }

    fn told(&self, status: StatusCode, code: &'static str) -> Problem {
        Problem::new(status, code, self.to_string())
    }
}

/// Refusals of the resizer, sorted by who can mend them.
fn rendered(error: &RenderError) -> Problem {
    match error {
        RenderError::Original(original) => Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "original_not_rendered",
            original.to_string(),
        ),
        RenderError::Transform(transform) => {
            Problem::new(BAD_REQUEST, "bad_parameter", transform.to_string())
        }
        RenderError::ResultEdgeTooLong { .. }
        | RenderError::ResultTooManyPixels { .. }
        | RenderError::BudgetTooManyPixels { .. } => {
            Problem::new(BAD_REQUEST, "result_too_large", error.to_string())
        }
        RenderError::RegionOutside { .. } => {
            Problem::new(BAD_REQUEST, "region_outside", error.to_string())
        }
        RenderError::Mark { .. } => {
            Problem::new(BAD_REQUEST, "mark_not_rendered", error.to_string())
        }
        RenderError::MarkMissing | RenderError::Resize(_) | RenderError::Encode { .. } => {
            internal("render_failed")
        }
    }
}

fn internal(code: &'static str) -> Problem {
    let detail = "something broke on our side; the request id finds it in the logs";
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, code, detail.to_owned())
}

fn unavailable(code: &'static str) -> Problem {
    let detail = "a service that images are served from does not answer; try again";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, code, detail.to_owned())
        .with(header::RETRY_AFTER, "1")
}
