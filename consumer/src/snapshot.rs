//! Snapshots: numbered, immutable datasets, built from segments and from the records as they are now.
//!
//! A build reads every chain to its end (`feed_state.rs`) and every record of every customer, chooses (`choose.rs`), passes
//! the samples through into shards (`shards.rs`), and publishes by a conditional PUT of `snapshot.json` under the next
//! number. Everything in it is a function of feed, records and recipe: two builds of the same state are the same to the
//! byte, and share their shards. A build that was killed left nothing but shards that nobody names; the next one goes on
//! from their notes.

mod card;
mod choose;
mod class_plot;
mod contact_sheet;
mod diff;
pub(crate) mod erasing;
mod feed_state;
mod index;
mod options;
mod plan;
mod publish;
mod published;
mod reason;
mod requests;
mod sample;
mod shards;
mod split;
mod statistics;
mod svg;

use std::io;

use customer::{
    Bucket, Buckets, ErasureError, ObjectKey, RecordError, Registry, RegistryError, StoreError,
};
use serde::Serialize;
use tokio::task::JoinError;

use crate::ChainError;
use shards::Builder;

pub use diff::{Difference, DifferenceError};
pub use erasing::{Named, Rewritten};
pub use options::{SnapshotOptions, SnapshotOptionsError, SnapshotVerb};
pub use plan::Plan;
pub use requests::{RequestsError, build_requested};

/// Why there is no snapshot. What was built so far is taken up by the next build.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the customers cannot be looked up")]
    Registry(#[from] RegistryError),
    #[error(transparent)]
    Chain(#[from] ChainError),
    #[error(transparent)]
    Record(#[from] RecordError),
    #[error(transparent)]
    Erasure(#[from] ErasureError),
    #[error("the sample at byte {offset} of '{segment}' is not the one that its commit tells of")]
    BrokenSample { segment: String, offset: usize },
    #[error("a sample cannot be rendered at the recipe's size")]
    Render(#[from] resizer::RenderError),
    #[error("a shard could not be packed")]
    Pack(#[from] io::Error),
    #[error("the index could not be written")]
    Index(#[from] parquet::errors::ParquetError),
    #[error("a task of the process was stopped")]
    Stopped(#[from] JoinError),
    #[error("an image was erased while the snapshot was built; build it again")]
    ErasedMeanwhile,
    #[error("no image is left for the snapshot; a dry run says why")]
    Empty,
}

impl SnapshotError {
    /// Whether the same build may go well a little later.
    fn may_pass(&self) -> bool {
        match self {
            Self::Store(error)
            | Self::Chain(ChainError::Store(error))
            | Self::Record(RecordError::Store(error))
            | Self::Erasure(ErasureError::Store(error)) => may_pass(error),
            Self::Registry(_) | Self::ErasedMeanwhile => true,
            _ => false,
        }
    }
}

fn may_pass(error: &StoreError) -> bool {
    matches!(error, StoreError::Unavailable { .. } | StoreError::Broken { .. })
}

/// What a build is made of.
#[derive(Clone, Debug)]
pub struct Snapshots {
    buckets: Buckets,
    registry: Registry,
}

/// A snapshot that is published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    pub number: u32,
    /// Where `snapshot.json` lies in the feed bucket.
    pub key: String,
    pub images: usize,
    pub shards: usize,
}

impl Snapshots {
    pub fn new(buckets: Buckets, registry: Registry) -> Self {
        Self { buckets, registry }
    }

    /// Builds what was planned and publishes it. `built` hears of each image.
    pub async fn build(
        &self,
        plan: Plan,
        built: impl Fn(usize),
    ) -> Result<Snapshot, SnapshotError> {
        if plan.images() == 0 {
            return Err(SnapshotError::Empty);
        }
        let (feed, digest) = (self.buckets.feed(), plan.digest());
        let builder = Builder {
            feed: &feed,
            dataset: &plan.dataset,
            recipe: &plan.recipe,
            positions: &plan.positions,
            plan: digest.clone(),
        };
        let mut shards = Vec::with_capacity(plan.shards.len());
        for shard in &plan.shards {
            shards.push(builder.build(shard, &plan.choice.chosen).await?);
            built(shard.chosen.len());
        }
        let notes = ObjectKey::building(&plan.dataset, &digest);
        let snapshot = publish::publish(&feed, &plan.publication(&shards)).await?;
        remove(&feed, &notes).await?;
        Ok(snapshot)
    }
}

/// Removes all that is under a prefix.
async fn remove(feed: &Bucket, prefix: &str) -> Result<(), StoreError> {
    for found in feed.list_all(prefix).await? {
        feed.delete_named(&found.key).await?;
    }
    Ok(())
}

fn line(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("texts and numbers have a JSON form")
}
