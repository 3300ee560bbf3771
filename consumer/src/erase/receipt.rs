//! Receipts: what was erased under an order, and when a look at everything found nothing of it any more.

use std::collections::{BTreeMap, HashMap};

use customer::{
    Bucket, Chain, CustomerId, DatasetName, Erasure, ImageId, ObjectKey, ResourceName, Timestamp,
    TrainedOn,
};
use serde::{Deserialize, Serialize};

use super::ErasePassError;
use crate::{
    Amendment, SegmentReference,
    chain::read_commit,
    snapshot::erasing::{Replaced, Rewritten, replaced},
};

/// `erasure/receipts/{customer}/{image}-{version}.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    pub schema: u32,
    pub customer: CustomerId,
    pub image: ImageId,
    /// This version and all before it are erased.
    pub version: u64,
    pub ordered_at: Timestamp,
    /// When the look began that found nothing.
    pub verified_at: Timestamp,
    pub segments: Vec<ErasedSegment>,
    pub snapshots: Vec<ErasedSnapshot>,
}

/// A commit whose segment held it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasedSegment {
    #[serde(flatten)]
    pub chain: Chain,
    pub seq: u64,
    /// Deleted, with all versions.
    pub before: Vec<SegmentReference>,
    /// Without it; `None` where no other sample was left.
    pub after: Option<SegmentReference>,
}

/// A snapshot that held it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasedSnapshot {
    pub dataset: DatasetName,
    pub snapshot: u32,
    /// The one without it; `None` where no other sample was left, or where it was never published.
    pub replaced_by: Option<u32>,
    pub shards: Vec<Rewritten>,
    /// Which models had been trained on it, or were begun to be. They are not changed: whoever runs the service decides.
    #[serde(default)]
    pub models: Vec<ResourceName>,
}

/// The orders that have no receipt.
pub(super) async fn without(feed: &Bucket) -> Result<Vec<Erasure>, ErasePassError> {
    let mut receipts = HashMap::new();
    for found in feed.list_all(ObjectKey::RECEIPTS).await? {
        if let Some(ObjectKey::Receipt { customer, image, version }) = ObjectKey::parse(&found.key)
        {
            let newest = receipts.entry((customer, image)).or_insert((0, found.modified_at));
            *newest = (version.max(newest.0), found.modified_at.max(newest.1));
        }
    }
    // An order that was put before its image's receipt is the one that it is of.
    let is_open = |customer: &CustomerId, image, put_at| {
        let receipt = receipts.get(&(customer.clone(), image));
        receipt.is_none_or(|&(_, written_at)| put_at >= written_at)
    };
    let mut orders = Erasure::of(feed, is_open).await?;
    orders.retain(|order| {
        let receipt = receipts.get(&(order.customer.clone(), order.image));
        receipt.is_none_or(|&(up_to, _)| up_to < order.version)
    });
    Ok(orders)
}

/// Writes a receipt for each order, from what amendments and snapshots tell of it.
pub(super) async fn write(
    feed: &Bucket,
    orders: &[&Erasure],
    verified_at: Timestamp,
) -> Result<usize, ErasePassError> {
    if orders.is_empty() {
        return Ok(0);
    }
    let mut receipts: BTreeMap<_, _> = orders
        .iter()
        .map(|order| ((order.customer.clone(), order.image), Receipt::of(order, verified_at)))
        .collect();
    segments(feed, &mut receipts).await?;
    snapshots(feed, &mut receipts).await?;
    for receipt in receipts.values() {
        let json = serde_json::to_vec(receipt).expect("texts and numbers have a JSON form");
        super::put_named_by_content(feed, &receipt.key(), json.into()).await?;
    }
    Ok(receipts.len())
}

type Receipts = BTreeMap<(CustomerId, ImageId), Receipt>;

async fn segments(feed: &Bucket, receipts: &mut Receipts) -> Result<(), ErasePassError> {
    for found in feed.list_all(ObjectKey::AMENDMENTS).await? {
        let Some(ObjectKey::Amendment { chain, seq }) = ObjectKey::parse(&found.key) else {
            continue;
        };
        let commit = read_commit(feed, &ObjectKey::Commit { chain: chain.clone(), seq }).await?;
        let amendment = Amendment::read(feed, &chain, seq).await?;
        let (Some((commit, _)), Some((amendment, _))) = (commit, amendment) else { continue };
        for kept in commit.kept(None).filter(|kept| amendment.erased.contains(&kept.offset)) {
            let subject = (kept.subject.customer.clone(), kept.subject.image);
            let Some(receipt) = receipts.get_mut(&subject) else { continue };
            if kept.subject.version <= receipt.version {
                let (chain, before) = (chain.clone(), amendment.removed.clone());
                let after = amendment.segment.clone();
                receipt.segments.push(ErasedSegment { chain, seq, before, after });
            }
        }
    }
    Ok(())
}

async fn snapshots(feed: &Bucket, receipts: &mut Receipts) -> Result<(), ErasePassError> {
    let trained = TrainedOn::all(feed).await?;
    for (dataset, snapshot, replaced) in replaced(feed).await? {
        let Replaced { replaced_by, shards, erased, .. } = replaced;
        for subject in erased {
            let Some(receipt) = receipts.get_mut(&(subject.customer, subject.image)) else {
                continue;
            };
            if subject.version <= receipt.version {
                let (dataset, shards) = (dataset.clone(), shards.clone());
                let models = trained_on(&trained, &dataset, snapshot);
                let erased = ErasedSnapshot { dataset, snapshot, replaced_by, shards, models };
                receipt.snapshots.push(erased);
            }
        }
    }
    Ok(())
}

fn trained_on(trained: &[TrainedOn], dataset: &DatasetName, number: u32) -> Vec<ResourceName> {
    let on = |one: &&TrainedOn| one.snapshot.dataset == *dataset && one.snapshot.number == number;
    trained.iter().filter(on).map(|one| one.model.clone()).collect()
}

impl Receipt {
    const SCHEMA: u32 = 1;

    fn of(order: &Erasure, verified_at: Timestamp) -> Self {
        let Erasure { customer, image, version, erased_at } = order.clone();
        Self {
            schema: Self::SCHEMA,
            customer,
            image,
            version,
            ordered_at: erased_at,
            verified_at,
            segments: Vec::new(),
            snapshots: Vec::new(),
        }
    }

    fn key(&self) -> ObjectKey {
        let Self { customer, image, version, .. } = self.clone();
        ObjectKey::Receipt { customer, image, version }
    }
}
