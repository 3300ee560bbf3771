//! What the operator decides about the pool.

use time::Duration;

use crate::sigv4::AccessKey;

/// The pool's names, its operator's key and how long its tokens live.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `{region}_{letters and digits}`, as Cognito's: the region is what SDKs sign for.
    pub pool_id: String,
    /// The one app client, without a secret; the audience of ID tokens.
    pub client_id: String,
    /// `iss` of every token, without a slash at its end. The JWKS is at `{issuer}/.well-known/jwks.json`.
    pub issuer: String,
    /// Who may call the administrative operations.
    pub operator: AccessKey,
    /// Life of ID and access tokens.
    pub token_life: Duration,
    /// Life of refresh tokens, from sign-in.
    pub refresh_life: Duration,
    /// How long an invited user may take to sign in with their temporary password.
    pub invitation_life: Duration,
}

impl Settings {
    /// Cognito's default lifetimes: one hour, 30 days, 7 days.
    pub fn new(pool_id: &str, client_id: &str, issuer: &str, operator: AccessKey) -> Self {
        Self {
            pool_id: pool_id.to_owned(),
            client_id: client_id.to_owned(),
            issuer: issuer.trim_end_matches('/').to_owned(),
            operator,
            token_life: Duration::HOUR,
            refresh_life: Duration::days(30),
            invitation_life: Duration::days(7),
        }
    }
}
