//! How good a model is that was trained, for whoever compares snapshots by what is learned from them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Bucket, Condition, ObjectKey, ResourceName, SnapshotName, StoreError, Timestamp};

/// `models/{model}/trained.json` in the feed bucket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainedModel {
    /// Also the name of its training job.
    pub model: ResourceName,
    pub snapshot: SnapshotName,
    /// When that was first heard of.
    pub trained_at: Timestamp,
    /// By split, the share of its images that the model is right about.
    pub accuracy: BTreeMap<String, f64>,
}

impl TrainedModel {
    /// Writes it down, unless it is known already.
    pub async fn put(&self, feed: &Bucket) -> Result<(), StoreError> {
        let key = ObjectKey::TrainedModel(self.model.clone());
        match feed.put(&key, self.json(), None, Condition::Absent).await {
            Err(StoreError::PreconditionFailed { .. }) => Ok(()),
            put => put.map(drop),
        }
    }

    /// Of a model, or `None` where that is not known. What cannot be read is none of ours.
    pub async fn get(feed: &Bucket, model: ResourceName) -> Result<Option<Self>, StoreError> {
        let object = feed.get(&ObjectKey::TrainedModel(model)).await?;
        Ok(object.and_then(|object| serde_json::from_slice(&object.bytes).ok()))
    }

    fn json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("texts and numbers have a JSON form")
    }
}
