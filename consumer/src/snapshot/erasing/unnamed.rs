//! Shards that no snapshot names: those of builds that died, or that met an order.

use std::collections::HashSet;

use customer::{Bucket, DatasetName, ObjectKey};

use super::replaced::{SnapshotFile, numbered, read};
use crate::erase::{ErasePassError, Forgotten};

/// Deletes shards that hold what is to be forgotten and that no snapshot names.
pub(super) async fn remove_unnamed(
    feed: &Bucket,
    dataset: &DatasetName,
    forgotten: &Forgotten,
) -> Result<usize, ErasePassError> {
    let mut named = HashSet::new();
    for number in numbered(feed, dataset).await? {
        if let Some((SnapshotFile::Published(published), _)) = read(feed, dataset, number).await? {
            let shards = published.splits.into_values().flat_map(|split| split.shards);
            named.extend(shards.map(|shard| shard.key));
        }
    }
    let mut removed = 0;
    for found in feed.list_all(&ObjectKey::shards_of(dataset)).await? {
        if named.contains(&found.key) {
            continue;
        }
        if forgotten.is_in_tar(feed, &found).await? {
            removed += usize::from(feed.delete_all_versions(&found.key).await?);
        }
    }
    Ok(removed)
}
