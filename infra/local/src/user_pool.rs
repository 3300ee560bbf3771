//! A user pool that speaks Amazon Cognito's protocol, for one machine.
//!
//! Clients are Cognito's own: the AWS SDKs and CLI call it with `X-Amz-Target`, and services verify its RS256
//! tokens against its JWKS. What is acknowledged is on disk: users, groups, the signing key and the hashes of
//! refresh tokens survive `kill -9`. What a restart forgets, on purpose: open new-password challenges (three
//! minutes) and counts of failed sign-ins.
//!
//! A request goes [`UserPool::handle`] → `protocol` (name, signature, JSON) → an operation in `sign_in`, `own`,
//! `invite`, `admin` or `groups` → `users` (one file per user). Everything below `handle` is blocking code, so an
//! operation that has begun runs to its end even when the caller hangs up.

mod admin;
mod attempts;
mod attributes;
mod challenge;
mod disk;
mod error;
mod filter;
mod groups;
mod invite;
mod keys;
mod own;
mod page;
mod password;
mod protocol;
mod settings;
mod sign_in;
mod token;
mod user;
mod users;
mod well_known;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Response};
use time::OffsetDateTime;
use tokio::sync::Semaphore;

use attempts::Attempts;
use attributes::Attribute;
use challenge::Challenges;
pub use error::{Error, OpenError};
use groups::Groups;
use invite::ConfirmedUser;
use keys::SigningKey;
pub use password::generate as generate_password;
pub use settings::Settings;
use users::Users;

/// Operations at a time; each may hold 19 MiB for a password hash.
const OPERATIONS_MAX: usize = 8;

/// The pool. Clones share it.
#[derive(Clone)]
pub struct UserPool {
    pool: Arc<Pool>,
    permits: Arc<Semaphore>,
}

/// What operations work on.
struct Pool {
    settings: Settings,
    key: SigningKey,
    users: Users,
    groups: Groups,
    challenges: Challenges,
    attempts: Attempts,
}

impl UserPool {
    /// Opens the pool in `folder`, which is created with a new signing key when it is empty. Blocking.
    ///
    /// One process at a time may have a folder open; the caller holds the lock on the data folder.
    pub fn open(folder: &Path, settings: Settings) -> Result<Self, OpenError> {
        disk::create_folder(folder)?;
        let pool = Pool {
            key: SigningKey::open(folder)?,
            users: Users::open(folder)?,
            groups: Groups::open(folder)?,
            challenges: Challenges::default(),
            attempts: Attempts::default(),
            settings,
        };
        Ok(Self { pool: Arc::new(pool), permits: Arc::new(Semaphore::new(OPERATIONS_MAX)) })
    }

    /// Answers a call of the Cognito API (`POST /` with `X-Amz-Target`) or a GET of one of the pool's two
    /// well-known documents. The caller bounds the size of the body.
    pub async fn handle(&self, request: Request<Bytes>) -> Response<Bytes> {
        let (parts, body) = request.into_parts();
        if parts.method == Method::GET {
            return well_known::get(&self.pool, parts.uri.path());
        }
        protocol::respond(
            self.run(move |pool, now| protocol::answer(pool, &parts, &body, now)).await,
        )
    }

    /// Makes a confirmed user with a permanent password, unless there is one of that e-mail address, who is left
    /// as they are. Groups that do not exist are made. Returns whether the user was made.
    pub async fn create_user_if_absent(
        &self,
        email: &str,
        password: &str,
        attributes: &[(&str, &str)],
        groups: &[&str],
    ) -> Result<bool, Error> {
        let attribute = |&(name, value): &(&str, &str)| Attribute {
            name: name.to_owned(),
            value: value.to_owned(),
        };
        let new = ConfirmedUser {
            email: email.to_owned(),
            password: password.to_owned(),
            attributes: attributes.iter().map(attribute).collect(),
            groups: groups.iter().map(|&group| group.to_owned()).collect(),
        };
        self.run(move |pool, now| invite::create_confirmed(pool, new, now)).await
    }

    /// Runs an operation on a blocking thread, at most [`OPERATIONS_MAX`] at a time.
    async fn run<T: Send + 'static>(
        &self,
        operation: impl FnOnce(&Pool, OffsetDateTime) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| Error::Stopped)?;
        let pool = Arc::clone(&self.pool);
        let running = tokio::task::spawn_blocking(move || {
            let answer = operation(&pool, OffsetDateTime::now_utc());
            drop(permit);
            answer
        });
        running.await.map_err(|_| Error::Stopped)?
    }
}

impl fmt::Debug for UserPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserPool").field("settings", &self.pool.settings).finish_non_exhaustive()
    }
}

impl Pool {
    fn expect_id(&self, pool_id: &str) -> Result<(), Error> {
        let known = pool_id == self.settings.pool_id;
        known
            .then_some(())
            .ok_or_else(|| Error::ResourceNotFound(format!("User pool {pool_id} does not exist.")))
    }

    fn expect_client(&self, client_id: &str) -> Result<(), Error> {
        let known = client_id == self.settings.client_id;
        known.then_some(()).ok_or_else(|| {
            Error::ResourceNotFound(format!("User pool client {client_id} does not exist."))
        })
    }
}
