//! Storing what was rendered, as far as the customer's bound goes.
//!
//! What is stored is removed again where the record has died meanwhile, so that a render in flight at a deletion leaves
//! nothing behind.
//!
//! The renditions of an image are counted each time, because other machines store too. Only that there are enough is
//! believed for a while: it can be outdated towards fewer renditions alone.

use std::time::Duration;

use bytes::Bytes;
use customer::{Bucket, Condition, CustomerId, ImageId, ObjectKey, Record, Records, StoreError};
use moka::future::Cache;
use tokio::task::JoinHandle;

const FULL_FOR: Duration = Duration::from_mins(1);
const FULL_IMAGES_MAX: u64 = 10_000;

#[derive(Clone, Debug)]
pub(crate) struct Storage {
    /// Images that have as many renditions as may be.
    full: Cache<(CustomerId, ImageId), ()>,
}

/// A rendition that is to be stored.
struct Task {
    storage: Storage,
    bucket: Bucket,
    image: (CustomerId, ImageId),
    renditions_max: u16,
}

impl Storage {
    pub(crate) fn new() -> Self {
        let full = Cache::builder().max_capacity(FULL_IMAGES_MAX).time_to_live(FULL_FOR).build();
        Self { full }
    }

    /// Stores a rendition in the background, unless there are `renditions_max`. A failure costs the next viewer a render
    /// and this one nothing.
    pub(crate) fn store(
        &self,
        bucket: &Bucket,
        record: &Record,
        renditions_max: u16,
        key: ObjectKey,
        bytes: Bytes,
    ) -> Option<JoinHandle<()>> {
        let image = (record.customer.clone(), record.image);
        if self.full.contains_key(&image) {
            return None;
        }
        let task = Task { storage: self.clone(), bucket: bucket.clone(), image, renditions_max };
        Some(tokio::spawn(task.run(key, bytes)))
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
        let (image, most) = (self.image.1, self.renditions_max);
        let all = ObjectKey::renditions_by(resizer::ENGINE, image);
        let stored = self.bucket.list(&all, None, most.into()).await?;
        if stored.found.len() >= usize::from(most) {
            tracing::warn!(%image, most, "there are enough renditions: no more is stored");
            self.storage.full.insert(self.image.clone(), ()).await;
            return Ok(());
        }
        self.bucket.put(key, bytes, None, Condition::Always).await?;
        match Records::new(&self.bucket).read(image).await {
            Ok(Some(found)) if found.record.is_live() => Ok(()),
            _ => self.bucket.delete(key).await,
        }
    }
}
