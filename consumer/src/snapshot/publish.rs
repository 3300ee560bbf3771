//! Puts a snapshot's files under the first number that nobody has, `snapshot.json` last.
//!
//! No file is ever put over another: a number whose files are not ours, to the byte, is somebody else's, or that of a build
//! that died, and is left alone.

use std::collections::BTreeMap;

use bytes::Bytes;
use customer::{Bucket, Condition, DatasetName, ObjectKey, StoreError};
use serde::Serialize;

use super::{
    Plan, Snapshot, SnapshotError, card::Card, feed_state::Position, index, recipe::Recipe,
    shards::Shard, split::Split, statistics::Statistics,
};
use crate::chain::sha256;

/// What publishes the rest.
const SNAPSHOT: &str = "snapshot.json";
const INDEX: &str = "index.parquet";

/// `snapshot.json`.
#[derive(Debug, Serialize)]
pub(crate) struct Published {
    pub(crate) schema: u32,
    pub(crate) dataset: DatasetName,
    pub(crate) classes: Vec<String>,
    pub(crate) splits: BTreeMap<&'static str, PublishedSplit>,
    pub(crate) index: PublishedIndex,
    pub(crate) left_out: BTreeMap<&'static str, usize>,
    pub(crate) positions: Vec<Position>,
    pub(crate) recipe: Recipe,
}

#[derive(Debug, Default, Serialize)]
pub(crate) struct PublishedSplit {
    pub(crate) images: usize,
    pub(crate) bytes: usize,
    pub(crate) shards: Vec<PublishedShard>,
}

#[derive(Debug, Serialize)]
pub(crate) struct PublishedShard {
    pub(crate) key: String,
    pub(crate) sha256: String,
    pub(crate) bytes: usize,
    pub(crate) images: usize,
}

#[derive(Debug, Serialize)]
pub(crate) struct PublishedIndex {
    /// Beside `snapshot.json`.
    pub(crate) file: &'static str,
    pub(crate) sha256: String,
    pub(crate) rows: usize,
}

/// Publishes what was built.
pub(crate) async fn publish(
    feed: &Bucket,
    plan: &Plan,
    shards: &[Shard],
) -> Result<Snapshot, SnapshotError> {
    let rows = index::indexed(&plan.shards, shards, &plan.choice.chosen, &plan.positions);
    let (index, statistics) = (index::write(&rows)?, Statistics::of(&plan.choice, &rows));
    let index = Bytes::from(index);
    let indexed = PublishedIndex { file: INDEX, sha256: sha256(&index), rows: rows.len() };
    let files = files(feed, plan, &plan.published(shards, indexed), &index, &statistics);
    // The last one is this one where nothing has changed.
    let mut number = last_number(feed, &plan.dataset).await?.unwrap_or(1);
    while !put(feed, plan, number, &files).await? {
        number += 1;
    }
    let latest = ObjectKey::Latest(plan.dataset.clone());
    let text = format!("{{\"snapshot\":{number}}}");
    feed.put(&latest, text, None, Condition::Always).await?;
    let key = plan.key(number, SNAPSHOT).to_string();
    Ok(Snapshot { number, key, images: rows.len(), shards: shards.len() })
}

async fn last_number(feed: &Bucket, dataset: &DatasetName) -> Result<Option<u32>, StoreError> {
    let prefix = ObjectKey::snapshots_of(dataset);
    let found = feed.list_all(&prefix).await?;
    let published = found.iter().filter_map(|found| {
        let number = found.key.strip_prefix(&prefix)?.strip_suffix(SNAPSHOT)?;
        number.strip_suffix('/')?.parse::<u32>().ok()
    });
    Ok(published.max())
}

/// The files of a number in the order in which they are put.
fn files(
    feed: &Bucket,
    plan: &Plan,
    published: &Published,
    index: &Bytes,
    statistics: &Statistics,
) -> Vec<(&'static str, Bytes)> {
    let card = Card { dataset: &plan.dataset, snapshot: published, statistics };
    let left_out: String = plan.left_out().map(|line| line + "\n").collect();
    let mut files = vec![
        (INDEX, index.clone()),
        ("README.md", card.to_string().into()),
        ("stats.json", json(statistics)),
        ("recipe.toml", plan.recipe.text().into()),
        ("left_out.jsonl", left_out.into()),
    ];
    let manifests = ["train.manifest", "validation.manifest", "test.manifest"];
    for (split, file) in Split::ALL.into_iter().zip(manifests) {
        files.push((file, manifest(feed, &plan.dataset, &published.splits[split.as_str()])));
    }
    files.push((SNAPSHOT, json(published)));
    files
}

/// Whether the number is ours.
async fn put(
    feed: &Bucket,
    plan: &Plan,
    number: u32,
    files: &[(&'static str, Bytes)],
) -> Result<bool, StoreError> {
    for (file, bytes) in files {
        let key = plan.key(number, file);
        match feed.put(&key, bytes.clone(), None, Condition::Absent).await {
            Ok(_) => {}
            Err(StoreError::PreconditionFailed { .. }) => {
                let there = feed.get(&key).await?.map(|object| object.bytes);
                if there.as_ref() != Some(bytes) {
                    return Ok(false);
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

impl Plan {
    fn key(&self, number: u32, file: &'static str) -> ObjectKey {
        ObjectKey::Snapshot { dataset: self.dataset.clone(), number, file }
    }

    fn published(&self, shards: &[Shard], index: PublishedIndex) -> Published {
        let mut splits: BTreeMap<_, PublishedSplit> =
            Split::ALL.iter().map(|split| (split.as_str(), PublishedSplit::default())).collect();
        for (plan, shard) in self.shards.iter().zip(shards) {
            let split = splits.entry(plan.split.as_str()).or_default();
            split.images += shard.rows.len();
            split.bytes += shard.bytes;
            split.shards.push(PublishedShard {
                key: shard.key.clone(),
                sha256: shard.sha256.clone(),
                bytes: shard.bytes,
                images: shard.rows.len(),
            });
        }
        Published {
            schema: 1,
            dataset: self.dataset.clone(),
            classes: self.choice.classes.clone(),
            splits,
            index,
            left_out: self.choice.reasons(),
            positions: self.positions.clone(),
            recipe: self.recipe.clone(),
        }
    }
}

impl PublishedShard {
    pub(crate) fn file_name(&self) -> &str {
        self.key.rsplit('/').next().unwrap_or_default()
    }
}

/// SageMaker's ManifestFile: the prefix, then what is under it.
fn manifest(feed: &Bucket, dataset: &DatasetName, split: &PublishedSplit) -> Bytes {
    let prefix = format!("s3://{}/{}", feed.name(), ObjectKey::shards_of(dataset));
    let mut entries = vec![serde_json::json!({"prefix": prefix})];
    entries.extend(split.shards.iter().map(|shard| shard.file_name().into()));
    json(&entries)
}

fn json(value: &impl Serialize) -> Bytes {
    let json = serde_json::to_vec_pretty(value).expect("texts, numbers and lists have a JSON form");
    json.into()
}
