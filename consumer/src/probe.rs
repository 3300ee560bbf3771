//! Whether the store honours conditional PUT, without which the commit chain is worth nothing.
//!
//! Some stores accept the headers and ignore them (Garage does), and then two writers both win.
//! That cannot be seen in normal operation, so it is asked at start, with an object of its own.

use customer::{Bucket, Condition, ObjectKey, StoreError, UploadId};

/// An ETag that no object of one byte has.
const OTHER_ETAG: &str = "\"00000000000000000000000000000000\"";

/// Why the feed must not run on this store.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    #[error(
        "the store of bucket '{bucket}' ignores {header} on PUT; the feed needs one that honours \
         conditional writes, as Amazon S3 does"
    )]
    Ignored { bucket: String, header: &'static str },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Puts an object, and twice more under conditions that do not hold.
pub async fn probe(feed: &Bucket) -> Result<(), ProbeError> {
    let key = ObjectKey::Probe(UploadId::random());
    feed.put(&key, "1", None, Condition::Absent).await?;
    let refused = [
        refuses(feed, &key, "If-None-Match", Condition::Absent).await,
        refuses(feed, &key, "If-Match", Condition::Matches(OTHER_ETAG)).await,
    ];
    feed.delete(&key).await?;
    refused.into_iter().collect()
}

async fn refuses(
    feed: &Bucket,
    key: &ObjectKey,
    header: &'static str,
    condition: Condition<'_>,
) -> Result<(), ProbeError> {
    match feed.put(key, "2", None, condition).await {
        Ok(_) => Err(ProbeError::Ignored { bucket: feed.name().to_owned(), header }),
        Err(StoreError::PreconditionFailed { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
