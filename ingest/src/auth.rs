//! Who is asking, and for which customer: from the verified token, never from the URL.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use customer::{Bucket, Claims, Customer, Role, Timestamp};

use crate::{App, error::ApiError};

/// A signed-in user of an active customer, and that customer's bucket with that customer's rights.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub claims: Claims,
    pub customer: Arc<Customer>,
    pub bucket: Bucket,
}

impl Caller {
    /// Fails unless the user has `role` or one that includes it.
    pub(crate) fn require(&self, role: Role) -> Result<(), ApiError> {
        let enough: &[Role] = match role {
            Role::Viewer => &[Role::Viewer, Role::Uploader, Role::Admin],
            Role::Uploader => &[Role::Uploader, Role::Admin],
            Role::Admin => &[Role::Admin],
            Role::Operator => &[Role::Operator],
            Role::DataScientist => &[Role::DataScientist],
        };
        let allowed = enough.iter().any(|role| self.claims.has(*role));
        allowed.then_some(()).ok_or(ApiError::Forbidden(role.group()))
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let token = bearer(&parts.headers).ok_or(ApiError::NoToken)?;
        let claims = app.issuer.verify(token, Timestamp::now()).await?;
        let id = claims.customer.clone().ok_or(ApiError::NoCustomer)?;
        let customer = app.registry.active(&id).await?.ok_or(ApiError::NoCustomer)?;
        let bucket = app.buckets.of(&customer).await;
        Ok(Self { claims, customer, bucket })
    }
}

/// The token of an `Authorization: Bearer` header.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
