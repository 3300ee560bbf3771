//! Temporary credentials that say themselves what they are good for, so that STS writes nothing down.
//!
//! The session token is the session, sealed with AES-256-GCM-SIV; the secret key is an HMAC of the access key id. Both
//! keys come from one sealing key in the data folder, so a session outlives a restart and ends with its time. Who holds
//! the secret but not the token, or a token of other credentials, has nothing.

use std::collections::BTreeMap;

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hmac::{self, HMAC_SHA256};
use aws_lc_rs::rand;
use data_encoding::{BASE32_NOPAD, BASE64, BASE64URL_NOPAD};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use time::OffsetDateTime;

/// AWS's mark of a temporary access key id.
const TEMPORARY: &str = "ASIA";

/// Names and values that AssumeRole attached to a session.
pub type Tags = BTreeMap<String, String>;

/// What a session token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The role that was assumed.
    pub role_arn: String,
    /// RoleSessionName.
    pub name: String,
    /// The session policy as it was given.
    pub policy: Option<String>,
    /// Session tags.
    pub tags: Tags,
    /// Seconds since 1970; from then on the session is refused.
    pub expires: i64,
}

impl Session {
    pub(crate) fn has_ended(&self, now: OffsetDateTime) -> bool {
        now.unix_timestamp() >= self.expires
    }
}

/// What AssumeRole hands out.
#[derive(Clone)]
pub struct SessionCredentials {
    /// Starts with `ASIA`.
    pub access_key_id: String,
    /// Signs requests.
    pub secret_access_key: String,
    /// Goes with every request.
    pub session_token: String,
}

/// Why credentials with a token are not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SessionError {
    /// Not sealed here, changed, or of other credentials.
    #[error("The security token included in the request is invalid")]
    Invalid,
    /// Was good until its time.
    #[error("The provided token has expired")]
    Expired,
}

/// Issues sessions and knows them again.
pub struct Sessions {
    tokens: RandomizedNonceKey,
    secrets: hmac::Key,
}

impl Sessions {
    /// All keys are derived from `sealing_key`; whoever has it can issue any session.
    pub fn new(sealing_key: &[u8; 32]) -> Result<Self, Unspecified> {
        let root = hmac::Key::new(HMAC_SHA256, sealing_key);
        let derive = |purpose: &[u8]| hmac::sign(&root, purpose);
        Ok(Self {
            tokens: RandomizedNonceKey::new(&AES_256_GCM_SIV, derive(b"session tokens").as_ref())?,
            secrets: hmac::Key::new(HMAC_SHA256, derive(b"session secrets").as_ref()),
        })
    }

    /// Credentials for the session, until its end.
    pub fn issue(&self, session: &Session) -> Result<SessionCredentials, Unspecified> {
        let mut id = [0; 10];
        rand::fill(&mut id)?;
        let access_key_id = format!("{TEMPORARY}{}", BASE32_NOPAD.encode(&id));
        let mut sealed = serde_json::to_vec(session).map_err(|_| Unspecified)?;
        let nonce = self.tokens.seal_in_place_append_tag(Aad::from(&access_key_id), &mut sealed)?;
        let token = [nonce.as_ref().as_slice(), &sealed].concat();
        let secret_access_key = self.derive_secret(&access_key_id);
        Ok(SessionCredentials {
            access_key_id,
            secret_access_key,
            session_token: BASE64URL_NOPAD.encode(&token),
        })
    }

    /// The secret of a temporary access key id, whether or not it was ever issued: the token proves that.
    pub fn secret(&self, access_key_id: &str) -> Option<String> {
        access_key_id.starts_with(TEMPORARY).then(|| self.derive_secret(access_key_id))
    }

    /// Opens the token that came with `access_key_id`.
    pub fn open(
        &self,
        access_key_id: &str,
        token: &str,
        now: OffsetDateTime,
    ) -> Result<Session, SessionError> {
        let session = self.unseal(access_key_id, token).ok_or(SessionError::Invalid)?;
        if session.has_ended(now) { Err(SessionError::Expired) } else { Ok(session) }
    }

    fn unseal(&self, access_key_id: &str, token: &str) -> Option<Session> {
        let mut token = BASE64URL_NOPAD.decode(token.as_bytes()).ok()?;
        let (nonce, sealed) = token.split_first_chunk_mut::<NONCE_LEN>()?;
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let session = self.tokens.open_in_place(nonce, Aad::from(access_key_id), sealed).ok()?;
        serde_json::from_slice(session).ok()
    }

    fn derive_secret(&self, access_key_id: &str) -> String {
        BASE64.encode(&hmac::sign(&self.secrets, access_key_id.as_bytes()).as_ref()[..30])
    }
}

impl std::fmt::Debug for Sessions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sessions").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for SessionCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionCredentials")
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(seconds).unwrap()
    }

    fn session() -> Session {
        Session {
            role_arn: "arn:aws:iam::000000000000:role/customer".to_owned(),
            name: "test".to_owned(),
            policy: Some("{}".to_owned()),
            tags: Tags::from([("customer".to_owned(), "acme".to_owned())]),
            expires: 1_000,
        }
    }

    #[test]
    fn a_session_is_known_again_by_the_same_sealing_key_until_its_end() {
        let issued = Sessions::new(&[7; 32]).unwrap().issue(&session()).unwrap();
        let after_restart = Sessions::new(&[7; 32]).unwrap();
        assert_eq!(
            after_restart.secret(&issued.access_key_id),
            Some(issued.secret_access_key.clone())
        );
        let open =
            |seconds| after_restart.open(&issued.access_key_id, &issued.session_token, at(seconds));
        assert_eq!(open(999), Ok(session()));
        assert_eq!(open(1_000), Err(SessionError::Expired));
        let other = Sessions::new(&[8; 32]).unwrap();
        assert_eq!(
            other.open(&issued.access_key_id, &issued.session_token, at(0)),
            Err(SessionError::Invalid)
        );
        assert_ne!(other.secret(&issued.access_key_id), Some(issued.secret_access_key));
    }

    #[test]
    fn a_changed_or_exchanged_token_is_invalid() {
        let sessions = Sessions::new(&[7; 32]).unwrap();
        let (one, two) = (sessions.issue(&session()).unwrap(), sessions.issue(&session()).unwrap());
        assert_eq!(
            sessions.open(&one.access_key_id, &two.session_token, at(0)),
            Err(SessionError::Invalid)
        );
        let bytes = BASE64URL_NOPAD.decode(one.session_token.as_bytes()).unwrap();
        for position in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[position] ^= 1;
            let token = BASE64URL_NOPAD.encode(&changed);
            assert_eq!(
                sessions.open(&one.access_key_id, &token, at(0)),
                Err(SessionError::Invalid),
                "byte {position}"
            );
        }
        for token in ["", "a", "AAAA", "!"] {
            assert_eq!(
                sessions.open(&one.access_key_id, token, at(0)),
                Err(SessionError::Invalid),
                "{token:?}"
            );
        }
    }

    #[test]
    fn only_temporary_ids_have_a_derived_secret() {
        assert_eq!(Sessions::new(&[7; 32]).unwrap().secret("AKIAEXAMPLE"), None);
    }
}
