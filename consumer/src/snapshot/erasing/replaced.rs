//! What is left of a snapshot that has given its place to another.

use std::collections::BTreeSet;

use customer::{Bucket, CustomerId, DatasetName, ObjectKey, StoreError, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    Subject,
    erase::ErasePassError,
    snapshot::published::{Published, PublishedShard, SNAPSHOT},
};

/// `snapshot.json` of a snapshot that has given its place to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_field_names, reason = "it is replaced, and by another")]
pub(crate) struct Replaced {
    pub(crate) schema: u32,
    pub(crate) dataset: DatasetName,
    /// `None` where nothing else was left, or where it was never published.
    pub(crate) replaced_by: Option<u32>,
    pub(crate) erased_at: Timestamp,
    /// What it held that is forgotten.
    pub(crate) erased: Vec<Subject>,
    pub(crate) shards: Vec<Rewritten>,
    /// Whose images it held.
    pub(crate) customers: BTreeSet<CustomerId>,
}

/// An object that others have taken the place of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rewritten {
    pub before: Named,
    /// `None` where nothing of it is left.
    pub after: Option<Named>,
}

/// An object by its name and its content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    pub key: String,
    pub sha256: String,
}

/// What a `snapshot.json` may be.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum SnapshotFile {
    Replaced(Replaced),
    Published(Box<Published>),
}

/// Every snapshot that has given its place away.
pub(crate) async fn replaced(
    feed: &Bucket,
) -> Result<Vec<(DatasetName, u32, Replaced)>, ErasePassError> {
    let mut all = Vec::new();
    for dataset in datasets(feed).await? {
        for number in numbered(feed, &dataset).await? {
            if let Some((SnapshotFile::Replaced(replaced), _)) =
                read(feed, &dataset, number).await?
            {
                all.push((dataset.clone(), number, replaced));
            }
        }
    }
    Ok(all)
}

pub(super) async fn datasets(feed: &Bucket) -> Result<Vec<DatasetName>, StoreError> {
    let names = feed.folders(ObjectKey::DATASETS).await?;
    Ok(names.into_iter().filter_map(|name| name.parse().ok()).collect())
}

pub(super) async fn numbered(feed: &Bucket, dataset: &DatasetName) -> Result<Vec<u32>, StoreError> {
    let numbers = feed.folders(&ObjectKey::snapshots_of(dataset)).await?;
    Ok(numbers.into_iter().filter_map(|number| number.parse().ok()).collect())
}

pub(super) async fn read(
    feed: &Bucket,
    dataset: &DatasetName,
    number: u32,
) -> Result<Option<(SnapshotFile, String)>, ErasePassError> {
    let key = key_of_file(dataset, number, SNAPSHOT);
    let Some(object) = feed.get(&key).await? else { return Ok(None) };
    let unreadable = |source| ErasePassError::Unreadable { key: key.to_string(), source };
    let file = serde_json::from_slice(&object.bytes).map_err(unreadable)?;
    Ok(Some((file, object.etag)))
}

pub(super) fn key_of_file(dataset: &DatasetName, number: u32, file: &'static str) -> ObjectKey {
    ObjectKey::Snapshot { dataset: dataset.clone(), number, file }
}

impl Named {
    pub(super) fn of(shard: &PublishedShard) -> Self {
        Self { key: shard.key.clone(), sha256: shard.sha256.clone() }
    }
}
