//! An image as the API shows it.

use customer::{Bucket, ObjectKey, Record, StoreError};
use serde::Serialize;

use crate::{App, predictions::Suggestion};

/// The record, where it is delivered, and how far the feed has come with it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ImageView {
    id: String,
    #[serde(flatten)]
    record: Record,
    url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    feed: Option<Feed>,
    #[serde(skip_serializing_if = "Option::is_none")]
    existing: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suggestion: Option<Suggestion>,
}

/// How far this version of the record is on its way to the training feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Feed {
    /// Kafka has not acknowledged it.
    Pending,
    /// Kafka has; no pixels of it are staged (yet, or ever, without consent).
    Announced,
    /// It is a sample of a committed segment.
    Staged,
}

impl ImageView {
    pub(crate) fn new(app: &App, record: Record) -> Self {
        Self {
            id: record.image.to_string(),
            url: format!("{}/{}/{}", app.public_url, record.customer, record.image),
            record,
            feed: None,
            existing: None,
            suggestion: None,
        }
    }

    #[must_use]
    pub(crate) fn feed(mut self, feed: Feed) -> Self {
        self.feed = Some(feed);
        self
    }

    #[must_use]
    pub(crate) fn existing(mut self, existing: bool) -> Self {
        self.existing = Some(existing);
        self
    }

    #[must_use]
    pub(crate) fn suggestion(mut self, suggestion: Option<Suggestion>) -> Self {
        self.suggestion = suggestion;
        self
    }
}

impl Feed {
    /// Asks the outbox, and then what the consumer has marked.
    pub(crate) async fn of(
        app: &App,
        bucket: &Bucket,
        record: &Record,
    ) -> Result<Self, StoreError> {
        let outbox = ObjectKey::Outbox { image: record.image, version: record.version };
        if bucket.head(&outbox).await?.is_some() {
            return Ok(Self::Pending);
        }
        let (customer, image) = (record.customer.clone(), record.image);
        let marker = app.buckets.feed().get(&ObjectKey::Staged { customer, image }).await?;
        let staged = marker.and_then(|marker| serde_json::from_slice::<Marker>(&marker.bytes).ok());
        Ok(match staged {
            Some(marker) if marker.version >= record.version && marker.outcome == "staged" => {
                Self::Staged
            }
            _ => Self::Announced,
        })
    }
}

/// The part of the consumer's marker that matters here.
#[derive(serde::Deserialize)]
struct Marker {
    version: u64,
    outcome: String,
}
