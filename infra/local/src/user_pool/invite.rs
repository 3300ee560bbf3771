//! New users. There is no sign-up: the operator invites.

use serde::Deserialize;
use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::attributes::{self, Attribute, Attributes};
use super::error::Error;
use super::user::{Status, User};
use super::{Pool, password};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AdminCreateUser {
    username: String,
    #[serde(default)]
    user_attributes: Vec<Attribute>,
    temporary_password: Option<String>,
    message_action: Option<String>,
}

/// A user with a password of their own, made at start rather than by the API.
pub(super) struct ConfirmedUser {
    pub(super) email: String,
    pub(super) password: String,
    pub(super) attributes: Vec<Attribute>,
    pub(super) groups: Vec<String>,
}

/// Makes a user who has to choose a password. Nothing is mailed: an invitation that nobody could read is refused.
pub(super) fn admin_create(
    pool: &Pool,
    input: AdminCreateUser,
    now: OffsetDateTime,
) -> Result<Value, Error> {
    let silent = match input.message_action.as_deref() {
        None => false,
        Some("SUPPRESS") => true,
        Some("RESEND") => return Err(Error::CodeDeliveryFailure),
        Some(other) => {
            return Err(Error::InvalidParameter(format!(
                "MessageAction {other}: SUPPRESS is the only one here"
            )));
        }
    };
    let temporary = match input.temporary_password {
        Some(password) => password,
        None if silent => password::generate()?,
        None => return Err(Error::CodeDeliveryFailure),
    };
    let mut user = new_user(pool, &input.username, &temporary, input.user_attributes, now)?;
    user.status = Status::ForceChangePassword;
    user.password_expires_at = Some(now + pool.settings.invitation_life);
    Ok(json!({"User": pool.users.create(user)?.show("Attributes")}))
}

/// Whether the user was made; one who exists is left as they are.
pub(super) fn create_confirmed(
    pool: &Pool,
    new: ConfirmedUser,
    now: OffsetDateTime,
) -> Result<bool, Error> {
    if pool.users.find_by_email(&new.email).is_some() {
        return Ok(false);
    }
    let mut user = new_user(pool, &new.email, &new.password, new.attributes, now)?;
    for group in new.groups {
        pool.groups.create_if_absent(&group, now)?;
        user.groups.insert(group);
    }
    match pool.users.create(user) {
        Ok(_) => Ok(true),
        Err(Error::UsernameExists) => Ok(false),
        Err(error) => Err(error),
    }
}

fn new_user(
    pool: &Pool,
    email: &str,
    password: &str,
    given: Vec<Attribute>,
    now: OffsetDateTime,
) -> Result<User, Error> {
    let username = attributes::username(email)?;
    if pool.users.find_by_email(&username).is_some() {
        return Err(Error::UsernameExists);
    }
    let mut known = Attributes::new();
    attributes::change(&mut known, &username, given)?;
    password::check(password)?;
    Ok(User {
        sub: Uuid::new_v4(),
        username,
        attributes: known,
        groups: std::collections::BTreeSet::new(),
        status: Status::Confirmed,
        enabled: true,
        password_hash: password::hash(password)?,
        password_expires_at: None,
        created_at: now,
        modified_at: now,
        sessions: Vec::new(),
    })
}
