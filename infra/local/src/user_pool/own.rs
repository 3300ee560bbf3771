//! What users do with their own tokens: see themselves, sign out everywhere, give one refresh token back.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::Pool;
use super::error::Error;
use super::token::{self, RefreshToken};
use super::user::User;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct WithAccessToken {
    access_token: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RevokeToken {
    token: String,
    client_id: String,
}

pub(super) fn get(
    pool: &Pool,
    input: &WithAccessToken,
    now: OffsetDateTime,
) -> Result<Value, Error> {
    let user = signed_in(pool, &input.access_token, now)?;
    Ok(json!({"Username": user.username, "UserAttributes": user.attribute_list()}))
}

/// Ends every session: refresh tokens stop working, and access tokens stop working here. Services that verify
/// tokens by the JWKS alone accept those that they have until they expire.
pub(super) fn sign_out_everywhere(
    pool: &Pool,
    input: &WithAccessToken,
    now: OffsetDateTime,
) -> Result<Value, Error> {
    let user = signed_in(pool, &input.access_token, now)?;
    pool.users.update(user.sub, |user| {
        user.sessions.clear();
        Ok(json!({}))
    })
}

/// Ends the session of a refresh token. One that is unknown is as good as revoked (RFC 7009 section 2.2).
pub(super) fn revoke(pool: &Pool, input: &RevokeToken) -> Result<Value, Error> {
    pool.expect_client(&input.client_id)?;
    let refresh = RefreshToken::parse(&input.token).ok_or(Error::UnsupportedTokenType)?;
    let sha256 = refresh.sha256();
    let ended = pool.users.update(refresh.sub, |user| {
        user.sessions.retain(|session| session.refresh_sha256 != sha256);
        Ok(())
    });
    match ended {
        Ok(()) | Err(Error::UserNotFound) => Ok(json!({})),
        Err(error) => Err(error),
    }
}

/// The user of an access token whose session has not been ended.
fn signed_in(pool: &Pool, access_token: &str, now: OffsetDateTime) -> Result<Arc<User>, Error> {
    let claims = token::verify_access(pool, access_token, now)?;
    let user = pool.users.get(claims.sub).ok_or(Error::UserNotFound)?;
    user.expect_enabled()?;
    if !user.sessions.iter().any(|session| session.origin_jti == claims.origin_jti) {
        return Err(Error::NotAuthorized("Access Token has been revoked"));
    }
    Ok(user)
}
