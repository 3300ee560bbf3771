//! Which model answers at an endpoint, and what it wants to be sent: written by `deploy`, read by whoever asks it.

use serde::{Deserialize, Serialize};

use crate::{Bucket, Condition, ObjectKey, ResourceName, SnapshotName, StoreError};

/// `endpoints/{endpoint}.json` in the service bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeployedModel {
    pub endpoint: ResourceName,
    /// Also the name of the endpoint's production variant, so that each answer tells which model it is of.
    pub model: ResourceName,
    /// What it was trained on.
    pub snapshot: SnapshotName,
    /// The rendition that it is to be sent, as a canonical transform: `w=64,h=64,fit=cover,fm=png`.
    pub rendition: String,
    /// What it tells apart.
    pub classes: Vec<String>,
}

/// Why it is not known which model answers.
#[derive(Debug, thiserror::Error)]
pub enum DeployedModelError {
    #[error("what is written of endpoint '{endpoint}' cannot be read")]
    Unreadable { endpoint: ResourceName, source: serde_json::Error },
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl DeployedModel {
    /// `None` for an endpoint that was not made by `deploy`.
    pub async fn at(
        service: &Bucket,
        endpoint: &ResourceName,
    ) -> Result<Option<Self>, DeployedModelError> {
        let object = service.get(&ObjectKey::Endpoint(endpoint.clone())).await?;
        let read = object.map(|object| serde_json::from_slice(&object.bytes));
        let unreadable =
            |source| DeployedModelError::Unreadable { endpoint: endpoint.clone(), source };
        read.transpose().map_err(unreadable)
    }

    pub async fn put(&self, service: &Bucket) -> Result<(), StoreError> {
        let key = ObjectKey::Endpoint(self.endpoint.clone());
        service.put(&key, self.json(), None, Condition::Always).await.map(drop)
    }

    fn json(&self) -> Vec<u8> {
        serde_json::to_vec_pretty(self).expect("texts have a JSON form")
    }
}
