//! Groups: names that go into tokens as `cognito:groups`. All are in `groups.json`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::serde::rfc3339;

use super::admin::OfUser;
use super::error::{Error, OpenError};
use super::page::{Limit, page};
use super::user::epoch_seconds;
use super::{Pool, disk};

pub(super) struct Groups {
    path: PathBuf,
    groups: Mutex<BTreeMap<String, Group>>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Group {
    description: Option<String>,
    precedence: Option<u32>,
    #[serde(with = "rfc3339")]
    created_at: OffsetDateTime,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateGroup {
    group_name: String,
    description: Option<String>,
    precedence: Option<u32>,
    role_arn: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OfGroup {
    group_name: String,
    #[serde(flatten)]
    user: OfUser,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AdminListGroupsForUser {
    #[serde(flatten)]
    user: OfUser,
    #[serde(default)]
    limit: Limit,
    next_token: Option<String>,
}

pub(super) fn create(pool: &Pool, input: CreateGroup, now: OffsetDateTime) -> Result<Value, Error> {
    if input.role_arn.is_some() {
        return Err(Error::InvalidParameter(
            "RoleArn: a group of this pool carries no IAM role".to_owned(),
        ));
    }
    let group =
        Group { description: input.description, precedence: input.precedence, created_at: now };
    if !pool.groups.create(&input.group_name, group.clone())? {
        return Err(Error::GroupExists);
    }
    Ok(json!({"Group": show(pool, &input.group_name, &group)}))
}

pub(super) fn add_user(pool: &Pool, input: OfGroup) -> Result<Value, Error> {
    let user = input.user.find(pool)?;
    pool.groups.expect(&input.group_name)?;
    pool.users.update(user.sub, |user| {
        user.groups.insert(input.group_name);
        Ok(json!({}))
    })
}

pub(super) fn remove_user(pool: &Pool, input: &OfGroup) -> Result<Value, Error> {
    let user = input.user.find(pool)?;
    pool.groups.expect(&input.group_name)?;
    pool.users.update(user.sub, |user| {
        user.groups.remove(&input.group_name);
        Ok(json!({}))
    })
}

pub(super) fn of_user(pool: &Pool, input: &AdminListGroupsForUser) -> Result<Value, Error> {
    let user = input.user.find(pool)?;
    let groups = pool.groups.lock();
    let after = input.next_token.as_deref().unwrap_or_default();
    let known = user
        .groups
        .iter()
        .filter(|name| name.as_str() > after)
        .filter_map(|name| groups.get_key_value(name));
    let (shown, next) = page(known, input.limit, |(name, _)| (*name).clone());
    let shown: Vec<Value> =
        shown.into_iter().map(|(name, group)| show(pool, name, group)).collect();
    Ok(json!({"Groups": shown, "NextToken": next}))
}

impl Groups {
    pub(super) fn open(folder: &Path) -> Result<Self, OpenError> {
        let path = folder.join("groups.json");
        let groups = match disk::read(&path)? {
            Some(content) => serde_json::from_slice(&content)
                .map_err(|source| OpenError::Damaged { path: path.clone(), source })?,
            None => BTreeMap::new(),
        };
        Ok(Self { path, groups: Mutex::new(groups) })
    }

    /// Makes a group without description, unless there is one of that name.
    pub(super) fn create_if_absent(&self, name: &str, now: OffsetDateTime) -> Result<(), Error> {
        self.create(name, Group { description: None, precedence: None, created_at: now })
            .map(|_| ())
    }

    /// Whether the group was made; on the disk when it was.
    fn create(&self, name: &str, group: Group) -> Result<bool, Error> {
        if name.is_empty() || name.len() > 128 || name.contains(char::is_whitespace) {
            return Err(Error::InvalidParameter(
                "GroupName: 1 to 128 characters without spaces".to_owned(),
            ));
        }
        let mut groups = self.lock();
        if groups.contains_key(name) {
            return Ok(false);
        }
        let mut changed = groups.clone();
        changed.insert(name.to_owned(), group);
        disk::replace(&self.path, &serde_json::to_vec_pretty(&changed).map_err(Error::Encoding)?)?;
        *groups = changed;
        Ok(true)
    }

    fn expect(&self, name: &str) -> Result<(), Error> {
        let exists = self.lock().contains_key(name);
        exists.then_some(()).ok_or_else(|| Error::ResourceNotFound("Group not found.".to_owned()))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Group>> {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn show(pool: &Pool, name: &str, group: &Group) -> Value {
    json!({
        "GroupName": name,
        "UserPoolId": pool.settings.pool_id,
        "Description": group.description,
        "Precedence": group.precedence,
        "CreationDate": epoch_seconds(group.created_at),
        "LastModifiedDate": epoch_seconds(group.created_at),
    })
}
