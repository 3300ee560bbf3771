//! Erases deleted images whose time has come.
//!
//! The record goes first and by compare-and-delete, so that undoing and uploading again either come
//! before and stop the erasure, or find nothing to build on. Nobody relies on an original without a
//! record (see accept), so what the tombstone names can go afterwards, however late. The copy under
//! `tombstones/` says what that is, and goes last.

use customer::{
    Bucket, Erasure, ErasureError, Found, ObjectKey, Record, RecordError, Records, StoreError,
    Timestamp, Versioned,
};
use futures::{StreamExt, stream};

use super::{Swept, outbox::has_lost_its_writer};

const PAGE: i32 = 1_000;
/// Images erased at a time.
const ERASED_AT_ONCE: usize = 16;

/// Why an image could not be erased now.
#[derive(Debug, thiserror::Error)]
enum EraseError {
    #[error(transparent)]
    Record(#[from] RecordError),
    #[error(transparent)]
    Erasure(#[from] ErasureError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the tombstone '{key}' cannot be read")]
    Unreadable { key: String, source: serde_json::Error },
}

pub(super) async fn sweep(bucket: &Bucket, feed: &Bucket, swept: &mut Swept) {
    let due = swept.listed(due(bucket).await);
    let mut erased = stream::iter(due)
        .map(|found| async move { erase(bucket, feed, &found).await })
        .buffer_unordered(ERASED_AT_ONCE);
    while let Some(erased) = erased.next().await {
        swept.note(|swept| &mut swept.erased, erased.map(usize::from));
    }
}

/// The tombstones whose time has come: the first ones, by their names.
async fn due(bucket: &Bucket) -> Result<Vec<Found>, StoreError> {
    let now = Timestamp::now().ms();
    let is_due = |found: &Found| match ObjectKey::parse(&found.key) {
        Some(ObjectKey::Tombstone { erase_after_ms, .. }) => erase_after_ms <= now,
        _ => false,
    };
    let mut all: Vec<Found> = Vec::new();
    loop {
        let after = all.last().map(|found| found.key.clone());
        let page = bucket.list(ObjectKey::TOMBSTONES, after.as_deref(), PAGE).await?;
        let (listed, before) = (page.found.len(), all.len());
        all.extend(page.found.into_iter().take_while(is_due));
        if !page.more || all.len() - before < listed {
            return Ok(all);
        }
    }
}

/// Whether the image is now erased.
async fn erase(bucket: &Bucket, feed: &Bucket, found: &Found) -> Result<bool, EraseError> {
    let Some(tombstone) = read(bucket, found).await? else { return Ok(false) };
    let records = Records::new(bucket);
    let mut current = records.read(tombstone.image).await?;
    if let Some(there) = &current {
        if there.record.version < tombstone.version && !has_lost_its_writer(found) {
            return Ok(false);
        }
        if there.record == tombstone {
            let outbox = ObjectKey::Outbox { image: tombstone.image, version: tombstone.version };
            // Kafka has not heard of the deletion, and only the record can tell it.
            if bucket.head(&outbox).await?.is_some() {
                return Ok(false);
            }
            Erasure::order(feed, &tombstone).await?;
            if !records.remove(there).await? {
                return Ok(false);
            }
            current = None;
        }
    }
    forget(bucket, &tombstone, current.as_ref()).await?;
    bucket.delete_named(&found.key).await?;
    Ok(current.is_none())
}

/// Deletes what the tombstone names and `current` does not need.
async fn forget(
    bucket: &Bucket,
    tombstone: &Record,
    current: Option<&Versioned>,
) -> Result<(), StoreError> {
    let needs = |needed: fn(&Record, &Record) -> bool| {
        current.is_some_and(|current| needed(&current.record, tombstone))
    };
    // An original that the customer keeps elsewhere in the bucket stays the customer's.
    let own = tombstone.original.is_immutable();
    if own && !needs(|current, tombstone| current.original.key == tombstone.original.key) {
        bucket.delete_named(&tombstone.original.key).await?;
    }
    if !needs(|current, tombstone| current.newest() == tombstone.newest()) {
        bucket.delete(&tombstone.newest()).await?;
    }
    if current.is_none() {
        forget_all(bucket, tombstone).await?;
    }
    Ok(())
}

/// Deletes every rendition, and what uploads that lost a race have left of the original. A name that
/// is younger than the tombstone may be that of an upload under way.
async fn forget_all(bucket: &Bucket, tombstone: &Record) -> Result<(), StoreError> {
    for rendition in bucket.list_all(&ObjectKey::renditions_of(tombstone.image)).await? {
        bucket.delete_named(&rendition.key).await?;
    }
    let deleted_ms = tombstone.changed_at.ms();
    for original in bucket.list_all(&ObjectKey::Original(tombstone.image).to_string()).await? {
        let is_older = match ObjectKey::parse(&original.key) {
            Some(ObjectKey::Original(_)) => true,
            Some(ObjectKey::OriginalAgain { uploaded_ms, .. }) => uploaded_ms < deleted_ms,
            _ => false,
        };
        if is_older {
            bucket.delete_named(&original.key).await?;
        }
    }
    Ok(())
}

async fn read(bucket: &Bucket, found: &Found) -> Result<Option<Record>, EraseError> {
    let Some(key) = ObjectKey::parse(&found.key) else { return Ok(None) };
    let unreadable = |source| EraseError::Unreadable { key: found.key.clone(), source };
    let object = bucket.get(&key).await?;
    object.map(|object| serde_json::from_slice(&object.bytes).map_err(unreadable)).transpose()
}
