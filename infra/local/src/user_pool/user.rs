//! One user: what is in their file, and how the API shows them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::serde::rfc3339;
use uuid::Uuid;

use super::attributes::{Attribute, Attributes};
use super::error::{Error, WRONG};

/// Sign-ins that are remembered at a time; the oldest is signed out when there is one more.
const SESSIONS_MAX: usize = 1000;

/// A user as stored. Holds hashes only: whoever reads the file can neither sign in nor refresh.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct User {
    pub(super) sub: Uuid,
    /// The e-mail address in lower case.
    pub(super) username: String,
    pub(super) attributes: Attributes,
    pub(super) groups: BTreeSet<String>,
    pub(super) status: Status,
    pub(super) enabled: bool,
    /// PHC string.
    pub(super) password_hash: String,
    /// When a temporary password stops working.
    #[serde(with = "rfc3339::option")]
    pub(super) password_expires_at: Option<OffsetDateTime>,
    #[serde(with = "rfc3339")]
    pub(super) created_at: OffsetDateTime,
    #[serde(with = "rfc3339")]
    pub(super) modified_at: OffsetDateTime,
    pub(super) sessions: Vec<Session>,
}

/// Cognito's states, less those of users who sign themselves up.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Status {
    Confirmed,
    ForceChangePassword,
    ResetRequired,
}

/// One sign-in and the refresh token that it gave.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Session {
    /// In every token of this sign-in.
    pub(super) origin_jti: Uuid,
    pub(super) refresh_sha256: String,
    #[serde(with = "rfc3339")]
    pub(super) auth_time: OffsetDateTime,
    #[serde(with = "rfc3339")]
    pub(super) expires_at: OffsetDateTime,
}

impl User {
    pub(super) fn expect_enabled(&self) -> Result<(), Error> {
        self.enabled.then_some(()).ok_or(Error::NotAuthorized("User is disabled."))
    }

    /// Refuses when the password or its state is no longer the one that was verified.
    pub(super) fn expect_password(&self, hash: &str, status: Status) -> Result<(), Error> {
        let unchanged = self.password_hash == hash && self.status == status;
        unchanged.then_some(()).ok_or(WRONG)
    }

    /// Adds a sign-in, and drops those that have expired or are too many.
    pub(super) fn begin_session(&mut self, session: Session) {
        self.sessions.retain(|earlier| earlier.expires_at > session.auth_time);
        let surplus = (self.sessions.len() + 1).saturating_sub(SESSIONS_MAX);
        self.sessions.drain(..surplus);
        self.sessions.push(session);
    }

    pub(super) fn set_password(
        &mut self,
        hash: String,
        status: Status,
        expires_at: Option<OffsetDateTime>,
    ) {
        self.password_hash = hash;
        self.status = status;
        self.password_expires_at = expires_at;
    }

    /// `sub` first, as Cognito lists them.
    pub(super) fn attribute_list(&self) -> Vec<Attribute> {
        let sub = Attribute { name: "sub".to_owned(), value: self.sub.to_string() };
        let others = self.attributes.iter();
        std::iter::once(sub)
            .chain(
                others.map(|(name, value)| Attribute { name: name.clone(), value: value.clone() }),
            )
            .collect()
    }

    /// The API's `UserType`; `attributes_name` is `Attributes` or `UserAttributes`, by operation.
    pub(super) fn show(&self, attributes_name: &str) -> Value {
        json!({
            "Username": self.username,
            attributes_name: self.attribute_list(),
            "UserCreateDate": epoch_seconds(self.created_at),
            "UserLastModifiedDate": epoch_seconds(self.modified_at),
            "Enabled": self.enabled,
            "UserStatus": self.status,
        })
    }
}

/// A time as the JSON 1.1 protocol has it: seconds since 1970, with milliseconds.
pub(super) fn epoch_seconds(time: OffsetDateTime) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 are exact in 53 bits")]
    let milliseconds = (time.unix_timestamp_nanos() / 1_000_000) as f64;
    milliseconds / 1000.0
}

#[cfg(test)]
mod tests {
    use time::Duration;
    use time::macros::datetime;

    use super::*;

    const START: OffsetDateTime = datetime!(2026-01-02 03:04:05 UTC);

    fn session(minute: i64) -> Session {
        let auth_time = START + Duration::minutes(minute);
        Session {
            origin_jti: Uuid::new_v4(),
            refresh_sha256: minute.to_string(),
            auth_time,
            expires_at: auth_time + Duration::days(30),
        }
    }

    #[test]
    fn sessions_that_expired_or_are_too_many_are_dropped() {
        let mut user = User {
            sub: Uuid::new_v4(),
            username: "ada@example.com".to_owned(),
            attributes: Attributes::new(),
            groups: BTreeSet::new(),
            status: Status::Confirmed,
            enabled: true,
            password_hash: String::new(),
            password_expires_at: None,
            created_at: START,
            modified_at: START,
            sessions: Vec::new(),
        };
        (0..1001).for_each(|minute| user.begin_session(session(minute)));
        assert_eq!(user.sessions.len(), SESSIONS_MAX);
        assert_eq!(user.sessions[0].refresh_sha256, "1", "the oldest goes first");
        user.begin_session(session(30 * 24 * 60 + 500));
        assert_eq!(user.sessions[0].refresh_sha256, "501", "what has expired goes");
    }
}
