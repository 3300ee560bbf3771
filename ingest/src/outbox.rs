//! How many changes wait for Kafka, and for how long.

use customer::{ObjectKey, RegistryError, StoreError, Timestamp};
use futures::future::BoxFuture;
use metrics::gauge;

use crate::{Steps, sweep::customers};

/// Why nobody knows.
#[derive(Debug, thiserror::Error)]
pub enum OutboxError {
    #[error(transparent)]
    Registry(#[from] RegistryError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Measures the outboxes of all customers: `darkroom_outbox_entries` and `darkroom_outbox_oldest_seconds`.
pub fn measure_outbox(steps: &Steps) -> BoxFuture<'_, Result<(), OutboxError>> {
    Box::pin(async move {
        let (mut entries, mut oldest) = (0, None);
        for (_, bucket) in customers(steps).await? {
            for found in bucket.list_all(ObjectKey::OUTBOX).await? {
                entries += 1;
                oldest = oldest.into_iter().chain([found.modified_at]).min();
            }
        }
        let age_ms = oldest.map_or(0, |oldest| Timestamp::now().ms() - oldest.ms());
        gauge!("darkroom_outbox_entries").set(f64::from(entries));
        gauge!("darkroom_outbox_oldest_seconds").set(seconds(age_ms));
        Ok(())
    })
}

fn seconds(ms: i64) -> f64 {
    std::time::Duration::from_millis(ms.try_into().unwrap_or_default()).as_secs_f64()
}
