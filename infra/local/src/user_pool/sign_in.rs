//! Signing in, by password or by refresh token.
//!
//! A name that does not exist is refused as a wrong password is: in the same words, after the same time, and
//! slowed down by the same count.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::error::{Error, WRONG};
use super::token::RefreshToken;
use super::user::{Session, Status, User};
use super::{Pool, attributes, challenge, password, token};

const INVALID: Error = Error::NotAuthorized("Invalid Refresh Token");
const REVOKED: Error = Error::NotAuthorized("Refresh Token has been revoked");

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct InitiateAuth {
    client_id: String,
    auth_flow: String,
    #[serde(default)]
    auth_parameters: HashMap<String, String>,
}

pub(super) fn initiate(
    pool: &Pool,
    input: &InitiateAuth,
    now: OffsetDateTime,
) -> Result<Value, Error> {
    pool.expect_client(&input.client_id)?;
    let parameter = |name| required(&input.auth_parameters, name);
    match input.auth_flow.as_str() {
        "USER_PASSWORD_AUTH" => {
            by_password(pool, parameter("USERNAME")?, parameter("PASSWORD")?, now)
        }
        "REFRESH_TOKEN_AUTH" | "REFRESH_TOKEN" => {
            by_refresh_token(pool, parameter("REFRESH_TOKEN")?, now)
        }
        flow => {
            let told = format!("{flow} flow not enabled for this client");
            Err(Error::InvalidParameter(told))
        }
    }
}

/// The operator's way in, with the operator's name for the password flow.
pub(super) fn admin_initiate(
    pool: &Pool,
    mut input: InitiateAuth,
    now: OffsetDateTime,
) -> Result<Value, Error> {
    if matches!(input.auth_flow.as_str(), "ADMIN_USER_PASSWORD_AUTH" | "ADMIN_NO_SRP_AUTH") {
        "USER_PASSWORD_AUTH".clone_into(&mut input.auth_flow);
    }
    initiate(pool, &input, now)
}

fn by_password(
    pool: &Pool,
    username: &str,
    password: &str,
    now: OffsetDateTime,
) -> Result<Value, Error> {
    let name = attributes::username(username).map_err(|_| WRONG)?;
    pool.attempts.check(&name, now)?;
    let user = pool.users.find_by_email(&name);
    let hash = user.as_ref().map(|user| user.password_hash.as_str());
    if !password::matches(password, hash) {
        pool.attempts.failed(&name, now);
        return Err(WRONG);
    }
    pool.attempts.succeeded(&name);
    let user = user.ok_or(WRONG)?;
    user.expect_enabled()?;
    match user.status {
        Status::Confirmed => begin_session(pool, user.sub, now, |current| {
            current.expect_password(&user.password_hash, Status::Confirmed)
        }),
        Status::ForceChangePassword => challenge::ask(pool, &user, now),
        Status::ResetRequired => Err(Error::PasswordResetRequired),
    }
}

/// Signs a user in, after `change` has agreed to the user as they are now.
pub(super) fn begin_session(
    pool: &Pool,
    sub: Uuid,
    now: OffsetDateTime,
    change: impl FnOnce(&mut User) -> Result<(), Error>,
) -> Result<Value, Error> {
    let refresh = RefreshToken::new(sub)?;
    let session = Session {
        origin_jti: Uuid::new_v4(),
        refresh_sha256: refresh.sha256(),
        auth_time: now,
        expires_at: now + pool.settings.refresh_life,
    };
    let mut result = pool.users.update(sub, |user| {
        user.expect_enabled()?;
        change(user)?;
        user.begin_session(session.clone());
        token::issue(pool, user, &session, now)
    })?;
    result["RefreshToken"] = json!(refresh.text);
    Ok(authenticated(&result))
}

fn by_refresh_token(pool: &Pool, text: &str, now: OffsetDateTime) -> Result<Value, Error> {
    let (user, session) = session_of(pool, text)?;
    user.expect_enabled()?;
    if session.expires_at <= now {
        return Err(Error::NotAuthorized("Refresh Token has expired"));
    }
    Ok(authenticated(&token::issue(pool, &user, &session, now)?))
}

fn session_of(pool: &Pool, text: &str) -> Result<(Arc<User>, Session), Error> {
    let refresh = RefreshToken::parse(text).ok_or(INVALID)?;
    let user = pool.users.get(refresh.sub).ok_or(INVALID)?;
    let sha256 = refresh.sha256();
    let session = user
        .sessions
        .iter()
        .find(|session| session.refresh_sha256 == sha256)
        .cloned()
        .ok_or(REVOKED)?;
    Ok((user, session))
}

fn authenticated(result: &Value) -> Value {
    json!({"AuthenticationResult": result, "ChallengeParameters": {}})
}

pub(super) fn required<'a>(
    parameters: &'a HashMap<String, String>,
    name: &str,
) -> Result<&'a str, Error> {
    let missing = || Error::InvalidParameter(format!("Missing required parameter {name}"));
    parameters.get(name).map(String::as_str).ok_or_else(missing)
}
