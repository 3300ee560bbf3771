//! Who is asking, and what they may do.

use std::fmt;
use std::sync::Arc;

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

/// Everyone who can sign a request.
pub(crate) struct Identities {
    pub(crate) principals: Vec<Principal>,
    pub(crate) sessions: Sessions,
    pub(crate) roles: Roles,
}

/// Who signed a request.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) arn: String,
    /// A right must be in each of them.
    policies: Vec<Policy>,
}

impl Principal {
    /// Someone who may do everything.
    pub fn operator(access_key_id: String, secret_access_key: String) -> Self {
        let arn = format!("arn:aws:iam::{ACCOUNT}:user/operator");
        Self { arn, access_key_id, secret_access_key, policy: Policy::everything() }
    }
}

impl Identities {
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
            (Some(principal), None) => {
                Ok(Caller { arn: principal.arn.clone(), policies: vec![principal.policy.clone()] })
            }
            (None, Some(token)) => {
                self.session_caller(&self.sessions.open(access_key_id, token, now)?)
            }
            _ => Err(SessionError::Invalid),
        }
    }

    fn session_caller(&self, session: &Session) -> Result<Caller, SessionError> {
        let role = (self.roles)(&session.role_arn, &session.tags).ok_or(SessionError::Invalid)?;
        let session_policy = session.policy.as_deref().map(Policy::parse).transpose();
        let session_policy = session_policy.map_err(|_| SessionError::Invalid)?;
        let policies = std::iter::once(role.policy).chain(session_policy).collect();
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
