//! What a build would take: read from the feed and from the records as they are now, and chosen by a recipe.

use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

use aws_lc_rs::digest::{Context, SHA256};
use customer::{
    Bucket, Customer, CustomerId, DatasetName, ImageId, ObjectKey, Recipe, Record, RecordError,
    Records, Status, StoreError,
};
use data_encoding::HEXLOWER;
use futures::{StreamExt, TryStreamExt, future::BoxFuture, stream};
use tokio::time::{Instant, sleep};

use super::{
    SnapshotError, Snapshots,
    choose::{Candidate, Choice},
    feed_state::{FeedState, Position},
    index::IndexRow,
    line,
    publish::{Numbers, numbers},
    published::Publication,
    reason::{self, LeftOut, Reason},
    shards::{self, Shard, ShardPlan},
};
use crate::Marker;

/// Records on their way at a time.
const CONCURRENT: usize = 32;
/// How often the feed is asked whether it has come to an image.
const ASKED_EVERY: Duration = Duration::from_millis(250);

/// What a build would take, or has taken.
#[derive(Debug)]
pub struct Plan {
    pub(super) dataset: DatasetName,
    pub(super) recipe: Recipe,
    pub(super) choice: Choice,
    pub(super) positions: Vec<Position>,
    pub(super) shards: Vec<ShardPlan>,
    /// As they were when the choice began.
    numbers: Numbers,
}

/// A version of an image that the feed was asked about.
type Asked = (CustomerId, ImageId, u64);

impl Snapshots {
    /// Chooses, and builds nothing. Waits as long as `patience` for images that are meant and that the feed has not come to.
    pub fn plan(
        &self,
        dataset: DatasetName,
        recipe: Recipe,
        patience: Duration,
    ) -> BoxFuture<'_, Result<Plan, SnapshotError>> {
        Box::pin(async move {
            let mut plan = self.choose(&dataset, &recipe).await?;
            let until = Instant::now().checked_add(patience);
            let (feed, mut answered) = (self.buckets.feed(), HashSet::new());
            while plan.wait_for_feed(&feed, until, &mut answered).await? {
                plan = self.choose(&dataset, &recipe).await?;
            }
            Ok(plan)
        })
    }

    async fn choose(&self, dataset: &DatasetName, recipe: &Recipe) -> Result<Plan, SnapshotError> {
        let feed = self.buckets.feed();
        let numbers = numbers(&feed, dataset).await?;
        // The feed first: what is in a record's bucket by now may be newer, and never older.
        let state = FeedState::read(&feed).await?;
        let (mut candidates, mut left_out) = (Vec::new(), Vec::new());
        for id in self.registry.ids().await? {
            let Some(customer) = self.registry.find(&id).await? else { continue };
            match self.candidates(&customer, &state).await {
                Ok(read) if customer.status != Status::Removing => candidates.extend(read),
                Ok(_) => left_out.extend(state.all_of(&id, &Reason::CustomerGone)),
                Err(error) if has_taken_its_bucket_back(&error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(customer = %id, error, "a customer's images are left out");
                    left_out.extend(state.all_of(&id, &Reason::CustomerGone));
                }
                Err(error) => return Err(error),
            }
        }
        let choice = Choice::of(dataset, recipe, candidates, left_out);
        let shards = shards::plan(&choice.chosen, recipe.shards.bytes);
        let (dataset, recipe) = (dataset.clone(), recipe.clone());
        Ok(Plan { dataset, recipe, choice, positions: state.positions, shards, numbers })
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
        let read =
            images.map(async |image| Ok::<_, RecordError>((image, records.read(image).await?)));
        let mut reading = stream::iter(read).buffered(CONCURRENT);
        let mut candidates = Vec::new();
        while let Some((image, read)) = reading.try_next().await? {
            let Some(record) = read.map(|read| read.record) else { continue };
            // The bucket may be the customer's own, and what lies in it anybody's word.
            if record.customer != customer.id
                || record.image != image
                || !image.begins(&record.sha256)
            {
                tracing::error!(customer = %customer.id, %image, "a record is not of the image that it is named by");
                continue;
            }
            let sample = state.sample(&record);
            candidates.push(Candidate { record, sample });
        }
        Ok(candidates)
    }
}

