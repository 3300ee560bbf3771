//! Reading and changing records, so that no change can fall between the record and Kafka.
//!
//! A write puts `outbox/{image}-{version}` first and the record last. Whoever dies between the two
//! leaves an outbox entry whose version never comes, which the sweep removes; nobody can leave a
//! version without an entry. A tombstone's copy under `tombstones/` is put before it likewise, so
//! nobody can leave a deleted image that is never erased.

use bytes::Bytes;

use telemetry::TraceParent;

use crate::{Bucket, Condition, ImageId, ObjectKey, Record, StoreError};

/// The records of one customer's bucket.
#[derive(Clone, Copy, Debug)]
pub struct Records<'a> {
    bucket: &'a Bucket,
}

/// A record as it lies in the bucket, with the ETag that a change must match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versioned {
    pub record: Record,
    pub etag: String,
}

/// Why a record could not be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// Somebody else's change came first. The record as it now is, where there is one.
    #[error("the record has changed meanwhile")]
    Stale(Option<Box<Versioned>>),
    #[error("the record of image {image} cannot be read")]
    Unreadable { image: ImageId, source: serde_json::Error },
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl<'a> Records<'a> {
    pub fn new(bucket: &'a Bucket) -> Self {
        Self { bucket }
    }

    /// The record of an image, or `None` where the customer never had it.
    pub async fn read(&self, image: ImageId) -> Result<Option<Versioned>, RecordError> {
        let Some(object) = self.bucket.get(&ObjectKey::Record(image)).await? else {
            return Ok(None);
        };
        let unreadable = |source| RecordError::Unreadable { image, source };
        let record = serde_json::from_slice(&object.bytes).map_err(unreadable)?;
        Ok(Some(Versioned { record, etag: object.etag }))
    }

    /// Writes `next` in the place of `current` (`None`: where there is no record yet).
    ///
    /// An answer that was lost on the way back looks like somebody else's change: a record that is
    /// `next` to the byte was written by this call.
    pub async fn write(
        &self,
        mut next: Record,
        current: Option<&Versioned>,
    ) -> Result<Versioned, RecordError> {
        next.trace = TraceParent::current();
        let (image, version) = (next.image, next.version);
        let unreadable = |source| RecordError::Unreadable { image, source };
        let json = Bytes::from(serde_json::to_vec(&next).map_err(unreadable)?);
        let outbox = ObjectKey::Outbox { image, version };
        self.bucket.put(&outbox, Bytes::new(), None, Condition::Always).await?;
        if let Some(erase_after) = next.erase_after {
            let copy = ObjectKey::Tombstone { erase_after_ms: erase_after.ms(), image };
            self.bucket.put(&copy, json.clone(), None, Condition::Always).await?;
        }
        let condition =
            current.map_or(Condition::Absent, |current| Condition::Matches(&current.etag));
        match self.bucket.put(&ObjectKey::Record(image), json, None, condition).await {
            Ok(etag) => Ok(Versioned { record: next, etag }),
            // A condition on an object that was deleted meanwhile is answered with 404.
            Err(StoreError::PreconditionFailed { .. } | StoreError::NotFound { .. }) => {
                match self.read(image).await? {
                    Some(found) if found.record == next => Ok(found),
                    found => Err(RecordError::Stale(found.map(Box::new))),
                }
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Removes a record, if it is still `current`: the point from which nobody can bring the image
    /// back. False where somebody has changed it.
    pub async fn remove(&self, current: &Versioned) -> Result<bool, StoreError> {
        let key = ObjectKey::Record(current.record.image);
        match self.bucket.delete_if(&key, &current.etag).await {
            Ok(()) => Ok(true),
            Err(StoreError::PreconditionFailed { .. } | StoreError::NotFound { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
