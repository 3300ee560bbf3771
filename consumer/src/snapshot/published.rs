//! `snapshot.json`: what a published snapshot is made of.

use std::collections::BTreeMap;

use customer::{DatasetName, ObjectKey, Recipe};
use serde::{Deserialize, Serialize};

use super::{Plan, feed_state::Position, shards::Shard, split::Split};

/// What publishes the rest.
pub(crate) const SNAPSHOT: &str = "snapshot.json";
/// In a folder of its own, which is a partition of a table for Athena.
pub(crate) const INDEX: &str = "index/index.parquet";
pub(crate) const LEFT_OUT: &str = "left_out.jsonl";

/// The file.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Published {
    pub(crate) schema: u32,
    pub(crate) dataset: DatasetName,
    pub(crate) classes: Vec<String>,
    pub(crate) splits: BTreeMap<String, PublishedSplit>,
    pub(crate) index: PublishedIndex,
    pub(crate) left_out: BTreeMap<String, usize>,
    pub(crate) positions: Vec<Position>,
    pub(crate) recipe: Recipe,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct PublishedSplit {
    pub(crate) images: usize,
    pub(crate) bytes: usize,
    pub(crate) shards: Vec<PublishedShard>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PublishedShard {
    pub(crate) key: String,
    pub(crate) sha256: String,
    pub(crate) bytes: usize,
    pub(crate) images: usize,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PublishedIndex {
    /// As seen from `snapshot.json`.
    pub(crate) file: String,
    pub(crate) sha256: String,
    pub(crate) rows: usize,
}

impl Plan {
    pub(crate) fn key(&self, number: u32, file: &'static str) -> ObjectKey {
        ObjectKey::Snapshot { dataset: self.dataset.clone(), number, file }
    }

    pub(crate) fn published(&self, shards: &[Shard], index: PublishedIndex) -> Published {
        let none = |split: &Split| (split.as_str().to_owned(), PublishedSplit::default());
        let mut splits: BTreeMap<_, _> = Split::ALL.iter().map(none).collect();
        for (plan, shard) in self.shards.iter().zip(shards) {
            let split = splits.entry(plan.split.as_str().to_owned()).or_default();
            split.images += shard.rows.len();
            split.bytes += shard.bytes;
            split.shards.push(PublishedShard {
                key: shard.key.clone(),
                sha256: shard.sha256.clone(),
                bytes: shard.bytes,
                images: shard.rows.len(),
            });
        }
        let reasons = self.choice.reasons().into_iter();
        Published {
            schema: 1,
            dataset: self.dataset.clone(),
            classes: self.choice.classes.clone(),
            splits,
            index,
            left_out: reasons.map(|(reason, images)| (reason.to_owned(), images)).collect(),
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
