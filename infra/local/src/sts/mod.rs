//! STS on one machine: AssumeRole and GetCallerIdentity over the query protocol, signed with SigV4.
//!
//! Guarantees: a session never has more rights than its role and its session policy both give; nothing is written down,
//! so a session is good after a restart, until its time, and not longer. The S3 server routes these requests here after
//! it has verified their signature (`s3s` verifies the service `sts` with the same keys), and asks here who signed its
//! own.

mod answer;
mod assume_role;
mod error;
mod identity;
mod policy;
mod session;

use std::sync::Arc;

use async_trait::async_trait;
use http::{Extensions, HeaderMap, Method, Uri, header};
use s3s::route::S3Route;
use s3s::{Body, S3Request, S3Response, S3Result};
use time::OffsetDateTime;

use assume_role::{AssumeRole, Parameters};
use error::StsError;

pub(crate) use answer::in_sts_form;
pub use identity::{ACCOUNT, Principal, Role, Roles};
pub(crate) use identity::{Caller, Identities};
pub use policy::{Policy, PolicyError, Request};
pub use session::{Session, SessionCredentials, SessionError, Sessions, Tags};

/// s3s has read no more than this of a body before it calls the route.
const BODY_BYTES_MAX: usize = 8192;

/// The route that s3s takes for STS.
#[derive(Debug)]
pub(crate) struct Sts {
    pub(crate) identities: Arc<Identities>,
    pub(crate) requests: Arc<crate::s3::Requests>,
}

#[async_trait]
impl S3Route for Sts {
    fn is_match(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        _: &mut Extensions,
    ) -> bool {
        is_query(method, uri, headers)
    }

    async fn call(&self, request: S3Request<Body>) -> S3Result<S3Response<Body>> {
        match self.answer(request).await {
            Ok(response) => response,
            Err(error) => answer::refused(&error),
        }
    }
}

/// Whether a request is one of the query protocol: S3 has no form posts at its root.
pub(crate) fn is_query(method: &Method, uri: &Uri, headers: &HeaderMap) -> bool {
    let form = |value: &header::HeaderValue| {
        value.as_bytes().starts_with(b"application/x-www-form-urlencoded")
    };
    method == Method::POST
        && uri.path() == "/"
        && headers.get(header::CONTENT_TYPE).is_some_and(form)
}

type Answered = Result<S3Result<S3Response<Body>>, StsError>;

impl Sts {
    async fn answer(&self, mut request: S3Request<Body>) -> Answered {
        let credentials = request.credentials.as_ref().ok_or(StsError::NotForSts)?;
        if request.service.as_deref() != Some("sts") {
            return Err(StsError::NotForSts);
        }
        let now = OffsetDateTime::now_utc();
        let access_key_id = &credentials.access_key;
        let token =
            request.headers.get("x-amz-security-token").and_then(|token| token.to_str().ok());
        let caller = self.identities.caller(access_key_id, token, now)?;
        let parameters = read(&mut request.input).await?;
        match parameters.get("Action").map(String::as_str).unwrap_or_default() {
            "AssumeRole" => {
                self.requests.count("AssumeRole");
                let (credentials, session) =
                    AssumeRole::read(&parameters)?.issue(&self.identities, &caller, now)?;
                Ok(answer::assumed(&credentials, &session))
            }
            "GetCallerIdentity" => {
                self.requests.count("GetCallerIdentity");
                Ok(answer::identity(&caller.arn, access_key_id))
            }
            action => Err(StsError::Action { action: action.to_owned() }),
        }
    }
}

async fn read(body: &mut Body) -> Result<Parameters, StsError> {
    let bytes = body.store_all_limited(BODY_BYTES_MAX).await.map_err(StsError::Body)?;
    Ok(form_urlencoded::parse(&bytes).into_owned().collect())
}
