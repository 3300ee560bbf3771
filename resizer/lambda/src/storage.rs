//! Storing what was rendered, as far as the customer's bound goes.
//!
//! What is stored is removed again where the record has died meanwhile, so that a render in flight at a deletion leaves
//! nothing behind.
//!
//! Other machines store too. So a count is believed for seconds and for a few renditions alone, fewer the nearer the bound
//! is; at the bound each is counted for.
//!
//! A count names what there is. So for the same seconds the store is not asked for what it did not name: the next sizes of
//! a page are rendered at once. What another machine has stored meanwhile is rendered a second time, to the same bytes, or
//! looked for if that fails.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
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
/// For the names of what was counted, and for a name more than its text.
const COUNTED_BYTES_MAX: u64 = 32 << 20;
const NAME_BYTES: usize = 48;
/// What one machine stores after a count without another, at most; as much as an eighth of what is left.
const STORED_PER_COUNT_MAX: usize = 8;

#[derive(Clone, Debug)]
pub(crate) struct Storage {
    counted: Cache<(CustomerId, ImageId), Arc<Counted>>,
    /// How long an answer waits for it.
    timeout: Duration,
}

/// What followed from a count.
#[derive(Debug)]
struct Counted {
    /// There are as many as there may be.
    is_full: bool,
    /// How many more may be stored before they are counted again.
    more: AtomicUsize,
    /// What was found, and what this machine has stored.
    keys: Mutex<HashSet<String>>,
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
        let counted = Cache::builder().max_capacity(COUNTED_BYTES_MAX);
        let counted = counted.weigher(|_, counted: &Arc<Counted>| counted.weight());
        let counted = counted.time_to_live(COUNTED_FOR).build();
        Self { counted, timeout: fetch.timeout }
    }

    /// Whether the store is worth asking for a rendition: not where it was counted just now, and was not there.
    pub(crate) async fn may_hold(&self, record: &Record, key: &ObjectKey) -> bool {
        let counted = self.counted.get(&(record.customer.clone(), record.image)).await;
        counted.is_none_or(|counted| counted.keys().contains(&key.to_string()))
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
        if self.counted.get(&image).await.is_some_and(|counted| counted.is_full) {
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
        self.counted.get(image).await.is_some_and(|counted| {
            counted
                .more
                .fetch_update(Ordering::AcqRel, Ordering::Acquire, |more| more.checked_sub(1))
                .is_ok()
        })
    }
}

impl Counted {
    fn keys(&self) -> MutexGuard<'_, HashSet<String>> {
        // Each change of it is one step.
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bytes, with those of what may be stored before the next count.
    fn weight(&self) -> u32 {
        let keys = self.keys();
        let names: usize = keys.iter().map(String::len).sum();
        let entries = keys.len() + STORED_PER_COUNT_MAX + 2;
        u32::try_from(names + entries * NAME_BYTES).unwrap_or(u32::MAX)
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
        if let Some(counted) = self.storage.counted.get(&self.image).await {
            counted.keys().insert(key.to_string());
        }
        match Records::new(&self.bucket).read(self.image.1).await {
            Ok(Some(found)) if found.record.is_live() => Ok(()),
            _ => self.bucket.delete(key).await,
        }
    }

    /// Counts the renditions of the image; whether there may be one more.
    async fn count(&self) -> Result<bool, StoreError> {
        let (image, most) = (self.image.1, self.renditions_max);
        let all = ObjectKey::renditions_by(resizer::ENGINE, image);
        let stored = self.bucket.list_all(&all).await?;
        let left = usize::from(most).saturating_sub(stored.len());
        if left == 0 {
            tracing::warn!(%image, most, "there are enough renditions: no more is stored");
        }
        let mut keys: HashSet<_> = stored.into_iter().map(|found| found.key).collect();
        if let Some(before) = self.storage.counted.get(&self.image).await {
            // What was stored while this was counted. One that has gone meanwhile costs a question.
            keys.extend(before.keys().iter().cloned());
        }
        let counted = Counted {
            is_full: left == 0,
            more: STORED_PER_COUNT_MAX.min(left / 8).into(),
            keys: Mutex::new(keys),
        };
        self.storage.counted.insert(self.image.clone(), Arc::new(counted)).await;
        Ok(left > 0)
    }
}
