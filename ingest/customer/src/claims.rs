//! Who is asking: the claims of a verified ID token, and never anything from a URL.

use jsonwebtoken::{Algorithm, Validation};
use serde::Deserialize;

use crate::{CustomerId, Jwks, JwksError, Role, Timestamp};

/// Longer tokens are refused unread. Cognito's own have one to two kilobytes.
const TOKEN_BYTES_MAX: usize = 8_192;
/// How far the clocks of the pool and of this machine may lie apart.
const LEEWAY_SECONDS: i64 = 30;

/// A verified user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// `sub`: the user's name for ever.
    pub subject: String,
    pub email: Option<String>,
    /// `custom:customer`: whose images the user works with. Operators and data scientists may
    /// have none.
    pub customer: Option<CustomerId>,
    pub roles: Vec<Role>,
    pub expires_at: Timestamp,
}

/// Why a token proves nothing. The sentence may be shown; the token never is.
#[derive(Debug, thiserror::Error)]
pub enum ClaimsError {
    #[error("the token is longer than {TOKEN_BYTES_MAX} bytes")]
    TooLong,
    #[error("the token is not signed with RS256 under a named key")]
    Unsigned,
    #[error(transparent)]
    Key(#[from] JwksError),
    #[error("the token's signature, issuer or audience is not this service's user pool")]
    Foreign(#[source] jsonwebtoken::errors::Error),
    #[error("the token is no ID token (token_use must be 'id'): send the id_token of the session")]
    NotAnIdToken,
    #[error("the token has expired: renew the session")]
    Expired,
    #[error("the token is not valid yet")]
    NotYet,
    #[error("the token's custom:customer is no customer's name")]
    BadCustomer(#[from] crate::CustomerIdError),
}

/// The user pool whose tokens count.
#[derive(Clone, Debug)]
pub struct Issuer {
    /// Must equal the token's `iss`.
    pub issuer: String,
    /// The app client's id, which must equal the token's `aud`.
    pub audience: String,
    pub jwks: Jwks,
}

#[derive(Deserialize)]
struct Payload {
    sub: String,
    token_use: String,
    exp: i64,
    iat: i64,
    #[serde(default)]
    nbf: Option<i64>,
    #[serde(default)]
    email: Option<String>,
    #[serde(default, rename = "custom:customer")]
    customer: Option<String>,
    #[serde(default, rename = "cognito:groups")]
    groups: Vec<String>,
}

impl Issuer {
    /// Verifies signature, issuer, audience, use and lifetime of an ID token, in that order.
    pub async fn verify(&self, token: &str, now: Timestamp) -> Result<Claims, ClaimsError> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(ClaimsError::TooLong);
        }
        let header = jsonwebtoken::decode_header(token).map_err(|_| ClaimsError::Unsigned)?;
        let kid =
            header.kid.filter(|_| header.alg == Algorithm::RS256).ok_or(ClaimsError::Unsigned)?;
        let key = self.jwks.key(&kid, now).await?;
        let payload = jsonwebtoken::decode::<Payload>(token, &key, &self.validation())
            .map_err(ClaimsError::Foreign)?
            .claims;
        payload.into_claims(now)
    }

    /// Lifetimes are checked by [`Payload::into_claims`], against the caller's `now`.
    fn validation(&self) -> Validation {
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[&self.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation
    }
}

impl Payload {
    fn into_claims(self, now: Timestamp) -> Result<Claims, ClaimsError> {
        if self.token_use != "id" {
            return Err(ClaimsError::NotAnIdToken);
        }
        if self.exp <= now.seconds() {
            return Err(ClaimsError::Expired);
        }
        if self.nbf.unwrap_or(self.iat) > now.seconds() + LEEWAY_SECONDS {
            return Err(ClaimsError::NotYet);
        }
        Ok(Claims {
            subject: self.sub,
            email: self.email,
            customer: self.customer.map(|customer| customer.parse()).transpose()?,
            roles: self.groups.iter().filter_map(|group| Role::from_group(group)).collect(),
            expires_at: Timestamp::from_ms(self.exp.saturating_mul(1000)),
        })
    }
}

impl Claims {
    /// Whether the user has `role` or one that includes it.
    pub fn may(&self, role: Role) -> bool {
        self.roles.iter().any(|own| own.includes(role))
    }
}
