//! What became of each image from one snapshot to another, out of their indexes.

use std::collections::{BTreeMap, HashMap};

use customer::{Bucket, CustomerId, ImageId, ObjectKey, SnapshotName, StoreError};
use futures::future::BoxFuture;
use parquet::errors::ParquetError;
use serde::Serialize;

use super::{
    Snapshots,
    erasing::{Replaced, SnapshotFile},
    index::{self, IndexRow},
    line,
    published::{INDEX, LEFT_OUT, SNAPSHOT},
    reason::{LeftOut, Reason},
    shards::Row,
    split::Split,
};

/// Why two snapshots cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum DifferenceError {
    #[error("there is no snapshot {0}")]
    NoSnapshot(SnapshotName),
    #[error("snapshot {snapshot} was erased{}", by(*.replaced_by))]
    Replaced { snapshot: SnapshotName, replaced_by: Option<u32> },
    #[error("snapshot {snapshot} has no '{file}'")]
    NoFile { snapshot: SnapshotName, file: &'static str },
    #[error("the file '{file}' of snapshot {snapshot} cannot be read")]
    Unreadable { snapshot: SnapshotName, file: &'static str, source: serde_json::Error },
    #[error("the index of snapshot {snapshot} cannot be read")]
    Index { snapshot: SnapshotName, source: ParquetError },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What differs, by the SHA-256 of the original.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference(BTreeMap<String, Change>);

/// What became of one original.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "change", rename_all = "lowercase")]
enum Change {
    Added {
        #[serde(flatten)]
        now: Sample,
    },
    Removed {
        #[serde(flatten)]
        then: Sample,
        /// Why the later snapshot leaves it out, if it knows it.
        #[serde(flatten)]
        reason: Option<Reason>,
    },
    Changed {
        from: Sample,
        to: Sample,
    },
}

/// What an index tells of a sample that matters to who trains on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Sample {
    split: Split,
    /// Its name: numbers are of one snapshot.
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<String>,
    labels: Vec<String>,
    customer: CustomerId,
    image: ImageId,
    width: u32,
    height: u32,
    /// Of the encoded image.
    bytes: usize,
}

impl Sample {
    fn new(row: IndexRow, classes: &[String]) -> Self {
        let IndexRow { split, labels, customer, image, image_at, .. } = row;
        let class = row.class.and_then(|class| classes.get(class).cloned());
        let Row { width, height, bytes, .. } = image_at;
        Self { split, class, labels, customer, image, width, height, bytes }
    }
}

/// A line of the difference.
#[derive(Serialize)]
struct Line<'a> {
    key: &'a str,
    #[serde(flatten)]
    change: &'a Change,
}

impl Difference {
    pub fn between<'a>(
        snapshots: &'a Snapshots,
        from: &'a SnapshotName,
        to: &'a SnapshotName,
    ) -> BoxFuture<'a, Result<Self, DifferenceError>> {
        Box::pin(async move {
            let feed = &snapshots.buckets.feed();
            let (from, to) = (Files { feed, snapshot: from }, Files { feed, snapshot: to });
            let (mut then, now) = (from.samples().await?, to.samples().await?);
            let mut reasons = to.left_out().await?;
            let mut changes = BTreeMap::new();
            for (key, now) in now {
                let change = match then.remove(&key) {
                    None => Change::Added { now },
                    Some(then) if then == now => continue,
                    Some(then) => Change::Changed { from: then, to: now },
                };
                changes.insert(key, change);
            }
            for (key, then) in then {
                let reason = reasons.remove(&(then.customer.clone(), then.image));
                changes.insert(key, Change::Removed { then, reason });
            }
            Ok(Self(changes))
        })
    }

    /// A line of JSON for each change.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|(key, change)| line(&Line { key, change }))
    }

    /// How many changes of each kind there are.
    pub fn counts(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::from([("added", 0), ("changed", 0), ("removed", 0)]);
        for change in self.0.values() {
            *counts.entry(change.word()).or_default() += 1;
        }
        counts
    }
}

impl Change {
    fn word(&self) -> &'static str {
        match self {
            Self::Added { .. } => "added",
            Self::Removed { .. } => "removed",
            Self::Changed { .. } => "changed",
        }
    }
}

/// The files of a snapshot that are compared.
struct Files<'a> {
    feed: &'a Bucket,
    snapshot: &'a SnapshotName,
}

impl Files<'_> {
    async fn samples(&self) -> Result<BTreeMap<String, Sample>, DifferenceError> {
        let file = serde_json::from_slice(&self.file(SNAPSHOT).await?);
        let published = match file.map_err(|source| self.unreadable(SNAPSHOT, source))? {
            SnapshotFile::Published(published) => published,
            SnapshotFile::Replaced(Replaced { replaced_by, .. }) => {
                return Err(DifferenceError::Replaced {
                    snapshot: self.snapshot.clone(),
                    replaced_by,
                });
            }
        };
        let rows = index::read(self.file(INDEX).await?)
            .map_err(|source| DifferenceError::Index { snapshot: self.snapshot.clone(), source })?;
        let named = |row: IndexRow| (row.key.clone(), Sample::new(row, &published.classes));
        Ok(rows.into_iter().map(named).collect())
    }

    /// By customer and image, why it is left out.
    async fn left_out(&self) -> Result<HashMap<(CustomerId, ImageId), Reason>, DifferenceError> {
        let lines = self.file(LEFT_OUT).await?;
        let lines = serde_json::Deserializer::from_slice(&lines).into_iter::<LeftOut>();
        let named = lines.map(|line| line.map(|one| ((one.customer, one.image), one.reason)));
        named.collect::<Result<_, _>>().map_err(|source| self.unreadable(LEFT_OUT, source))
    }

    async fn file(&self, file: &'static str) -> Result<bytes::Bytes, DifferenceError> {
        let SnapshotName { dataset, number } = self.snapshot.clone();
        let object = self.feed.get(&ObjectKey::Snapshot { dataset, number, file }).await?;
        object.map(|object| object.bytes).ok_or_else(|| match file {
            SNAPSHOT => DifferenceError::NoSnapshot(self.snapshot.clone()),
            file => DifferenceError::NoFile { snapshot: self.snapshot.clone(), file },
        })
    }

    fn unreadable(&self, file: &'static str, source: serde_json::Error) -> DifferenceError {
        DifferenceError::Unreadable { snapshot: self.snapshot.clone(), file, source }
    }
}

fn by(number: Option<u32>) -> String {
    number.map_or_else(String::new, |number| format!(", and {number} has taken its place"))
}
