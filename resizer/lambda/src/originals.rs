//! Originals, each read from its bucket once for all renditions that are asked for together: those of a page, the sizes of
//! a `srcset`, or a watermark and all that it is laid over.
//!
//! Whoever calls has read the record, so nothing is shown of what was deleted meanwhile. What a customer imported in place
//! the customer may overwrite at any time: such an object is read each time.

use std::time::Duration;

use bytes::Bytes;
use customer::{Bucket, CustomerId, Original, Record};
use moka::future::Cache;

use crate::{error::Error, fetch::Fetch};

const SHARED_FOR: Duration = Duration::from_secs(10);
const SHARED_BYTES_MAX: u64 = 32 << 20;

#[derive(Clone, Debug)]
pub(crate) struct Originals {
    fetch: Fetch,
    shared: Cache<(CustomerId, Original), Bytes>,
}

impl Originals {
    pub(crate) fn new(fetch: Fetch) -> Self {
        let shared = Cache::builder()
            .max_capacity(SHARED_BYTES_MAX)
            .weigher(|_, bytes: &Bytes| bytes.len().try_into().unwrap_or(u32::MAX))
            .time_to_live(SHARED_FOR)
            .build();
        Self { fetch, shared }
    }

    /// The bytes as uploaded.
    pub(crate) async fn get(&self, bucket: &Bucket, record: &Record) -> Result<Bytes, Error> {
        let fetch = Box::pin(self.fetch.original(bucket, record));
        if !record.original.is_immutable() {
            return fetch.await;
        }
        let name = (record.customer.clone(), record.original.clone());
        Ok(self.shared.try_get_with(name, fetch).await?)
    }
}
