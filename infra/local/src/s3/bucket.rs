//! A bucket on disk: object files under hashed names, and their index in memory.
//!
//! ```text
//! <bucket>/objects/<first byte of SHA-256 of the key>/<the other 31>    see `object`
//! <bucket>/uploads/<upload id>/                                         see `upload`
//! ```
//!
//! A key is never a path, so every key of at most 1,024 bytes works: `a` beside `a/b`, `../x`, segments of 900 bytes.
//! The index is made from the descriptions in the files when the bucket is opened, and only changed after a change on
//! disk is durable; writers of one key wait for each other, so file and index change in the same order.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::thread;

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;
use s3s::{S3Result, s3_error};

use super::broken;
use super::condition::WriteCondition;
use super::list::{Entry, Index, Page, Query, page};
use super::object::Object;
use super::temp::{Temp, sync_parent};

const LOCKS: usize = 64;
/// Threads that read descriptions when a bucket is opened.
const READERS: usize = 16;

#[derive(Debug)]
pub(super) struct Bucket {
    pub(super) name: String,
    /// Milliseconds since 1970.
    pub(super) created_ms: i64,
    folder: PathBuf,
    index: RwLock<Index>,
    /// Whether a file was too damaged to tell its key, when the bucket was opened.
    is_damaged: bool,
    /// A key's lock is chosen by its hash.
    locks: [Mutex<()>; LOCKS],
    /// False once the bucket was deleted; a change holds it for reading.
    alive: RwLock<bool>,
}

/// Makes the folders of a new bucket.
pub(super) fn lay_out(folder: &Path) -> io::Result<()> {
    let objects = folder.join("objects");
    fs::create_dir_all(folder.join("uploads"))?;
    for first in 0..=u8::MAX {
        fs::create_dir_all(objects.join(HEXLOWER.encode(&[first])))?;
    }
    File::open(&objects)?.sync_all()?;
    File::open(folder)?.sync_all()
}

impl Bucket {
    /// Reads the description of every object: about one open and one read each.
    pub(super) fn open(name: String, folder: PathBuf) -> io::Result<Self> {
        let metadata = fs::metadata(&folder)?;
        let created = metadata.created().or_else(|_| metadata.modified())?;
        let created_ms = time::OffsetDateTime::from(created).unix_timestamp_nanos() / 1_000_000;
        let (index, is_damaged) = read_index(&folder.join("objects"))?;
        Ok(Self {
            name,
            created_ms: i64::try_from(created_ms).map_err(io::Error::other)?,
            index: RwLock::new(index),
            is_damaged,
            folder,
            locks: [const { Mutex::new(()) }; LOCKS],
            alive: RwLock::new(true),
        })
    }

    pub(super) fn uploads(&self) -> PathBuf {
        self.folder.join("uploads")
    }

    pub(super) fn page(&self, query: Query<'_>) -> Page {
        page(&read(&self.index), query)
    }

    /// Whether there is nothing under the key, as far as can be told without the disk.
    pub(super) fn surely_lacks(&self, key: &str) -> bool {
        !self.is_damaged && !read(&self.index).contains_key(key)
    }

    /// Opens the object as it is now; later changes of the key do not touch what was opened.
    pub(super) fn get(&self, key: &str) -> S3Result<(Object, File)> {
        let file = match File::open(self.path(&hash(key))) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(s3_error!(NoSuchKey));
            }
            opened => opened.map_err(broken)?,
        };
        Ok((Object::read_from(&file).map_err(broken)?, file))
    }

    /// Ends `temp`, which holds the body, and puts it under the key. Durable when this returns.
    pub(super) fn put(
        &self,
        object: &Object,
        mut temp: Temp,
        condition: &WriteCondition,
    ) -> S3Result {
        temp.end_with(object).map_err(broken)?;
        let durable = temp.sync().map_err(broken)?;
        let hash = hash(&object.key);
        let _alive = self.alive()?;
        let _writer = self.lock(&hash);
        condition.check(self.etag(&object.key).as_deref())?;
        let path = self.path(&hash);
        let named = if *condition == WriteCondition::Absent {
            durable.create(&path)
        } else {
            durable.replace(&path)
        };
        match named {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                self.adopt(&path).map_err(broken)?;
                return Err(s3_error!(PreconditionFailed));
            }
            named => named.map_err(broken)?,
        }
        write(&self.index).insert(object.key.clone(), entry(object));
        Ok(())
    }

    /// Takes in what has a name and is not known: what was put while the disk was full or failed, and not acknowledged.
    fn adopt(&self, path: &Path) -> io::Result<()> {
        let object = Object::read_from(&File::open(path)?)?;
        sync_parent(path)?;
        let entry = entry(&object);
        write(&self.index).insert(object.key, entry);
        Ok(())
    }

    /// Deleting what is not there succeeds, unless a condition was given.
    pub(super) fn delete(&self, key: &str, condition: &WriteCondition) -> S3Result {
        let hash = hash(key);
        let _alive = self.alive()?;
        let _writer = self.lock(&hash);
        let current = self.etag(key);
        condition.check(current.as_deref())?;
        if current.is_some() {
            remove(&self.path(&hash)).map_err(broken)?;
            write(&self.index).remove(key);
        }
        Ok(())
    }

    /// Ends the bucket if it is empty: `unlink` takes its folder away while nothing can be put into it.
    pub(super) fn end(&self, unlink: impl FnOnce(&Path) -> io::Result<()>) -> S3Result {
        let mut alive = write(&self.alive);
        if !*alive {
            return Err(s3_error!(NoSuchBucket));
        }
        if !read(&self.index).is_empty() {
            return Err(s3_error!(BucketNotEmpty));
        }
        unlink(&self.folder).map_err(broken)?;
        *alive = false;
        Ok(())
    }

    fn alive(&self) -> S3Result<RwLockReadGuard<'_, bool>> {
        let alive = read(&self.alive);
        if *alive { Ok(alive) } else { Err(s3_error!(NoSuchBucket)) }
    }

    fn etag(&self, key: &str) -> Option<Box<str>> {
        read(&self.index).get(key).map(|entry| entry.etag.clone())
    }

    fn lock(&self, hash: &[u8]) -> MutexGuard<'_, ()> {
        let lock = &self.locks[usize::from(hash[0]) % LOCKS];
        lock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn path(&self, hash: &[u8]) -> PathBuf {
        let (first, rest) = hash.split_at(1);
        self.folder.join("objects").join(HEXLOWER.encode(first)).join(HEXLOWER.encode(rest))
    }
}

