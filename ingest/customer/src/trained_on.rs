//! Which snapshot a model is trained on. Written before the training begins, so that there is no model of which nobody
//! knows whose images are in it.

use serde::{Deserialize, Serialize};

use crate::{Bucket, Condition, ObjectKey, ResourceName, SnapshotName, StoreError};

/// `models/{model}/trained-on.json` in the feed bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrainedOn {
    /// Also the name of its training job.
    pub model: ResourceName,
    pub snapshot: SnapshotName,
}

impl TrainedOn {
    pub async fn put(&self, feed: &Bucket) -> Result<(), StoreError> {
        let key = ObjectKey::TrainedOn(self.model.clone());
        feed.put(&key, self.json(), None, Condition::Absent).await.map(drop)
    }

    /// Of every model. What cannot be read is passed over: it is none of ours.
    pub async fn all(feed: &Bucket) -> Result<Vec<Self>, StoreError> {
        let mut all = Vec::new();
        for folder in feed.folders(ObjectKey::MODELS).await? {
            let Ok(model) = folder.parse() else { continue };
            let object = feed.get(&ObjectKey::TrainedOn(model)).await?;
            all.extend(
                object.and_then(|object| serde_json::from_slice::<Self>(&object.bytes).ok()),
            );
        }
        Ok(all)
    }

    fn json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("texts have a JSON form")
    }
}
