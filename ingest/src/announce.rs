//! Announce: an outbox entry becomes an event on Kafka, and news for the edge. The only producer.
//!
//! The entry goes when Kafka has acknowledged its version or a higher one, and stays while the
//! record has not reached it. Kafka being down means that entries wait, not that uploads fail.

use customer::{Bucket, Event, ImageId, ObjectKey, RecordError, Records, StoreError};
use kafka::KafkaConfig;

use crate::{
    EdgeCache, PurgeError,
    feed::{Feed, FeedError},
};

/// Announces outbox entries. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Announcer {
    feed: Feed,
    edge_cache: EdgeCache,
}

/// What became of an outbox entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Announced {
    /// Acknowledged, and the entry deleted.
    Done,
    /// The record has not reached the entry's version: its writer is still at it, or died.
    NotYet,
}

/// Why an outbox entry has to be announced again.
#[derive(Debug, thiserror::Error)]
pub enum AnnounceError {
    #[error(transparent)]
    Feed(#[from] FeedError),
    #[error(transparent)]
    Record(#[from] RecordError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Purge(#[from] PurgeError),
}

impl Announcer {
    pub fn connect(kafka: &KafkaConfig, edge_cache: EdgeCache) -> Result<Self, FeedError> {
        Ok(Self { feed: Feed::connect(kafka)?, edge_cache })
    }

    /// Announces the record as it is now, if it has reached `version`.
    pub async fn announce(
        &self,
        bucket: &Bucket,
        image: ImageId,
        version: u64,
    ) -> Result<Announced, AnnounceError> {
        let found = Records::new(bucket).read(image).await?;
        let Some(found) = found.filter(|found| found.record.version >= version) else {
            return Ok(Announced::NotYet);
        };
        let record = found.record;
        // What `version` changed is not known any more once another has followed.
        let may_have_closed = record.version > version || record.may_have_closed();
        self.feed.publish(&Event { record }).await?;
        if may_have_closed {
            self.edge_cache.forget_image(image).await?;
        }
        bucket.delete(&ObjectKey::Outbox { image, version }).await?;
        Ok(Announced::Done)
    }

    /// Tells the edge once more, when every render that had read the record before has ended.
    pub(crate) async fn close(&self, bucket: &Bucket, image: ImageId) -> Result<(), AnnounceError> {
        match Records::new(bucket).read(image).await? {
            Some(found) => Ok(self.edge_cache.follow(&found.record).await?),
            None => Ok(()),
        }
    }

    /// Waits for what is in flight.
    pub fn flush(&self, timeout: std::time::Duration) -> Result<(), FeedError> {
        self.feed.flush(timeout)
    }
}
