//! A multipart upload on disk.
//!
//! ```text
//! <bucket>/uploads/<upload id>/upload.json    what the object will be
//! <bucket>/uploads/<upload id>/<number>       a part: an object file, see `object`
//! ```

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;

use s3s::{S3Result, s3_error};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::broken;
use super::bucket::Bucket;
use super::checksum::Algorithm;
use super::object::{Headers, Object};
use super::store::Store;
use super::temp::{Temp, sync_parent};

/// S3's highest part number.
const PART_NUMBER_MAX: i32 = 10_000;

/// What CreateMultipartUpload said.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Plan {
    pub(super) key: String,
    /// Milliseconds since 1970.
    pub(super) initiated_ms: i64,
    /// Made of every part.
    pub(super) algorithm: Option<Algorithm>,
    /// Whether the object's checksum is of all its bytes, rather than of its parts' checksums.
    pub(super) full_object: bool,
    pub(super) headers: Headers,
}

/// An upload that was neither completed nor aborted.
#[derive(Debug)]
pub(super) struct Upload {
    pub(super) id: String,
    pub(super) plan: Plan,
    folder: PathBuf,
}

impl Upload {
    /// Starts an upload; it exists when its plan does.
    pub(super) fn create(store: &Store, bucket: &Bucket, plan: Plan) -> io::Result<Self> {
        let id = Uuid::new_v4().simple().to_string();
        let folder = bucket.uploads().join(&id);
        fs::create_dir(&folder)?;
        sync_parent(&folder)?;
        let mut temp = store.temp_file()?;
        temp.file.write_all(&serde_json::to_vec(&plan)?)?;
        temp.sync()?.replace(&folder.join("upload.json"))?;
        Ok(Self { id, plan, folder })
    }

    /// Finds an upload of this key.
    pub(super) fn open(bucket: &Bucket, id: &str, key: &str) -> S3Result<Self> {
        let id = Uuid::try_parse(id)
            .map_err(|source| s3_error!(source, NoSuchUpload))?
            .simple()
            .to_string();
        match Self::read(bucket, id).map_err(broken)? {
            Some(upload) if upload.plan.key == key => Ok(upload),
            _ => Err(s3_error!(NoSuchUpload)),
        }
    }

    /// All uploads of a bucket, by key, then by start.
    pub(super) fn all(bucket: &Bucket) -> io::Result<Vec<Self>> {
        let mut uploads = Vec::new();
        for entry in fs::read_dir(bucket.uploads())? {
            let id = entry?.file_name().to_string_lossy().into_owned();
            uploads.extend(Self::read(bucket, id)?);
        }
        let order =
            |upload: &Self| (upload.plan.key.clone(), upload.plan.initiated_ms, upload.id.clone());
        uploads.sort_by_cached_key(order);
        Ok(uploads)
    }

    /// Puts a part, over an earlier one of its number.
    pub(super) fn put_part(&self, number: i32, part: &Object, mut temp: Temp) -> S3Result {
        let path = self.part_path(number)?;
        temp.end_with(part).map_err(broken)?;
        match temp.sync().and_then(|durable| durable.replace(&path)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(s3_error!(NoSuchUpload)),
            put => put.map_err(broken),
        }
    }

    pub(super) fn part(&self, number: i32) -> S3Result<(Object, File)> {
        let file = match File::open(self.part_path(number)?) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(s3_error!(InvalidPart, "part {number} was not uploaded"));
            }
            opened => opened.map_err(broken)?,
        };
        Ok((Object::read_from(&file).map_err(broken)?, file))
    }

    /// Numbers of the parts that are there, in order.
    pub(super) fn part_numbers(&self) -> io::Result<Vec<i32>> {
        let mut numbers = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            numbers.extend(entry?.file_name().to_str().and_then(|name| name.parse::<i32>().ok()));
        }
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// Ends the upload: out of the listing in one step, then off the disk.
    pub(super) fn remove(self, store: &Store) -> io::Result<()> {
        let aside = store.temp_folder().join(&self.id);
        fs::rename(&self.folder, &aside)?;
        sync_parent(&self.folder)?;
        fs::remove_dir_all(aside)
    }

    fn read(bucket: &Bucket, id: String) -> io::Result<Option<Self>> {
        let folder = bucket.uploads().join(&id);
        match fs::read(folder.join("upload.json")) {
            Ok(plan) => Ok(Some(Self { id, plan: serde_json::from_slice(&plan)?, folder })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn part_path(&self, number: i32) -> S3Result<PathBuf> {
        if !(1..=PART_NUMBER_MAX).contains(&number) {
            return Err(s3_error!(
                InvalidArgument,
                "part number {number}; it must be from 1 to {PART_NUMBER_MAX}"
            ));
        }
        Ok(self.folder.join(number.to_string()))
    }
}
