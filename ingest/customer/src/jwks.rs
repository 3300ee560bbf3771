//! The public keys of a user pool, fetched when they are needed and kept through an outage.

use std::{collections::HashMap, sync::Arc, time::Duration};

use jsonwebtoken::{DecodingKey, jwk::JwkSet};
use tokio::sync::{Mutex, RwLock};

use crate::{HttpClient, HttpError, Timestamp};

/// An unknown key id asks the pool at most this often: tokens with invented ids cost it nothing.
const REFETCH_AFTER_MS: i64 = 10_000;
/// A pool that did not answer is asked again after this.
const RETRY_AFTER_MS: i64 = 1_000;
const FETCH_TIMEOUT: Duration = Duration::from_secs(5);

/// The key set behind one address.
#[derive(Clone, Debug)]
pub struct Jwks {
    address: String,
    http: HttpClient,
    keys: Arc<RwLock<Keys>>,
    /// Held while the pool is asked. Who knows the key does not wait for it.
    asked: Arc<Mutex<Asked>>,
}

#[derive(Default)]
struct Keys(HashMap<String, DecodingKey>);

/// What became of the last question to the pool.
#[derive(Clone, Copy, Debug, Default)]
enum Asked {
    #[default]
    Never,
    Answered(Timestamp),
    Failed(Timestamp),
}

/// Why no key can be had.
#[derive(Debug, thiserror::Error)]
pub enum JwksError {
    #[error("the token names key '{0}', which the user pool does not publish")]
    UnknownKey(String),
    #[error("the user pool's keys could not be fetched")]
    Unreachable(#[source] HttpError),
    #[error("what the user pool publishes is no key set")]
    Unreadable(#[source] serde_json::Error),
    /// Not asked again so soon.
    #[error("the user pool's keys could not be fetched a moment ago")]
    WasUnreachable,
}

impl Jwks {
    /// Keys at `address`, which may differ from the issuer's own (a user pool behind a proxy).
    pub fn new(address: String, http: &HttpClient) -> Self {
        Self { address, http: http.clone(), keys: Arc::default(), asked: Arc::default() }
    }

    /// The key named `kid`. Fetches the set when it does not know the name and has not asked
    /// lately; known keys need no network, whatever the pool's state.
    pub async fn key(&self, kid: &str, now: Timestamp) -> Result<DecodingKey, JwksError> {
        if let Some(key) = self.known(kid).await {
            return Ok(key);
        }
        let mut asked = self.asked.lock().await;
        if self.known(kid).await.is_none() && asked.may_ask_again(now) {
            *asked = Asked::Failed(now);
            let keys = self.fetch().await?;
            *self.keys.write().await = Keys(keys);
            *asked = Asked::Answered(now);
        }
        match (self.known(kid).await, *asked) {
            (Some(key), _) => Ok(key),
            (None, Asked::Failed(_)) => Err(JwksError::WasUnreachable),
            (None, _) => Err(JwksError::UnknownKey(kid.to_owned())),
        }
    }

    async fn known(&self, kid: &str) -> Option<DecodingKey> {
        self.keys.read().await.0.get(kid).cloned()
    }

    async fn fetch(&self) -> Result<HashMap<String, DecodingKey>, JwksError> {
        let fetched = self.http.get(&self.address, FETCH_TIMEOUT).await;
        let document = fetched.map_err(JwksError::Unreachable)?;
        let set: JwkSet = serde_json::from_slice(&document).map_err(JwksError::Unreadable)?;
        let usable = set.keys.iter().filter_map(|jwk| {
            let kid = jwk.common.key_id.clone()?;
            Some((kid, DecodingKey::from_jwk(jwk).ok()?))
        });
        Ok(usable.collect())
    }
}

impl Asked {
    fn may_ask_again(self, now: Timestamp) -> bool {
        match self {
            Self::Never => true,
            Self::Answered(at) => now.ms() - at.ms() >= REFETCH_AFTER_MS,
            Self::Failed(at) => now.ms() - at.ms() >= RETRY_AFTER_MS,
        }
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").field("kids", &self.0.keys()).finish_non_exhaustive()
    }
}
