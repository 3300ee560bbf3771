//! Open new-password challenges: who has shown their temporary password may choose a password, once, within
//! three minutes. In memory: after a restart they sign in again.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Deserialize;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::error::Error;
use super::sign_in::{begin_session, required};
use super::user::{Status, User};
use super::{Pool, password};

const LIFE: Duration = Duration::minutes(3);

#[derive(Default)]
pub(super) struct Challenges(Mutex<HashMap<String, Challenge>>);

#[derive(Clone)]
struct Challenge {
    sub: Uuid,
    /// Of the temporary password that was shown; the challenge is void once it is another.
    password_hash: String,
    expires_at: OffsetDateTime,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RespondToAuthChallenge {
    client_id: String,
    challenge_name: String,
    session: Option<String>,
    #[serde(default)]
    challenge_responses: HashMap<String, String>,
}

impl Challenges {
    /// The session to answer with.
    fn begin(&self, user: &User, now: OffsetDateTime) -> Result<String, Error> {
        let session = password::random_text::<32>()?;
        let challenge = Challenge {
            sub: user.sub,
            password_hash: user.password_hash.clone(),
            expires_at: now + LIFE,
        };
        let mut challenges = self.lock();
        challenges.retain(|_, challenge| challenge.expires_at > now);
        challenges.insert(session.clone(), challenge);
        Ok(session)
    }

    fn get(&self, session: &str, now: OffsetDateTime) -> Result<Challenge, Error> {
        let challenge = self.lock().get(session).cloned();
        let challenge = challenge.ok_or(Error::NotAuthorized("Invalid session for the user."))?;
        if challenge.expires_at <= now {
            return Err(Error::NotAuthorized("Invalid session for the user, session is expired."));
        }
        Ok(challenge)
    }

    fn end(&self, session: &str) {
        self.lock().remove(session);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Challenge>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers a right temporary password.
pub(super) fn ask(pool: &Pool, user: &User, now: OffsetDateTime) -> Result<Value, Error> {
    if user.password_expires_at.is_some_and(|end| end <= now) {
        return Err(Error::NotAuthorized(
            "Temporary password has expired and must be reset by an administrator.",
        ));
    }
    Ok(json!({
        "ChallengeName": "NEW_PASSWORD_REQUIRED",
        "Session": pool.challenges.begin(user, now)?,
        "ChallengeParameters": {
            "USER_ID_FOR_SRP": user.username,
            "requiredAttributes": "[]",
            "userAttributes": json!(user.attributes).to_string(),
        },
    }))
}

/// Takes the password that the user chose, which signs them in.
pub(super) fn respond(
    pool: &Pool,
    input: &RespondToAuthChallenge,
    now: OffsetDateTime,
) -> Result<Value, Error> {
    pool.expect_client(&input.client_id)?;
    let session = input.session()?;
    let challenge = pool.challenges.get(session, now)?;
    let user = pool.users.find_by_email(required(&input.challenge_responses, "USERNAME")?);
    if user.is_none_or(|user| user.sub != challenge.sub) {
        return Err(Error::NotAuthorized("Invalid session for the user."));
    }
    let chosen = required(&input.challenge_responses, "NEW_PASSWORD")?;
    password::check(chosen)?;
    let hash = password::hash(chosen)?;
    let answer = begin_session(pool, challenge.sub, now, |user| {
        user.expect_password(&challenge.password_hash, Status::ForceChangePassword)?;
        user.set_password(hash, Status::Confirmed, None);
        user.modified_at = now;
        Ok(())
    })?;
    pool.challenges.end(session);
    Ok(answer)
}

impl RespondToAuthChallenge {
    /// The session, once the rest is what this challenge takes.
    fn session(&self) -> Result<&str, Error> {
        if self.challenge_name != "NEW_PASSWORD_REQUIRED" {
            let told = format!("{}: no such challenge is open", self.challenge_name);
            return Err(Error::InvalidParameter(told));
        }
        if self.challenge_responses.keys().any(|name| name.starts_with("userAttributes.")) {
            return Err(Error::NotAuthorized("A client attempted to write unauthorized attribute"));
        }
        let missing = || Error::InvalidParameter("Missing required parameter Session".to_owned());
        self.session.as_deref().ok_or_else(missing)
    }
}
