//! Up to which version an image of a customer is erased.
//!
//! Once an image is erased nothing in the customer's bucket tells of it. The order in the feed
//! bucket does: the feed has to forget everything up to that version, and the same bytes, uploaded
//! later, go on from it, so that versions of one image never begin anew.

use serde::{Deserialize, Serialize};

use crate::{Bucket, Condition, CustomerId, ImageId, ObjectKey, Record, StoreError, Timestamp};

/// `erasure/orders/{customer}/{image}.json` in the feed bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    pub customer: CustomerId,
    pub image: ImageId,
    /// This version and all before it are erased.
    pub version: u64,
    pub erased_at: Timestamp,
}

/// Why an order could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ErasureError {
    #[error("the erasure order '{key}' cannot be read")]
    Unreadable { key: String, source: serde_json::Error },
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Erasure {
    /// Orders that everything up to the tombstone's version be erased. An order for a higher
    /// version stays.
    pub async fn order(feed: &Bucket, tombstone: &Record) -> Result<(), ErasureError> {
        let Record { customer, image, version, .. } = tombstone.clone();
        let erasure = Self { customer, image, version, erased_at: Timestamp::now() };
        let key = erasure.key();
        let unreadable = |source| ErasureError::Unreadable { key: key.to_string(), source };
        let json = serde_json::to_vec(&erasure).map_err(unreadable)?;
        loop {
            let found = feed.get(&key).await?;
            if let Some(found) = &found {
                let there: Self = serde_json::from_slice(&found.bytes).map_err(unreadable)?;
                if there.version >= version {
                    return Ok(());
                }
            }
            let etag = found.as_ref().map(|found| found.etag.as_str());
            let condition = etag.map_or(Condition::Absent, Condition::Matches);
            match feed.put(&key, json.clone(), None, condition).await {
                Err(StoreError::PreconditionFailed { .. }) => {}
                put => return Ok(put.map(drop)?),
            }
        }
    }

    /// All orders there are.
    pub async fn all(feed: &Bucket) -> Result<Vec<Self>, ErasureError> {
        Self::of(feed, |_, _, _| true).await
    }

    /// The orders that `is_meant` says, by customer, image and when they were put.
    pub async fn of(
        feed: &Bucket,
        is_meant: impl Fn(&CustomerId, ImageId, Timestamp) -> bool,
    ) -> Result<Vec<Self>, ErasureError> {
        let mut orders = Vec::new();
        for found in feed.list_all(ObjectKey::ERASURES).await? {
            let key = match ObjectKey::parse(&found.key) {
                Some(ObjectKey::Erasure { customer, image })
                    if is_meant(&customer, image, found.modified_at) =>
                {
                    ObjectKey::Erasure { customer, image }
                }
                _ => continue,
            };
            let unreadable = |source| ErasureError::Unreadable { key: found.key.clone(), source };
            if let Some(object) = feed.get(&key).await? {
                orders.push(serde_json::from_slice(&object.bytes).map_err(unreadable)?);
            }
        }
        Ok(orders)
    }

    /// The version up to which the image is erased; 0 where it never was.
    pub async fn up_to(
        feed: &Bucket,
        customer: &CustomerId,
        image: ImageId,
    ) -> Result<u64, ErasureError> {
        let key = ObjectKey::Erasure { customer: customer.clone(), image };
        let unreadable = |source| ErasureError::Unreadable { key: key.to_string(), source };
        let Some(found) = feed.get(&key).await? else { return Ok(0) };
        let erasure: Self = serde_json::from_slice(&found.bytes).map_err(unreadable)?;
        Ok(erasure.version)
    }

    fn key(&self) -> ObjectKey {
        ObjectKey::Erasure { customer: self.customer.clone(), image: self.image }
    }
}
