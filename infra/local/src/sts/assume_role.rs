//! AssumeRole: its parameters, its refusals, the session it makes.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use super::error::StsError;
use super::identity::{Caller, Identities};
use super::policy::{Policy, Request};
use super::session::{Session, SessionCredentials, Tags};

/// Seconds; the upper bound is also the default. AWS bounds role chaining to an hour, too.
const DURATION: std::ops::RangeInclusive<i64> = 900..=3600;
const POLICY_BYTES_MAX: usize = 2048;
const TAGS_MAX: usize = 50;

/// The parameters of a query request.
pub(super) type Parameters = BTreeMap<String, String>;

/// What the caller asked for, valid in itself.
#[derive(Debug)]
pub(super) struct AssumeRole {
    pub(super) role_arn: String,
    pub(super) session_name: String,
    duration: i64,
    policy: Option<String>,
    tags: Tags,
    external_id: Option<String>,
}

impl AssumeRole {
    pub(super) fn read(parameters: &Parameters) -> Result<Self, StsError> {
        let required =
            |name: &'static str| parameters.get(name).cloned().ok_or(StsError::Missing { name });
        let asked = Self {
            role_arn: required("RoleArn")?,
            session_name: required("RoleSessionName")?,
            duration: duration(parameters.get("DurationSeconds"))?,
            policy: parameters.get("Policy").cloned(),
            tags: tags(parameters)?,
            external_id: parameters.get("ExternalId").cloned(),
        };
        check_name("RoleArn", &asked.role_arn, 20..=2048, ":/")?;
        check_name("RoleSessionName", &asked.session_name, 2..=64, "")?;
        check_policy(asked.policy.as_deref())?;
        Ok(asked)
    }

    /// Issues the session if the caller may, the role exists and its external id was named.
    pub(super) fn issue(
        self,
        identities: &Identities,
        caller: &Caller,
        now: OffsetDateTime,
    ) -> Result<(SessionCredentials, Session), StsError> {
        let role = (identities.roles)(&self.role_arn, &self.tags);
        let trusted = role
            .is_some_and(|role| role.external_id.is_none() || role.external_id == self.external_id);
        if !trusted || !self.allowed_to(caller) {
            return Err(StsError::Denied { caller: caller.arn.clone(), role: self.role_arn });
        }
        let session = Session {
            role_arn: self.role_arn,
            name: self.session_name,
            policy: self.policy,
            tags: self.tags,
            expires: now.unix_timestamp() + self.duration,
        };
        Ok((identities.sessions.issue(&session)?, session))
    }

    fn allowed_to(&self, caller: &Caller) -> bool {
        let may =
            |action| caller.allows(Request { action, resource: &self.role_arn, prefix: None });
        may("sts:AssumeRole") && (self.tags.is_empty() || may("sts:TagSession"))
    }
}

fn duration(asked: Option<&String>) -> Result<i64, StsError> {
    let Some(asked) = asked else {
        return Ok(*DURATION.end());
    };
    let seconds = asked.parse().ok().filter(|seconds| DURATION.contains(seconds));
    seconds.ok_or_else(|| StsError::Duration {
        asked: asked.clone(),
        min: *DURATION.start(),
        max: *DURATION.end(),
    })
}

fn tags(parameters: &Parameters) -> Result<Tags, StsError> {
    let mut tags = Tags::new();
    for number in 1..=TAGS_MAX {
        let member = |field| parameters.get(&format!("Tags.member.{number}.{field}"));
        match (member("Key"), member("Value")) {
            (Some(key), Some(value)) => tags.insert(key.clone(), value.clone()),
            (None, None) => break,
            _ => {
                return Err(StsError::Missing { name: "Tags.member.N.Key and .Value" });
            }
        };
    }
    Ok(tags)
}

/// IAM's characters of names: letters, digits and `_+=,.@-`, and for ARNs two more.
fn check_name(
    name: &'static str,
    value: &str,
    length: std::ops::RangeInclusive<usize>,
    more: &str,
) -> Result<(), StsError> {
    let known = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c) || more.contains(c);
    if length.contains(&value.len()) && value.chars().all(known) {
        Ok(())
    } else {
        Err(StsError::Name { name })
    }
}

fn check_policy(policy: Option<&str>) -> Result<(), StsError> {
    match policy {
        Some(policy) if policy.len() > POLICY_BYTES_MAX => {
            Err(StsError::PolicyTooLarge { bytes_max: POLICY_BYTES_MAX })
        }
        Some(policy) => Ok(Policy::parse(policy).map(drop)?),
        None => Ok(()),
    }
}
