//! Sweep: finds what is older than it should be, because a process died or a notification was lost.

use std::sync::Arc;

use customer::{Bucket, Buckets, Customer, ObjectKey, Registry, Timestamp};
use futures::{StreamExt, stream};
use resizer::Limits;

use crate::{
    announce::{AnnounceError, Announced, Announcer},
    notify::{NotifyError, accept_upload},
};

/// An outbox entry whose version has not come by then has lost its writer.
const OUTBOX_ORPHAN_MS: i64 = 60 * 60 * 1000;
/// Entries announced at a time.
const ANNOUNCED_AT_ONCE: usize = 32;

/// What a sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    pub uploads_accepted: usize,
    pub announced: usize,
    pub orphans_removed: usize,
    pub failed: usize,
}

/// Sweeps every customer's bucket. What fails is logged and left for the next sweep.
///
/// `older_than_ms`: how long a notification may take; 0 at start, when none is on its way.
pub async fn sweep(
    buckets: &Buckets,
    registry: &Registry,
    announcer: &Announcer,
    limits: Limits,
    older_than_ms: i64,
) -> Result<Swept, NotifyError> {
    let mut swept = Swept::default();
    let before = Timestamp::from_ms(Timestamp::now().ms() - older_than_ms);
    for id in registry.ids().await? {
        let Some(customer) = registry.find(&id).await? else { continue };
        let bucket = buckets.of(&customer).await;
        sweep_incoming(&customer, &bucket, limits, before, &mut swept).await?;
        sweep_outbox(&bucket, announcer, before, &mut swept).await?;
    }
    Ok(swept)
}

async fn sweep_incoming(
    customer: &Arc<Customer>,
    bucket: &Bucket,
    limits: Limits,
    before: Timestamp,
    swept: &mut Swept,
) -> Result<(), NotifyError> {
    let found = bucket.list_all(ObjectKey::INCOMING).await?;
    for found in found.iter().filter(|found| found.modified_at <= before) {
        let Some(ObjectKey::Incoming(upload)) = ObjectKey::parse(&found.key) else { continue };
        match accept_upload(customer, bucket, upload, limits).await {
            Ok(()) => swept.uploads_accepted += 1,
            Err(error) => {
                swept.failed += 1;
                tracing::warn!(%upload, error = &error as &dyn std::error::Error, "accept failed");
            }
        }
    }
    Ok(())
}

async fn sweep_outbox(
    bucket: &Bucket,
    announcer: &Announcer,
    before: Timestamp,
    swept: &mut Swept,
) -> Result<(), NotifyError> {
    let found = bucket.list_all(ObjectKey::OUTBOX).await?;
    let due = found.into_iter().filter(|found| found.modified_at <= before);
    let mut results = stream::iter(due)
        .map(|found| async move {
            let Some(ObjectKey::Outbox { image, version }) = ObjectKey::parse(&found.key) else {
                return Ok(Announced::NotYet);
            };
            let announced = announcer.announce(bucket, image, version).await?;
            let age_ms = Timestamp::now().ms() - found.modified_at.ms();
            if announced == Announced::NotYet && age_ms > OUTBOX_ORPHAN_MS {
                bucket.delete_named(&found.key).await?;
            }
            Ok::<_, AnnounceError>(announced)
        })
        .buffer_unordered(ANNOUNCED_AT_ONCE);
    while let Some(result) = results.next().await {
        match result {
            Ok(Announced::Done) => swept.announced += 1,
            Ok(Announced::NotYet) => swept.orphans_removed += 1,
            Err(error) => {
                swept.failed += 1;
                tracing::warn!(error = &error as &dyn std::error::Error, "announce failed");
            }
        }
    }
    Ok(())
}