fn entry(object: &Object) -> Entry {
    Entry { size: object.size, etag: object.etag.as_str().into(), modified_ms: object.modified_ms }
}

/// Removes an object's file, durably. One that is not there any more was removed when the disk failed.
fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => sync_parent(path),
    }
}

fn hash(key: &str) -> Vec<u8> {
    digest(&SHA256, key.as_bytes()).as_ref().to_vec()
}

/// The index, and whether a file was damaged. Waits for the disk, not the processor, when the files are not in memory: so
/// several readers at once.
fn read_index(objects: &Path) -> io::Result<(Index, bool)> {
    let folders: Vec<PathBuf> =
        fs::read_dir(objects)?.map(|folder| Ok(folder?.path())).collect::<io::Result<_>>()?;
    let each = folders.len().div_ceil(READERS).max(1);
    thread::scope(|scope| {
        let readers: Vec<_> =
            folders.chunks(each).map(|folders| scope.spawn(|| read_folders(folders))).collect();
        let (mut index, mut is_damaged) = (Index::new(), false);
        for reader in readers {
            let read = reader.join();
            let (mut part, has_damaged) =
                read.map_err(|_| io::Error::other("a reader of the index panicked"))??;
            index.append(&mut part);
            is_damaged |= has_damaged;
        }
        Ok((index, is_damaged))
    })
}

fn read_folders(folders: &[PathBuf]) -> io::Result<(Index, bool)> {
    let (mut index, mut is_damaged) = (Index::new(), false);
    for folder in folders {
        for file in fs::read_dir(folder)? {
            let path = file?.path();
            match File::open(&path).and_then(|file| Object::read_from(&file)) {
                Ok(object) => {
                    let entry = entry(&object);
                    index.insert(object.key, entry);
                }
                Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                    tracing::error!(path = %path.display(), %error, "left out of the bucket: damaged file");
                    is_damaged = true;
                }
                Err(error) => return Err(error),
            }
        }
    }
    Ok((index, is_damaged))
}

// A panic while a lock is held leaves the map whole: every change to it is one call.
fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object() -> Object {
        Object {
            key: "a".to_owned(),
            size: 0,
            etag: "e".to_owned(),
            modified_ms: 1,
            checksum: None,
            headers: super::super::object::Headers::default(),
        }
    }

    /// Two of one folder: the index of neither has what the other does, as after a disk that failed at the end.
    fn pair(folder: &Path) -> [Bucket; 2] {
        lay_out(&folder.join("bucket")).unwrap();
        ["bucket"; 2].map(|name| Bucket::open(name.to_owned(), folder.join(name)).unwrap())
    }

    fn put(bucket: &Bucket, folder: &Path) -> S3Result {
        bucket.put(&object(), Temp::create_in(folder).unwrap(), &WriteCondition::Absent)
    }

    #[test]
    fn what_has_a_name_and_was_not_acknowledged_is_found_by_who_puts_it_again() {
        let folder = tempfile::tempdir().unwrap();
        let [unaware, aware] = pair(folder.path());
        put(&aware, folder.path()).unwrap();
        assert!(unaware.surely_lacks("a"));
        let refused = put(&unaware, folder.path()).unwrap_err();
        assert_eq!(refused.code().as_str(), "PreconditionFailed");
        assert!(!unaware.surely_lacks("a"));
        assert_eq!(unaware.get("a").unwrap().0, object());
    }

    #[test]
    fn what_was_removed_and_is_still_listed_can_be_deleted_again() {
        let folder = tempfile::tempdir().unwrap();
        let [unaware, aware] = pair(folder.path());
        put(&aware, folder.path()).unwrap();
        assert!(put(&unaware, folder.path()).is_err(), "now both know it");
        aware.delete("a", &WriteCondition::Always).unwrap();
        assert!(!unaware.surely_lacks("a"));
        unaware.delete("a", &WriteCondition::Always).unwrap();
        assert!(unaware.surely_lacks("a"));
    }
}
