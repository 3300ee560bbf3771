//! All buckets of one data folder.
//!
//! ```text
//! buckets/<bucket>/    see `bucket`
//! temp/                what is being written; emptied at start
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock, RwLockWriteGuard};

use s3s::{S3Result, s3_error};
use tokio::sync::mpsc::UnboundedSender;
use uuid::Uuid;

use super::ObjectCreated;
use super::broken;
use super::bucket::{Bucket, lay_out};
use super::created::Reason;
use super::object::Object;
use super::temp::{Temp, sweep, sync_parent};

type Buckets = BTreeMap<String, Arc<Bucket>>;

#[derive(Debug)]
pub(super) struct Store {
    root: PathBuf,
    pub(super) region: String,
    buckets: RwLock<Buckets>,
    created: UnboundedSender<ObjectCreated>,
}

impl Store {
    /// Opens every bucket. Only one process may have a data folder open; the caller holds its lock.
    pub(super) fn open(
        root: PathBuf,
        region: String,
        created: UnboundedSender<ObjectCreated>,
    ) -> io::Result<Self> {
        sweep(&root.join("temp"))?;
        let folder = root.join("buckets");
        fs::create_dir_all(&folder)?;
        let mut buckets = Buckets::new();
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let name = entry
                .file_name()
                .into_string()
                .map_err(|name| io::Error::other(format!("{} is not a bucket", name.display())))?;
            buckets.insert(name.clone(), Arc::new(Bucket::open(name, entry.path())?));
        }
        Ok(Self { root, region, buckets: RwLock::new(buckets), created })
    }

    pub(super) fn bucket(&self, name: &str) -> S3Result<Arc<Bucket>> {
        let buckets = self.buckets.read().unwrap_or_else(PoisonError::into_inner);
        buckets.get(name).cloned().ok_or_else(|| s3_error!(NoSuchBucket))
    }

    /// In the order of their names.
    pub(super) fn buckets(&self) -> Vec<Arc<Bucket>> {
        self.buckets.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// The caller has checked the name: s3s routes only valid bucket names here.
    pub(super) fn create_bucket(&self, name: &str) -> S3Result {
        if self.bucket(name).is_ok() {
            return Err(s3_error!(BucketAlreadyOwnedByYou));
        }
        // Its many folders are made, or unmade, while other requests find their buckets.
        let aside = self.temp_folder().join(Uuid::new_v4().simple().to_string());
        lay_out(&aside).map_err(broken)?;
        let mut buckets = self.write_buckets();
        if buckets.contains_key(name) {
            drop(buckets);
            fs::remove_dir_all(aside).map_err(broken)?;
            return Err(s3_error!(BucketAlreadyOwnedByYou));
        }
        let bucket = self.name_bucket(&aside, name).map_err(broken)?;
        buckets.insert(name.to_owned(), Arc::new(bucket));
        Ok(())
    }

    pub(super) fn delete_bucket(&self, name: &str) -> S3Result {
        let bucket = self.bucket(name)?;
        let aside = self.temp_folder().join(Uuid::new_v4().simple().to_string());
        bucket.end(|folder| fs::rename(folder, &aside).and_then(|()| sync_parent(folder)))?;
        self.write_buckets().remove(name);
        fs::remove_dir_all(aside).map_err(broken)
    }

    fn write_buckets(&self) -> RwLockWriteGuard<'_, Buckets> {
        self.buckets.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new file that has no name yet.
    pub(super) fn temp(&self) -> S3Result<Temp> {
        self.temp_file().map_err(broken)
    }

    pub(super) fn temp_file(&self) -> io::Result<Temp> {
        Temp::create_in(&self.temp_folder())
    }

    /// Tells the listener, who may have gone, of an object that is durable now.
    pub(super) fn announce(&self, bucket: &Bucket, object: &Object, reason: Reason) {
        let _ = self.created.send(ObjectCreated {
            bucket: bucket.name.clone(),
            key: object.key.clone(),
            size: object.size,
            etag: object.etag.clone(),
            modified_ms: object.modified_ms,
            reason,
        });
    }

    fn name_bucket(&self, aside: &Path, name: &str) -> io::Result<Bucket> {
        let folder = self.root.join("buckets").join(name);
        fs::rename(aside, &folder)?;
        sync_parent(&folder)?;
        Bucket::open(name.to_owned(), folder)
    }

    /// On the same file system as everything else, so that a rename is one step.
    pub(super) fn temp_folder(&self) -> PathBuf {
        self.root.join("temp")
    }
}

/// Runs file system work where it may block.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> S3Result<T> + Send + 'static,
) -> S3Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(broken)?
}

/// Milliseconds since 1970.
pub(super) fn now_ms() -> i64 {
    let nanos = time::OffsetDateTime::now_utc().unix_timestamp_nanos();
    i64::try_from(nanos / 1_000_000).unwrap_or(i64::MAX)
}
