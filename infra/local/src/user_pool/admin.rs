//! What the operator does with users who exist.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::attributes::{self, Attribute};
use super::error::Error;
use super::filter::Filter;
use super::page::{Limit, page};
use super::user::{Status, User};
use super::{Pool, password};

/// The user that an operation is about, by e-mail address or `sub`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OfUser {
    username: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AdminSetUserPassword {
    #[serde(flatten)]
    user: OfUser,
    password: String,
    #[serde(default)]
    permanent: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AdminUpdateUserAttributes {
    #[serde(flatten)]
    user: OfUser,
    user_attributes: Vec<Attribute>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListUsers {
    attributes_to_get: Option<Vec<String>>,
    #[serde(default)]
    limit: Limit,
    pagination_token: Option<String>,
    filter: Option<String>,
}

impl OfUser {
    pub(super) fn find(&self, pool: &Pool) -> Result<Arc<User>, Error> {
        let by_sub = || pool.users.get(Uuid::parse_str(&self.username).ok()?);
        let user = pool.users.find_by_email(&self.username).or_else(by_sub);
        user.ok_or(Error::UserNotFound)
    }

    /// Applies `change` and marks the user as modified.
    fn change(
        &self,
        pool: &Pool,
        now: OffsetDateTime,
        change: impl FnOnce(&mut User),
    ) -> Result<Value, Error> {
        pool.users.update(self.find(pool)?.sub, |user| {
            change(user);
            user.modified_at = now;
            Ok(json!({}))
        })
    }
}

pub(super) fn get(pool: &Pool, input: &OfUser) -> Result<Value, Error> {
    Ok(input.find(pool)?.show("UserAttributes"))
}

pub(super) fn delete(pool: &Pool, input: &OfUser) -> Result<Value, Error> {
    pool.users.delete(input.find(pool)?.sub).map(|()| json!({}))
}

pub(super) fn enable(pool: &Pool, input: &OfUser, now: OffsetDateTime) -> Result<Value, Error> {
    input.change(pool, now, |user| user.enabled = true)
}

/// Also ends the user's sessions.
pub(super) fn disable(pool: &Pool, input: &OfUser, now: OffsetDateTime) -> Result<Value, Error> {
    input.change(pool, now, |user| {
        user.enabled = false;
        user.sessions.clear();
    })
}

pub(super) fn sign_out_everywhere(
    pool: &Pool,
    input: &OfUser,
    now: OffsetDateTime,
) -> Result<Value, Error> {
    input.change(pool, now, |user| user.sessions.clear())
}

/// The password stops working; no code is sent, so the operator sets the next one.
pub(super) fn reset_password(
    pool: &Pool,
    input: &OfUser,
    now: OffsetDateTime,
) -> Result<Value, Error> {
    input.change(pool, now, |user| user.status = Status::ResetRequired)
}

pub(super) fn set_password(
    pool: &Pool,
    input: &AdminSetUserPassword,
    now: OffsetDateTime,
) -> Result<Value, Error> {
    input.user.find(pool)?;
    password::check(&input.password)?;
    let hash = password::hash(&input.password)?;
    let (status, expires_at) = if input.permanent {
        (Status::Confirmed, None)
    } else {
        (Status::ForceChangePassword, Some(now + pool.settings.invitation_life))
    };
    input.user.change(pool, now, |user| {
        user.set_password(hash, status, expires_at);
    })
}

pub(super) fn update_attributes(
    pool: &Pool,
    input: AdminUpdateUserAttributes,
    now: OffsetDateTime,
) -> Result<Value, Error> {
    pool.users.update(input.user.find(pool)?.sub, |user| {
        attributes::change(&mut user.attributes, &user.username, input.user_attributes)?;
        user.modified_at = now;
        Ok(json!({}))
    })
}

pub(super) fn list(pool: &Pool, input: &ListUsers) -> Result<Value, Error> {
    let filter = input.filter.as_deref().map(Filter::parse).transpose()?.flatten();
    let after = input.pagination_token.as_deref().map(Uuid::parse_str).transpose();
    let after =
        after.map_err(|_| Error::InvalidParameter("Invalid pagination token".to_owned()))?;
    let users = pool
        .users
        .list(after)
        .into_iter()
        .filter(|user| filter.as_ref().is_none_or(|filter| filter.matches(user)));
    let (shown, next) = page(users, input.limit, |user| user.sub.to_string());
    let shown: Vec<Value> =
        shown.iter().map(|user| show(user, input.attributes_to_get.as_deref())).collect();
    Ok(json!({"Users": shown, "PaginationToken": next}))
}

fn show(user: &User, wanted: Option<&[String]>) -> Value {
    let mut shown = user.show("Attributes");
    if let Some(wanted) = wanted {
        let mut attributes = user.attribute_list();
        attributes.retain(|attribute| wanted.contains(&attribute.name));
        shown["Attributes"] = json!(attributes);
    }
    shown
}

pub(super) fn describe(pool: &Pool) -> Value {
    json!({"UserPool": {
        "Id": pool.settings.pool_id,
        "Name": pool.settings.pool_id,
        "EstimatedNumberOfUsers": pool.users.list(None).len(),
        "MfaConfiguration": "OFF",
        "UsernameConfiguration": {"CaseSensitive": false},
        "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": true},
        "Policies": {"PasswordPolicy": password::policy(pool.settings.invitation_life)},
    }})
}
