//! Who is asking, and what they may do.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use time::OffsetDateTime;

use super::policy::{Policy, Request};
use super::session::{Session, SessionError, Sessions, Tags};

/// Account of every ARN on one machine.
pub const ACCOUNT: &str = "000000000000";

/// Someone with permanent credentials.
#[derive(Clone)]
pub struct Principal {
    /// For example `arn:aws:iam::000000000000:user/operator`.
    pub arn: String,
    /// Not starting with `ASIA`, which marks sessions.
    pub access_key_id: String,
    /// Signs requests.
    pub secret_access_key: String,
    /// What they may do.
    pub policy: Policy,
}

/// A role that may be assumed.
#[derive(Debug, Clone)]
pub struct Role {
    /// Bounds every session of the role, whatever its session policy says.
    pub policy: Policy,
    /// When set, AssumeRole must name it.
    pub external_id: Option<String>,
}

/// Finds a role by its ARN, for a session with these tags. Asked at AssumeRole and at each request of a session, so a
/// role that is changed or gone is so for running sessions too. Must not block.
pub type Roles = Arc<dyn Fn(&str, &Tags) -> Option<Role> + Send + Sync>;

/// So many opened sessions are remembered; then none, and it begins anew.
const OPENED_MAX: usize = 1_000;

/// Everyone who can sign a request.
pub(crate) struct Identities {
    principals: Vec<Principal>,
    pub(crate) sessions: Sessions,
    pub(crate) roles: Roles,
    /// By access key id and token. To open one and to read its policy takes as long as to read a small object.
    opened: Mutex<HashMap<(String, String), Arc<Opened>>>,
}

/// What a token said, and its policy as it is used.
struct Opened {
    session: Session,
    policy: Option<Arc<Policy>>,
}

/// Who signed a request.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) arn: String,
    /// A right must be in each of them.
    policies: Vec<Arc<Policy>>,
}

impl Principal {
    /// Someone who may do everything.
    pub fn operator(access_key_id: String, secret_access_key: String) -> Self {
        let arn = format!("arn:aws:iam::{ACCOUNT}:user/operator");
        Self { arn, access_key_id, secret_access_key, policy: Policy::everything() }
    }
}

impl Identities {
    pub(crate) fn new(principals: Vec<Principal>, sessions: Sessions, roles: Roles) -> Self {
        Self { principals, sessions, roles, opened: Mutex::default() }
    }

    /// The secret that signs for `access_key_id`.
    pub(crate) fn secret(&self, access_key_id: &str) -> Option<String> {
        let principal =
            self.principal(access_key_id).map(|principal| principal.secret_access_key.clone());
        principal.or_else(|| self.sessions.secret(access_key_id))
    }

    /// Who `access_key_id` is, once its signature was found to be good.
    pub(crate) fn caller(
        &self,
        access_key_id: &str,
        token: Option<&str>,
        now: OffsetDateTime,
    ) -> Result<Caller, SessionError> {
        match (self.principal(access_key_id), token) {
            (Some(principal), None) => Ok(Caller {
                arn: principal.arn.clone(),
                policies: vec![Arc::new(principal.policy.clone())],
            }),
            (None, Some(token)) => self.session_caller(&*self.open(access_key_id, token, now)?),
            _ => Err(SessionError::Invalid),
        }
    }

    /// Opens a token, or remembers what it said: the same of the same access key id says the same.
    fn open(
        &self,
        access_key_id: &str,
        token: &str,
        now: OffsetDateTime,
    ) -> Result<Arc<Opened>, SessionError> {
        let name = (access_key_id.to_owned(), token.to_owned());
        // A statement of its own: what `if let` looks at stays locked until its end.
        let known = self.opened().get(&name).cloned();
        if let Some(known) = known {
            if !known.session.has_ended(now) {
                return Ok(known);
            }
            self.opened().remove(&name);
        }
        let session = self.sessions.open(access_key_id, token, now)?;
        let policy = session.policy.as_deref().map(Policy::parse).transpose();
        let policy = policy.map_err(|_| SessionError::Invalid)?.map(Arc::new);
        let found = Arc::new(Opened { session, policy });
        let mut opened = self.opened();
        if opened.len() == OPENED_MAX {
            opened.clear();
        }
        opened.insert(name, Arc::clone(&found));
        Ok(found)
    }

    fn opened(&self) -> MutexGuard<'_, HashMap<(String, String), Arc<Opened>>> {
        // Each change of it is one step.
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn session_caller(&self, opened: &Opened) -> Result<Caller, SessionError> {
        let Opened { session, policy } = opened;
        let role = (self.roles)(&session.role_arn, &session.tags).ok_or(SessionError::Invalid)?;
        let policies = std::iter::once(Arc::new(role.policy)).chain(policy.clone()).collect();
        Ok(Caller { arn: assumed_role_arn(&session.role_arn, &session.name), policies })
    }

    fn principal(&self, access_key_id: &str) -> Option<&Principal> {
        self.principals.iter().find(|principal| principal.access_key_id == access_key_id)
    }
}

impl Caller {
    pub(crate) fn allows(&self, request: Request<'_>) -> bool {
        self.policies.iter().all(|policy| policy.allows(request))
    }
}

/// The ARN of a session: `arn:aws:sts::…:assumed-role/ROLE/SESSION`.
pub(crate) fn assumed_role_arn(role_arn: &str, session_name: &str) -> String {
    let role = role_arn.rsplit('/').next().unwrap_or(role_arn);
    format!("arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{session_name}")
}

impl fmt::Debug for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Principal").field("arn", &self.arn).finish_non_exhaustive()
    }
}

impl fmt::Debug for Identities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identities").field("principals", &self.principals).finish_non_exhaustive()
    }
}
