//! All users: in memory to be read, one file each to be kept.
//!
//! A change is on the disk before it is in memory, and in memory before it is answered. Changes go one at a
//! time, so of many who create one user exactly one succeeds. Blocking.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

use uuid::Uuid;

use super::disk;
use super::error::{Error, OpenError};
use super::user::User;

pub(super) struct Users {
    folder: PathBuf,
    index: RwLock<Index>,
    writing: Mutex<()>,
}

#[derive(Default)]
struct Index {
    by_sub: BTreeMap<Uuid, Arc<User>>,
    by_username: HashMap<String, Uuid>,
}

impl Users {
    pub(super) fn open(pool_folder: &Path) -> Result<Self, OpenError> {
        let folder = pool_folder.join("users");
        disk::create_folder(&folder)?;
        let mut index = Index::default();
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == disk::UNFINISHED) {
                fs::remove_file(&path)?;
                continue;
            }
            let user = serde_json::from_slice(&fs::read(&path)?)
                .map_err(|source| OpenError::Damaged { path, source })?;
            index.put(user);
        }
        Ok(Self { folder, index: RwLock::new(index), writing: Mutex::new(()) })
    }

    /// By e-mail address, in any case.
    pub(super) fn find_by_email(&self, email: &str) -> Option<Arc<User>> {
        let index = self.read();
        let sub = index.by_username.get(&email.to_lowercase())?;
        index.by_sub.get(sub).cloned()
    }

    pub(super) fn get(&self, sub: Uuid) -> Option<Arc<User>> {
        self.read().by_sub.get(&sub).cloned()
    }

    /// Users in the order of their `sub`, from the one after `after`.
    pub(super) fn list(&self, after: Option<Uuid>) -> Vec<Arc<User>> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.read()
            .by_sub
            .range((from, Bound::Unbounded))
            .map(|(_, user)| Arc::clone(user))
            .collect()
    }

    pub(super) fn create(&self, user: User) -> Result<Arc<User>, Error> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        if self.read().by_username.contains_key(&user.username) {
            return Err(Error::UsernameExists);
        }
        self.store(user)
    }

    /// Lets `change` work on a copy, which replaces the user if it succeeds.
    pub(super) fn update<T>(
        &self,
        sub: Uuid,
        change: impl FnOnce(&mut User) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut user = User::clone(self.get(sub).ok_or(Error::UserNotFound)?.as_ref());
        let answer = change(&mut user)?;
        self.store(user)?;
        Ok(answer)
    }

    pub(super) fn delete(&self, sub: Uuid) -> Result<(), Error> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let user = self.get(sub).ok_or(Error::UserNotFound)?;
        disk::remove(&self.path(sub))?;
        let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
        index.by_sub.remove(&sub);
        index.by_username.remove(&user.username);
        Ok(())
    }

    /// Only under `writing`.
    fn store(&self, user: User) -> Result<Arc<User>, Error> {
        let content = serde_json::to_vec_pretty(&user).map_err(Error::Encoding)?;
        disk::replace(&self.path(user.sub), &content)?;
        Ok(self.index.write().unwrap_or_else(PoisonError::into_inner).put(user))
    }

    fn path(&self, sub: Uuid) -> PathBuf {
        self.folder.join(format!("{sub}.json"))
    }

    fn read(&self) -> RwLockReadGuard<'_, Index> {
        self.index.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Index {
    fn put(&mut self, user: User) -> Arc<User> {
        let user = Arc::new(user);
        self.by_username.insert(user.username.clone(), user.sub);
        self.by_sub.insert(user.sub, Arc::clone(&user));
        user
    }
}
