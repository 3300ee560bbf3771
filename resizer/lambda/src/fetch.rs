//! Reading from a customer's bucket, every time within the same limit.

use std::time::Duration;

use bytes::Bytes;
use customer::{Bucket, ImageId, ObjectKey, Record, Records, StoreError};

use crate::error::Error;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Fetch {
    pub(crate) timeout: Duration,
}

impl Fetch {
    /// The record, or `None` where there never was one.
    pub(crate) async fn record(
        self,
        bucket: &Bucket,
        image: ImageId,
    ) -> Result<Option<Record>, Error> {
        let read = self.within(Records::new(bucket).read(image)).await?;
        Ok(read.map(|versioned| versioned.record))
    }

    /// A stored rendition.
    pub(crate) async fn stored(
        self,
        bucket: &Bucket,
        key: &ObjectKey,
    ) -> Result<Option<Bytes>, Error> {
        Ok(self.within(bucket.get(key)).await?.map(|object| object.bytes))
    }

    /// The bytes as uploaded.
    pub(crate) async fn original(self, bucket: &Bucket, record: &Record) -> Result<Bytes, Error> {
        match self.within(bucket.original(&record.original)).await {
            Ok(object) => Ok(object.bytes),
            Err(Error::Store(
                lost @ (StoreError::NotFound { .. } | StoreError::PreconditionFailed { .. }),
            )) => Err(Error::OriginalLost(lost)),
            Err(other) => Err(other),
        }
    }

    async fn within<T, E: Into<Error>>(
        self,
        fetch: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Error> {
        let fetched = tokio::time::timeout(self.timeout, fetch).await;
        fetched.map_err(|_| Error::FetchTimeout)?.map_err(Into::into)
    }
}
