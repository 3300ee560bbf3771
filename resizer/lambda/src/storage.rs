//! Storing what was rendered, as far as the customer's bound goes.
//!
//! What is stored is removed again where the record has died meanwhile, so that a render in flight at a deletion leaves
//! nothing behind.
//!
//! Other machines store too. So a count is believed for seconds and for a few renditions alone, fewer the nearer the bound
//! is; at the bound each is counted for.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use customer::{Bucket, Condition, CustomerId, ImageId, ObjectKey, Record, Records, StoreError};
use moka::future::Cache;

use crate::fetch::Fetch;

/// How long a count is believed.
const COUNTED_FOR: Duration = Duration::from_secs(10);
const COUNTED_IMAGES_MAX: u64 = 10_000;
/// What one machine stores after a count without another, at most; as much as an eighth of what is left.
const STORED_PER_COUNT_MAX: usize = 8;

#[derive(Clone, Debug)]
pub(crate) struct Storage {
    /// How many more of an image may be stored before they are counted again; none where there are enough.
    counted: Cache<(CustomerId, ImageId), Arc<Counted>>,
    /// How long an answer waits for it.
    timeout: Duration,
}

/// What followed from a count.
#[derive(Debug)]
enum Counted {
    Full,
    Left(AtomicUsize),
}

/// A rendition that is to be stored.
struct Task {
    storage: Storage,
    bucket: Bucket,
    image: (CustomerId, ImageId),
    renditions_max: u16,
}

impl Storage {
    pub(crate) fn new(fetch: Fetch) -> Self {
        let counted = Cache::builder().max_capacity(COUNTED_IMAGES_MAX);
        let counted = counted.time_to_live(COUNTED_FOR).build();
        Self { counted, timeout: fetch.timeout }
    }

    /// Stores a rendition, unless there are `renditions_max`. A failure costs the next viewer a render and this one nothing.
    ///
    /// Whoever has an answer may count on the bound of what is stored, and a function's process may be frozen as soon as
    /// it has answered: so the answer waits. A viewer who does not stops nothing.
    pub(crate) async fn store(
        &self,
        bucket: &Bucket,
        record: &Record,
        renditions_max: u16,
        key: ObjectKey,
        bytes: Bytes,
    ) {
        let image = (record.customer.clone(), record.image);
        if matches!(self.counted.get(&image).await.as_deref(), Some(Counted::Full)) {
            return;
        }
        let task = Task { storage: self.clone(), bucket: bucket.clone(), image, renditions_max };
        let stored = tokio::spawn(task.run(key, bytes));
        if tokio::time::timeout(self.timeout, stored).await.is_err() {
            tracing::warn!(image = %record.image, "an answer did not wait any longer for its rendition to be stored");
        }
    }

    /// Whether an earlier count leaves room for one more.
    async fn takes_one_more(&self, image: &(CustomerId, ImageId)) -> bool {
        match self.counted.get(image).await.as_deref() {
            Some(Counted::Left(left)) => left
                .fetch_update(Ordering::AcqRel, Ordering::Acquire, |left| left.checked_sub(1))
                .is_ok(),
            Some(Counted::Full) | None => false,
        }
    }
}

impl Task {
    async fn run(self, key: ObjectKey, bytes: Bytes) {
        if let Err(error) = self.try_store(&key, bytes).await {
            let ((_, image), error) = (&self.image, &error as &dyn std::error::Error);
            tracing::warn!(%image, error, "a rendition was not stored");
        }
    }

    /// Stores it unless there are enough.
    async fn try_store(&self, key: &ObjectKey, bytes: Bytes) -> Result<(), StoreError> {
        if !self.storage.takes_one_more(&self.image).await && !self.count().await? {
            return Ok(());
        }
        self.bucket.put(key, bytes, None, Condition::Always).await?;
        match Records::new(&self.bucket).read(self.image.1).await {
            Ok(Some(found)) if found.record.is_live() => Ok(()),
            _ => self.bucket.delete(key).await,
        }
    }

    /// Counts the renditions of the image; whether there may be one more.
    async fn count(&self) -> Result<bool, StoreError> {
        let (image, most) = (self.image.1, self.renditions_max);
        let all = ObjectKey::renditions_by(resizer::ENGINE, image);
        let stored = self.bucket.list(&all, None, most.into()).await?.found.len();
        let left = usize::from(most).saturating_sub(stored);
        if left == 0 {
            tracing::warn!(%image, most, "there are enough renditions: no more is stored");
        }
        let counted = match left {
            0 => Counted::Full,
            left => Counted::Left(STORED_PER_COUNT_MAX.min(left / 8).into()),
        };
        self.storage.counted.insert(self.image.clone(), Arc::new(counted)).await;
        Ok(left > 0)
    }
}
