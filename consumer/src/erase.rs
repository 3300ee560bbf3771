//! Erasure: everything in the feed that shows an image up to the version that an order names is rewritten without it.
//!
//! A pass takes up all orders that have no receipt yet. It amends commits whose segments hold a sample (`segments.rs`), puts
//! others in the place of snapshots that do (`snapshot/erasing.rs`), removes shards that no snapshot names, and in the end writes
//! receipts (`receipt.rs`). Each step says what it is about to delete in an object that stays, and does nothing that is
//! done already: a pass may be killed anywhere, and two may run at a time.
//!
//! Whoever builds a snapshot obeys the orders that there are when it is published. Whoever stages an image finds its original
//! gone, and its marker at the version of its deletion. What was begun before may still be put; so an order has its receipt
//! from a look at everything that begins when all of that has ended, and finds nothing.

mod receipt;
mod segments;

use std::{collections::HashMap, io, time::Duration};

use bytes::Bytes;
use customer::{
    Bucket, Condition, CustomerId, Erasure, ErasureError, Found, ImageId, ObjectKey, StoreError,
    Timestamp,
};
use futures::future::BoxFuture;
use parquet::errors::ParquetError;
use serde::Deserialize;

use crate::{ChainError, SnapshotError, snapshot::erasing};

pub use receipt::Receipt;

/// What is written ends within this time, once it is begun.
pub const SETTLED_AFTER: Duration = Duration::from_mins(5);
/// A look that found something is followed by another one, so often.
const LOOKS_MAX: usize = 4;

/// How long to wait for what others may have begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Before an order has its receipt: whoever began before the order may still put what it forbids.
    pub orders: Duration,
    /// Before a segment is removed that no commit names: whoever put it may still be about to.
    pub segments: Duration,
}

impl Default for Settled {
    fn default() -> Self {
        Self { orders: SETTLED_AFTER, segments: SETTLED_AFTER }
    }
}

/// What a pass has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// Segments that others have taken the place of, or that were removed.
    pub segments: usize,
    /// Snapshots that others have taken the place of, or that were removed.
    pub snapshots: usize,
    /// Shards that no snapshot named.
    pub shards: usize,
    pub receipts: usize,
    /// Orders that wait for their receipt.
    pub waiting: usize,
}

/// Why a pass broke off. The next one goes on.
#[derive(Debug, thiserror::Error)]
pub enum ErasePassError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Order(#[from] ErasureError),
    #[error(transparent)]
    Chain(#[from] ChainError),
    #[error("a snapshot cannot be published without what is erased")]
    Snapshot(#[from] SnapshotError),
    #[error("'{key}' is not what its name says")]
    Unreadable { key: String, source: serde_json::Error },
    #[error("the index '{key}' cannot be read")]
    Index { key: String, source: ParquetError },
    #[error("'{key}' is no tar of samples")]
    Tar { key: String, source: io::Error },
}

impl ErasePassError {
    /// Whether something was gone that another eraser may have taken away.
    pub(crate) fn is_gone(&self) -> bool {
        matches!(
            self,
            Self::Store(StoreError::NotFound { .. })
                | Self::Snapshot(SnapshotError::Store(StoreError::NotFound { .. }))
        )
    }
}

/// Up to which version each image is to be forgotten.
#[derive(Debug, Default)]
pub(crate) struct Forgotten(HashMap<(CustomerId, ImageId), u64>);

impl Forgotten {
    pub(crate) fn of<'a>(orders: impl IntoIterator<Item = &'a Erasure>) -> Self {
        let orders = orders.into_iter();
        Self(orders.map(|order| ((order.customer.clone(), order.image), order.version)).collect())
    }

    pub(crate) fn holds(&self, customer: &CustomerId, image: ImageId, version: u64) -> bool {
        self.0.get(&(customer.clone(), image)).is_some_and(|&up_to| version <= up_to)
    }

    /// Whether a tar of samples holds any of it. One that is gone holds nothing.
    pub(crate) async fn is_in_tar(
        &self,
        feed: &Bucket,
        found: &Found,
    ) -> Result<bool, ErasePassError> {
        let bytes = usize::try_from(found.bytes).unwrap_or(usize::MAX);
        let tar = match feed.range(&found.key, 0..bytes).await {
            Err(StoreError::NotFound { .. }) => return Ok(false),
            tar => tar?,
        };
        let broken = |source| ErasePassError::Tar { key: found.key.clone(), source };
        self.is_in(&tar).map_err(broken)
    }

    fn is_in(&self, tar: &[u8]) -> io::Result<bool> {
        for entry in tar::Archive::new(tar).entries()? {
            let entry = entry?;
            if !entry.path_bytes().ends_with(b".json") {
                continue;
            }
            let Whose { customer, image, version } = serde_json::from_reader(entry)?;
            if self.holds(&customer, image, version) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub(crate) fn customers(&self) -> impl Iterator<Item = &CustomerId> {
        self.0.keys().map(|(customer, _)| customer)
    }

    pub(crate) fn images_of<'a>(
        &'a self,
        customer: &'a CustomerId,
    ) -> impl Iterator<Item = ImageId> + 'a {
        self.0.keys().filter(move |(own, _)| own == customer).map(|(_, image)| *image)
    }
}

/// The part of a sample's description that says whose it is.
#[derive(Deserialize)]
struct Whose {
    customer: CustomerId,
    image: ImageId,
    version: u64,
}

/// Takes up all orders that have no receipt, and looks again until nothing of them is found.
pub fn erase(feed: &Bucket, settled: Settled) -> BoxFuture<'_, Result<Erased, ErasePassError>> {
    Box::pin(async move {
        let orders = receipt::without(feed).await?;
        let mut erased = Erased { waiting: orders.len(), ..Erased::default() };
        let forgotten = Forgotten::of(&orders);
        for _ in 0..LOOKS_MAX {
            if orders.is_empty() {
                return Ok(erased);
            }
            let began = Timestamp::now();
            let segments =
                segments::erase(feed, &forgotten, before(began, settled.segments)).await?;
            let (snapshots, shards) = erasing::erase(feed, &forgotten).await?;
            erased.segments += segments.gone;
            erased.snapshots += snapshots;
            erased.shards += shards;
            if segments.gone + snapshots + shards > 0 {
                continue;
            }
            if segments.young == 0 {
                let given_by = before(began, settled.orders);
                let due: Vec<_> =
                    orders.iter().filter(|order| order.erased_at <= given_by).collect();
                erased.receipts = receipt::write(feed, &due, began).await?;
                erased.waiting -= erased.receipts;
            }
            break;
        }
        tracing::info!(?erased, "erased from the feed");
        Ok(erased)
    })
}

fn before(moment: Timestamp, duration: Duration) -> Timestamp {
    let ms = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_ms(moment.ms().saturating_sub(ms))
}

/// Puts an object whose name says what it holds: whoever was first has put the same.
pub(crate) async fn put_named_by_content(
    feed: &Bucket,
    key: &ObjectKey,
    bytes: Bytes,
) -> Result<(), StoreError> {
    match feed.put(key, bytes, None, Condition::Absent).await {
        Err(StoreError::PreconditionFailed { .. }) => Ok(()),
        put => put.map(drop),
    }
}
