//! What the feed should have and has not: every record of every customer against its marker.
//!
//! A version that the feed has never seen gets its outbox entry again, and announce, the only
//! producer, brings it to Kafka once more. This is disaster recovery of Kafka, and on one machine
//! what makes up for a cluster that lives in memory. An entry too many does no harm.

use bytes::Bytes;
use customer::{
    Bucket, Buckets, Condition, Customer, ImageId, ObjectKey, RecordError, Records, Registry,
    RegistryError, StoreError,
};
use futures::{StreamExt, TryStreamExt, future::BoxFuture, stream};

use crate::Marker;

const PAGE: i32 = 1_000;
const CONCURRENT: usize = 16;

/// What a run found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// Records read.
    pub records: u64,
    /// Of these, those whose version the feed has not seen; each has its outbox entry again.
    pub missing: u64,
    /// Customers whose bucket could not be read to its end; the log says why.
    pub customers_failed: u64,
}

/// Why the comparison could not be made at all.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    #[error(transparent)]
    Registry(#[from] RegistryError),
    #[error("the feed's markers cannot be read")]
    Feed(#[source] StoreError),
}

/// Why one customer's records could not be compared. The others go on.
#[derive(Debug, thiserror::Error)]
enum CustomerError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Feed(ReconcileError),
}

/// Compares all records with the feed.
pub fn reconcile<'a>(
    buckets: &'a Buckets,
    registry: &'a Registry,
) -> BoxFuture<'a, Result<Reconciled, ReconcileError>> {
    Box::pin(async move {
        let mut reconciled = Reconciled::default();
        for id in registry.ids().await? {
            let Some(customer) = registry.find(&id).await? else { continue };
            match reconcile_customer(buckets, &customer, &mut reconciled).await {
                Ok(()) => {}
                Err(CustomerError::Feed(error)) => return Err(error),
                Err(CustomerError::Store(error)) => {
                    tracing::warn!(customer = %id, error = &error as &dyn std::error::Error, "a customer's records cannot be reconciled");
                    reconciled.customers_failed += 1;
                }
            }
        }
        tracing::info!(?reconciled, "compared all records with the feed");
        Ok(reconciled)
    })
}

async fn reconcile_customer(
    buckets: &Buckets,
    customer: &Customer,
    reconciled: &mut Reconciled,
) -> Result<(), CustomerError> {
    let (feed, bucket) = (buckets.feed(), buckets.of(customer).await);
    let mut after = None;
    loop {
        let page = bucket.list(ObjectKey::RECORDS, after.as_deref(), PAGE).await?;
        let images = page.found.iter().filter_map(|found| match ObjectKey::parse(&found.key) {
            Some(ObjectKey::Record(image)) => Some(image),
            _ => None,
        });
        let checks: Vec<_> = images.map(|image| is_missing(&feed, &bucket, image)).collect();
        let mut checked = stream::iter(checks).buffer_unordered(CONCURRENT);
        while let Some(missing) = checked.try_next().await? {
            reconciled.records += 1;
            reconciled.missing += u64::from(missing);
        }
        after = page.found.into_iter().next_back().map(|found| found.key);
        if !page.more || after.is_none() {
            return Ok(());
        }
    }
}

/// Whether the feed lacked the record's version; if so, its outbox entry is there again.
async fn is_missing(feed: &Bucket, bucket: &Bucket, image: ImageId) -> Result<bool, CustomerError> {
    let record = match Records::new(bucket).read(image).await {
        Ok(Some(found)) => found.record,
        Ok(None) => return Ok(false),
        Err(RecordError::Store(error)) => return Err(error.into()),
        Err(error) => {
            tracing::error!(%image, error = &error as &dyn std::error::Error, "a record cannot be read");
            return Ok(false);
        }
    };
    let marker = Marker::read(feed, &record.customer, image).await;
    let marker = marker.map_err(|error| CustomerError::Feed(ReconcileError::Feed(error)))?;
    if marker.is_some_and(|marker| marker.has_seen(record.version)) {
        return Ok(false);
    }
    let outbox = ObjectKey::Outbox { image, version: record.version };
    bucket.put(&outbox, Bytes::new(), None, Condition::Always).await?;
    Ok(true)
}
