//! `snapshot.json`: what a published snapshot is made of; and everything that its files are made of.

use std::collections::BTreeMap;

use customer::{DatasetName, Recipe};
use serde::{Deserialize, Serialize};

use super::{
    feed_state::Position, index::IndexRow, publish::Numbers, reason::LeftOut, split::Split,
};

/// What publishes the rest.
pub(crate) const SNAPSHOT: &str = "snapshot.json";
/// In a folder of its own, which is a partition of a table for Athena.
pub(crate) const INDEX: &str = "index/index.parquet";
pub(crate) const LEFT_OUT: &str = "left_out.jsonl";

/// A snapshot that is not published yet.
#[derive(Clone, Debug)]
pub(crate) struct Publication {
    pub(crate) dataset: DatasetName,
    pub(crate) classes: Vec<String>,
    pub(crate) shards: Vec<(Split, PublishedShard)>,
    /// In the order of the shards.
    pub(crate) rows: Vec<IndexRow>,
    pub(crate) left_out: Vec<LeftOut>,
    pub(crate) positions: Vec<Position>,
    pub(crate) recipe: Recipe,
    /// As they were when it was begun.
    pub(crate) numbers: Numbers,
    /// The snapshot whose place it takes.
    pub(crate) replaces: Option<u32>,
}

/// The file.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Published {
    pub(crate) schema: u32,
    pub(crate) dataset: DatasetName,
    pub(crate) classes: Vec<String>,
    pub(crate) splits: BTreeMap<String, PublishedSplit>,
    pub(crate) index: PublishedIndex,
    /// By reason.
    pub(crate) left_out: BTreeMap<String, usize>,
    pub(crate) positions: Vec<Position>,
    pub(crate) recipe: Recipe,
    /// The snapshot whose place it has taken, without what was erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) replaces: Option<u32>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct PublishedSplit {
    pub(crate) images: usize,
    pub(crate) bytes: usize,
    pub(crate) shards: Vec<PublishedShard>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
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

impl Publication {
    /// The name of a row's class; empty where it has none.
    pub(crate) fn class_of(&self, row: &IndexRow) -> &str {
        let class = row.class.and_then(|class| self.classes.get(class));
        class.map_or("", String::as_str)
    }

    /// How many images are left out, by reason.
    pub(crate) fn reasons(&self) -> BTreeMap<&'static str, usize> {
        super::reason::counts(&self.left_out)
    }

    pub(crate) fn published(&self, index_sha256: String) -> Published {
        let none = |split: &Split| (split.as_str().to_owned(), PublishedSplit::default());
        let mut splits: BTreeMap<_, _> = Split::ALL.iter().map(none).collect();
        for (split, shard) in &self.shards {
            let split = splits.entry(split.as_str().to_owned()).or_default();
            split.images += shard.images;
            split.bytes += shard.bytes;
            split.shards.push(shard.clone());
        }
        let (file, rows) = (INDEX.to_owned(), self.rows.len());
        let reasons = self.reasons().into_iter();
        Published {
            schema: 1,
            dataset: self.dataset.clone(),
            classes: self.classes.clone(),
            splits,
            index: PublishedIndex { file, sha256: index_sha256, rows },
            left_out: reasons.map(|(reason, images)| (reason.to_owned(), images)).collect(),
            positions: self.positions.clone(),
            recipe: self.recipe.clone(),
            replaces: self.replaces,
        }
    }
}

impl PublishedShard {
    pub(crate) fn file_name(&self) -> &str {
        self.key.rsplit('/').next().unwrap_or_default()
    }
}