/// Whether the customer's own bucket is shut to us, or gone.
fn has_taken_its_bucket_back(error: &SnapshotError) -> bool {
    use SnapshotError::{Record, Store};
    matches!(
        error,
        Store(StoreError::AccessDenied { .. } | StoreError::NotFound { .. })
            | Record(RecordError::Store(StoreError::AccessDenied { .. }))
    )
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

    /// A line of JSON for each image that it leaves out.
    pub fn left_out(&self) -> impl Iterator<Item = String> {
        self.choice.left_out.iter().map(line)
    }

    /// How many images it leaves out, by reason.
    pub fn reasons(&self) -> BTreeMap<&'static str, usize> {
        reason::counts(&self.choice.left_out)
    }

    /// Waits until the feed has come to what this plan lacks, or until the time is over. Whether it has come to anything
    /// that it was not asked about before: choosing again then finds more.
    async fn wait_for_feed(
        &self,
        feed: &Bucket,
        until: Option<Instant>,
        answered: &mut HashSet<Asked>,
    ) -> Result<bool, StoreError> {
        let lacking = self.choice.left_out.iter().filter(|one| one.reason == Reason::NotStaged);
        let asked = lacking.map(|one| (one.customer.clone(), one.image, one.version));
        let mut asked: Vec<Asked> = asked.filter(|asked| !answered.contains(asked)).collect();
        let before = answered.len();
        while let Some((customer, image, version)) = asked.last() {
            let marker = Marker::read(feed, customer, *image).await?;
            if marker.is_some_and(|marker| marker.has_seen(*version)) {
                answered.extend(asked.pop());
            } else if until.is_none_or(|until| Instant::now() < until) {
                sleep(ASKED_EVERY).await;
            } else {
                break;
            }
        }
        Ok(answered.len() > before)
    }

    /// What it has become, with its shards in the bucket.
    pub(super) fn publication(self, shards: &[Shard]) -> Publication {
        let Self { dataset, recipe, choice, positions, shards: plans, numbers } = self;
        let mut rows = Vec::with_capacity(choice.chosen.len());
        for (plan, shard) in plans.iter().zip(shards) {
            let chosen = &choice.chosen[plan.chosen.clone()];
            rows.extend(chosen.iter().zip(&shard.rows).map(|(chosen, row)| {
                IndexRow::new(chosen, &positions[chosen.sample.chain].chain, &shard.key, row)
            }));
        }
        let splits = plans.iter().map(|plan| plan.split);
        let shards = splits.zip(shards.iter().map(Shard::published)).collect();
        let (classes, left_out) = (choice.classes, choice.left_out);
        let replaces = None;
        Publication {
            dataset,
            classes,
            shards,
            rows,
            left_out,
            positions,
            recipe,
            numbers,
            replaces,
        }
    }

    /// SHA-256 of all that decides what the shards hold: which samples, where they lie, and how they are described.
    pub(super) fn digest(&self) -> String {
        let mut digest = Context::new(&SHA256);
        let recipe = self.recipe.text();
        digest.update(format!("{}\n{}\n{recipe}\n", self.dataset, resizer::ENGINE).as_bytes());
        for one in &self.choice.chosen {
            let (sample, record): (_, &Record) = (&one.sample, &one.record);
            let place = (&sample.segment, sample.place.offset);
            digest.update(line(&(&one.key, one.split, one.class, place, record)).as_bytes());
            digest.update(b"\n");
        }
        HEXLOWER.encode(digest.finish().as_ref())
    }
}

impl FeedState {
    /// Every image of a customer that is staged, left out for one reason.
    fn all_of(&self, customer: &CustomerId, reason: &Reason) -> Vec<LeftOut> {
        let own = self.staged_of(customer);
        let left_out = own.map(|(image, version)| LeftOut {
            customer: customer.clone(),
            image,
            version,
            reason: reason.clone(),
        });
        left_out.collect()
    }
}
