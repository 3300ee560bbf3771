//! Tokens: ID and access tokens with the claims that Cognito puts into them, and opaque refresh tokens.
//!
//! Claims: "Using the ID token" and "Using the access token" in the Amazon Cognito developer guide.

use std::collections::{BTreeMap, BTreeSet};

use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, Header, Validation};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::Pool;
use super::error::Error;
use super::user::{Session, User};
use crate::sigv4::sha256_hex;

#[derive(Serialize)]
struct Claims<'a> {
    sub: Uuid,
    iss: &'a str,
    #[serde(rename = "cognito:groups", skip_serializing_if = "BTreeSet::is_empty")]
    groups: &'a BTreeSet<String>,
    origin_jti: Uuid,
    event_id: Uuid,
    token_use: &'static str,
    auth_time: i64,
    iat: i64,
    exp: i64,
    jti: Uuid,
    #[serde(flatten)]
    own: BTreeMap<&'a str, Value>,
}

/// What an access token proves, once verified.
#[derive(Deserialize)]
pub(super) struct AccessClaims {
    pub(super) sub: Uuid,
    pub(super) origin_jti: Uuid,
    token_use: String,
    client_id: String,
    exp: i64,
}

/// The API's `AuthenticationResultType`, without a refresh token.
pub(super) fn issue(
    pool: &Pool,
    user: &User,
    session: &Session,
    now: OffsetDateTime,
) -> Result<Value, Error> {
    Ok(json!({
        "AccessToken": sign(pool, &claims(pool, user, session, now, "access", access_claims(pool, user)))?,
        "IdToken": sign(pool, &claims(pool, user, session, now, "id", id_claims(pool, user)))?,
        "TokenType": "Bearer",
        "ExpiresIn": pool.settings.token_life.whole_seconds(),
    }))
}

fn claims<'a>(
    pool: &'a Pool,
    user: &'a User,
    session: &Session,
    now: OffsetDateTime,
    token_use: &'static str,
    own: BTreeMap<&'a str, Value>,
) -> Claims<'a> {
    Claims {
        sub: user.sub,
        iss: &pool.settings.issuer,
        groups: &user.groups,
        origin_jti: session.origin_jti,
        event_id: Uuid::new_v4(),
        token_use,
        auth_time: session.auth_time.unix_timestamp(),
        iat: now.unix_timestamp(),
        exp: (now + pool.settings.token_life).unix_timestamp(),
        jti: Uuid::new_v4(),
        own,
    }
}

fn access_claims<'a>(pool: &'a Pool, user: &'a User) -> BTreeMap<&'a str, Value> {
    BTreeMap::from([
        ("client_id", json!(pool.settings.client_id)),
        ("scope", json!("aws.cognito.signin.user.admin")),
        ("username", json!(user.username)),
    ])
}

fn id_claims<'a>(pool: &'a Pool, user: &'a User) -> BTreeMap<&'a str, Value> {
    let attribute = |(name, value): (&'a String, &String)| match name.as_str() {
        name @ ("email_verified" | "phone_number_verified") => (name, json!(value == "true")),
        name => (name, json!(value)),
    };
    let mut claims: BTreeMap<&str, Value> = user.attributes.iter().map(attribute).collect();
    claims.insert("aud", json!(pool.settings.client_id));
    claims.insert("cognito:username", json!(user.username));
    claims
}

fn sign(pool: &Pool, claims: &Claims<'_>) -> Result<String, Error> {
    let header =
        Header { typ: None, kid: Some(pool.key.kid.clone()), ..Header::new(Algorithm::RS256) };
    jsonwebtoken::encode(&header, claims, &pool.key.private)
        .map_err(|_| Error::Cryptography("sign a token"))
}

/// Accepts an access token of this pool that has not expired. Whether its session still lives is the caller's
/// to check.
pub(super) fn verify_access(
    pool: &Pool,
    token: &str,
    now: OffsetDateTime,
) -> Result<AccessClaims, Error> {
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_issuer(&[&pool.settings.issuer]);
    validation.validate_aud = false;
    validation.validate_exp = false;
    let claims = jsonwebtoken::decode::<AccessClaims>(token, &pool.key.public, &validation)
        .map_err(|_| Error::NotAuthorized("Invalid Access Token"))?
        .claims;
    if claims.token_use != "access" || claims.client_id != pool.settings.client_id {
        return Err(Error::NotAuthorized("Invalid Access Token"));
    }
    if claims.exp <= now.unix_timestamp() {
        return Err(Error::NotAuthorized("Access Token has expired"));
    }
    Ok(claims)
}

/// A refresh token: who it is for, and 256 random bits of which the pool keeps the hash only.
pub(super) struct RefreshToken {
    pub(super) sub: Uuid,
    pub(super) text: String,
}

impl RefreshToken {
    pub(super) fn new(sub: Uuid) -> Result<Self, Error> {
        let mut bytes = [0; 48];
        bytes[..16].copy_from_slice(sub.as_bytes());
        SystemRandom::new()
            .fill(&mut bytes[16..])
            .map_err(|_| Error::Cryptography("draw random bytes"))?;
        Ok(Self { sub, text: BASE64URL_NOPAD.encode(&bytes) })
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let bytes =
            BASE64URL_NOPAD.decode(text.as_bytes()).ok().filter(|bytes| bytes.len() == 48)?;
        Some(Self { sub: Uuid::from_slice(bytes.get(..16)?).ok()?, text: text.to_owned() })
    }

    pub(super) fn sha256(&self) -> String {
        sha256_hex(self.text.as_bytes())
    }
}
