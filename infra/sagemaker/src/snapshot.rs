//! The part of a snapshot that a training job is told of.

use std::collections::BTreeMap;

use customer::{Bucket, DatasetName, ObjectKey, SnapshotName, StoreError};
use serde::{Deserialize, de::DeserializeOwned};

/// What publishes a snapshot.
const FILE: &str = "snapshot.json";
/// In the order in which they are used.
const SPLITS: [&str; 3] = ["train", "validation", "test"];

/// A snapshot that can be trained on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    pub name: SnapshotName,
    /// Splits that have images.
    pub splits: Vec<&'static str>,
}

/// Why a snapshot cannot be trained on.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    #[error("there is no snapshot of dataset '{0}': 'darkroom snapshot {0}' builds one")]
    NoDataset(DatasetName),
    #[error("there is no snapshot {0}")]
    NoSnapshot(SnapshotName),
    #[error("images of snapshot {snapshot} were erased, and it with them{}", by(*.replaced_by))]
    Replaced { snapshot: SnapshotName, replaced_by: Option<u32> },
    #[error("snapshot {0} has no images to train on")]
    Empty(SnapshotName),
    #[error("'{key}' cannot be read")]
    Unreadable { key: String, source: serde_json::Error },
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[derive(Deserialize)]
struct Latest {
    snapshot: u32,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum File {
    Published { splits: BTreeMap<String, Split> },
    Replaced { replaced_by: Option<u32> },
}

#[derive(Deserialize)]
struct Split {
    images: usize,
}

impl Snapshot {
    /// The last one of a dataset.
    pub async fn latest(feed: &Bucket, dataset: DatasetName) -> Result<Self, SnapshotError> {
        let found = read::<Latest>(feed, &ObjectKey::Latest(dataset.clone())).await?;
        let number = found.ok_or_else(|| SnapshotError::NoDataset(dataset.clone()))?.snapshot;
        Self::named(feed, SnapshotName { dataset, number }).await
    }

    pub async fn named(feed: &Bucket, name: SnapshotName) -> Result<Self, SnapshotError> {
        let SnapshotName { dataset, number } = name.clone();
        let found =
            read::<File>(feed, &ObjectKey::Snapshot { dataset, number, file: FILE }).await?;
        let splits = match found.ok_or_else(|| SnapshotError::NoSnapshot(name.clone()))? {
            File::Published { splits } => splits,
            File::Replaced { replaced_by } => {
                return Err(SnapshotError::Replaced { snapshot: name, replaced_by });
            }
        };
        let has_images = |split: &&str| splits.get(*split).is_some_and(|split| split.images > 0);
        let splits: Vec<_> = SPLITS.into_iter().filter(has_images).collect();
        if splits.contains(&"train") {
            Ok(Self { name, splits })
        } else {
            Err(SnapshotError::Empty(name))
        }
    }

    /// The address of one of its files.
    pub fn uri(&self, feed: &Bucket, file: &str) -> String {
        let SnapshotName { dataset, number } = &self.name;
        format!("s3://{}/{}{file}", feed.name(), ObjectKey::snapshot_of(dataset, *number))
    }

    /// The address of its description.
    pub fn description(&self, feed: &Bucket) -> String {
        self.uri(feed, FILE)
    }
}

async fn read<T: DeserializeOwned>(
    feed: &Bucket,
    key: &ObjectKey,
) -> Result<Option<T>, SnapshotError> {
    let object = feed.get(key).await?;
    let unreadable = |source| SnapshotError::Unreadable { key: key.to_string(), source };
    object.map(|object| serde_json::from_slice(&object.bytes).map_err(unreadable)).transpose()
}

fn by(number: Option<u32>) -> String {
    number.map_or_else(String::new, |number| format!("; {number} has taken its place"))
}
