//! Who is asking, and for which customer: from the verified token, never from the URL.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, MatchedPath},
    http::{HeaderMap, header, request::Parts},
};
use customer::{Bucket, Claims, Customer, Timestamp, audit};

use crate::{
    App,
    access::{Needs, needs},
    error::ApiError,
};

/// A signed-in user in a role that the route is for, of no customer or of one that is active.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub claims: Claims,
}

/// A signed-in user of an active customer, and that customer's bucket with that customer's rights.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub claims: Claims,
    pub customer: Arc<Customer>,
    pub bucket: Bucket,
}

impl FromRequestParts<App> for User {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let token = bearer(&parts.headers).ok_or(ApiError::NoToken)?;
        let claims = app.issuer.verify(token, Timestamp::now()).await?;
        let permitted = match &claims.customer {
            Some(customer)
                if app.registry.find(customer).await?.is_some_and(|own| !own.is_active()) =>
            {
                Err(ApiError::Suspended)
            }
            _ => permit(parts, &claims),
        };
        permitted.inspect_err(|_| refused(parts, &claims))?;
        Ok(Self { claims })
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let User { claims } = User::from_request_parts(parts, app).await?;
        let caller = Self::enter(app, claims.clone()).await;
        if let Err(ApiError::NoCustomer) = &caller {
            refused(parts, &claims);
        }
        caller
    }
}

fn refused(parts: &Parts, claims: &Claims) {
    audit::refused(claims, &parts.method, parts.uri.path());
}

impl Caller {
    async fn enter(app: &App, claims: Claims) -> Result<Self, ApiError> {
        let id = claims.customer.clone().ok_or(ApiError::NoCustomer)?;
        telemetry::customer_is(id.as_str());
        let customer = app.registry.find(&id).await?.ok_or(ApiError::NoCustomer)?;
        let bucket = app.buckets.of(&customer).await;
        Ok(Self { claims, customer, bucket })
    }
}

/// Fails unless the table gives the route to one of the user's roles.
fn permit(parts: &Parts, claims: &Claims) -> Result<(), ApiError> {
    let path = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
    match needs(&parts.method, path) {
        Some(Needs::Nothing) => Ok(()),
        Some(Needs::Role(role)) if claims.may(role) => Ok(()),
        Some(Needs::Role(role)) => Err(ApiError::Forbidden(role.group())),
        None => Err(ApiError::Forbidden("that nobody has")),
    }
}

/// The token of an `Authorization: Bearer` header.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
