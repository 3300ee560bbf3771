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
mod feed_state;
mod index;
mod options;
mod publish;
mod published;
mod reason;
mod requests;
mod sample;
mod shards;
mod split;
mod statistics;
mod svg;

use std::{collections::BTreeMap, io, time::Duration};

use customer::{
    Bucket, Buckets, Customer, DatasetName, ErasureError, ObjectKey, Recipe, RecordError, Records,
    Registry, RegistryError, StoreError,
};
use futures::{StreamExt, TryStreamExt, stream};
use serde::Serialize;
use tokio::{
    task::JoinError,
    time::{Instant, sleep},
};

use crate::{ChainError, Marker, chain::sha256};
use choose::{Candidate, Choice};
use feed_state::{FeedState, Position};
use reason::Reason;
use shards::{Builder, ShardPlan};

pub use diff::{Difference, DifferenceError, SnapshotName, SnapshotNameError};
pub use options::{SnapshotOptions, SnapshotOptionsError, SnapshotVerb};
pub use requests::{RequestsError, build_requested};

/// Records on their way at a time.
const CONCURRENT: usize = 32;
/// How often the feed is asked whether it has come to an image.
const ASKED_EVERY: Duration = Duration::from_millis(250);

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
    #[error("no image is left for the snapshot; a dry run says why")]
    Empty,
}

impl SnapshotError {
    /// Whether the same build may go well a little later.
    fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::Store(_)
                | Self::Registry(_)
                | Self::Chain(ChainError::Store(_))
                | Self::Record(RecordError::Store(_))
                | Self::Erasure(ErasureError::Store(_))
        )
    }
}

/// What a build is made of.
#[derive(Clone, Debug)]
pub struct Snapshots {
    buckets: Buckets,
    registry: Registry,
}

/// What a build would take, or has taken.
#[derive(Debug)]
pub struct Plan {
    dataset: DatasetName,
    recipe: Recipe,
    choice: Choice,
    positions: Vec<Position>,
    shards: Vec<ShardPlan>,
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

    /// Chooses, and builds nothing. Waits as long as `patience` for images that are meant and that the feed has not come to.
    pub async fn plan(
        &self,
        dataset: DatasetName,
        recipe: Recipe,
        patience: Duration,
    ) -> Result<Plan, SnapshotError> {
        let until = Instant::now() + patience;
        loop {
            let plan = self.choose(&dataset, &recipe).await?;
            if !plan.is_staged_by(&self.buckets.feed(), until).await? {
                return Ok(plan);
            }
        }
    }

    async fn choose(&self, dataset: &DatasetName, recipe: &Recipe) -> Result<Plan, SnapshotError> {
        // The feed first: what is in a record's bucket by now may be newer, and never older.
        let state = FeedState::read(&self.buckets.feed()).await?;
        let mut candidates = Vec::new();
        for id in self.registry.ids().await? {
            if let Some(customer) = self.registry.find(&id).await? {
                candidates.extend(self.candidates(&customer, &state).await?);
            }
        }
        let choice = Choice::of(dataset, recipe, candidates);
        let shards = shards::plan(&choice.chosen, recipe.shards.bytes);
        let (dataset, recipe) = (dataset.clone(), recipe.clone());
        Ok(Plan { dataset, recipe, choice, positions: state.positions, shards })
    }

    async fn candidates(
        &self,
        customer: &Customer,
        state: &FeedState,
    ) -> Result<Vec<Candidate>, SnapshotError> {
        let bucket = self.buckets.of(customer).await;
        let found = bucket.list_all(ObjectKey::RECORDS).await?;
        let images = found.into_iter().filter_map(|found| ObjectKey::image_in(&found.key));
        let records = Records::new(&bucket);
        let mut reading =
            stream::iter(images.map(|image| records.read(image))).buffered(CONCURRENT);
        let mut candidates = Vec::new();
        while let Some(read) = reading.try_next().await? {
            let Some(record) = read.map(|read| read.record) else { continue };
            let sample = state.sample(&record);
            candidates.push(Candidate { record, sample });
        }
        Ok(candidates)
    }

    /// Builds what was planned and publishes it. `built` hears of each image.
    pub async fn build(
        &self,
        plan: Plan,
        built: impl Fn(usize),
    ) -> Result<Snapshot, SnapshotError> {
        if plan.choice.chosen.is_empty() {
            return Err(SnapshotError::Empty);
        }
        let feed = self.buckets.feed();
        let builder = Builder {
            feed: &feed,
            dataset: &plan.dataset,
            recipe: &plan.recipe,
            positions: &plan.positions,
            plan: plan.digest(),
        };
        let mut shards = Vec::with_capacity(plan.shards.len());
        for shard in &plan.shards {
            shards.push(builder.build(shard, &plan.choice.chosen).await?);
            built(shard.chosen.len());
        }
        publish::publish(&feed, &plan, &shards).await
    }
}

impl Plan {
    pub fn dataset(&self) -> &DatasetName {
        &self.dataset
    }

    /// How many images it takes.
    pub fn images(&self) -> usize {
        self.choice.chosen.len()
    }

    /// How many images it takes of each split, and there of each class by its name (empty: none, or several).
    pub fn counts(&self) -> BTreeMap<&'static str, BTreeMap<String, usize>> {
        self.choice.counts()
    }

    /// Waits until the feed has come to what this plan lacks; false where it lacks nothing, or when the time is over.
    async fn is_staged_by(&self, feed: &Bucket, until: Instant) -> Result<bool, StoreError> {
        let left_out = self.choice.left_out.iter();
        let mut awaited: Vec<_> = left_out.filter(|one| one.reason == Reason::NotStaged).collect();
        if awaited.is_empty() {
            return Ok(false);
        }
        while let Some(next) = awaited.last() {
            let marker = Marker::read(feed, &next.customer, next.image).await?;
            if marker.is_some_and(|marker| marker.has_seen(next.version)) {
                awaited.pop();
            } else if Instant::now() < until {
                sleep(ASKED_EVERY).await;
            } else {
                return Ok(false);
            }
        }
        Ok(Instant::now() < until)
    }

    /// A line of JSON for each image that it leaves out.
    pub fn left_out(&self) -> impl Iterator<Item = String> {
        self.choice.left_out.iter().map(line)
    }

    /// How many images it leaves out, by reason.
    pub fn reasons(&self) -> BTreeMap<&'static str, usize> {
        self.choice.reasons()
    }

    /// Of all that decides what the shards hold: which samples, where they lie, and how they are described.
    fn digest(&self) -> String {
        let recipe = self.recipe.text();
        let mut text = format!("{}\n{}\n{recipe}\n", self.dataset, resizer::ENGINE);
        for one in &self.choice.chosen {
            let (sample, record) = (&one.sample, &one.record);
            let line =
                (&one.key, one.split, one.class, &sample.segment, sample.place.offset, record);
            text += &serde_json::to_string(&line).expect("a record has a JSON form");
            text.push('\n');
        }
        sha256(text.as_bytes())
    }
}

fn line(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("texts and numbers have a JSON form")
}
