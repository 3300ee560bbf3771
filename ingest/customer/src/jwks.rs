//! The public keys of a user pool, fetched when they are needed and kept through an outage.

use std::{collections::HashMap, sync::Arc, time::Duration};

use jsonwebtoken::{DecodingKey, jwk::JwkSet};
use tokio::sync::RwLock;

use crate::Timestamp;

/// An unknown key id asks the pool at most this often: tokens with invented ids cost it nothing.
const REFETCH_AFTER_MS: i64 = 10_000;
const FETCH_TIMEOUT: Duration = Duration::from_secs(5);

/// The key set behind one address.
#[derive(Clone, Debug)]
pub struct Jwks {
    address: String,
    http: reqwest::Client,
    keys: Arc<RwLock<Keys>>,
}

#[derive(Default)]
struct Keys {
    by_kid: HashMap<String, DecodingKey>,
    asked_at: Option<Timestamp>,
}

/// Why no key can be had.
#[derive(Debug, thiserror::Error)]
pub enum JwksError {
    #[error("the token names key '{0}', which the user pool does not publish")]
    UnknownKey(String),
    #[error("the user pool's keys could not be fetched")]
    Unreachable(#[source] reqwest::Error),
}

impl Jwks {
    /// Keys at `address`, which may differ from the issuer's own (a user pool behind a proxy).
    pub fn new(address: String) -> Self {
        let http = reqwest::Client::builder().timeout(FETCH_TIMEOUT).build().unwrap_or_default();
        Self { address, http, keys: Arc::default() }
    }

    /// The key named `kid`. Fetches the set when it does not know the name and has not asked
    /// lately; known keys need no network, whatever the pool's state.
    pub async fn key(&self, kid: &str, now: Timestamp) -> Result<DecodingKey, JwksError> {
        if let Some(key) = self.keys.read().await.by_kid.get(kid) {
            return Ok(key.clone());
        }
        let mut keys = self.keys.write().await;
        if !keys.by_kid.contains_key(kid) && keys.may_ask(now) {
            keys.asked_at = Some(now);
            keys.by_kid = self.fetch().await.map_err(JwksError::Unreachable)?;
        }
        keys.by_kid.get(kid).cloned().ok_or_else(|| JwksError::UnknownKey(kid.to_owned()))
    }

    async fn fetch(&self) -> Result<HashMap<String, DecodingKey>, reqwest::Error> {
        let response = self.http.get(&self.address).send().await?.error_for_status()?;
        let set: JwkSet = response.json().await?;
        let usable = set.keys.iter().filter_map(|jwk| {
            let kid = jwk.common.key_id.clone()?;
            Some((kid, DecodingKey::from_jwk(jwk).ok()?))
        });
        Ok(usable.collect())
    }
}

impl Keys {
    fn may_ask(&self, now: Timestamp) -> bool {
        self.asked_at.is_none_or(|asked| now.ms() - asked.ms() >= REFETCH_AFTER_MS)
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").field("kids", &self.by_kid.keys()).finish_non_exhaustive()
    }
}
