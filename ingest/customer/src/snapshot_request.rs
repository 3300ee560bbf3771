//! A snapshot that was asked for through the API: what is wanted, and how far it has come.
//!
//! Whoever asks puts the request and then the empty `wanted/…`, which tells a builder of it. A builder keeps the state up
//! to date and removes `wanted/…` at the end. Two builders at one request build the same snapshot.

use serde::{Deserialize, Serialize};

use crate::{Bucket, Condition, DatasetName, ObjectKey, Recipe, StoreError, Timestamp};

/// `datasets/{dataset}/requests/{asked_ms}.json` in the feed bucket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SnapshotRequest {
    pub dataset: DatasetName,
    /// Its name within the dataset, too.
    pub asked_at: Timestamp,
    /// Subject of the token that asked for it.
    pub asked_by: String,
    pub recipe: Recipe,
    #[serde(flatten)]
    pub state: SnapshotState,
}

/// Where a request stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "lowercase")]
pub enum SnapshotState {
    Waiting,
    /// `built` of `images` are in shards.
    Building {
        images: usize,
        built: usize,
    },
    Published {
        snapshot: u32,
        images: usize,
    },
    Failed {
        reason: String,
    },
}

/// Why a request could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotRequestError {
    #[error("the request '{key}' cannot be read")]
    Unreadable { key: String, source: serde_json::Error },
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SnapshotRequest {
    /// Puts the request where builders find it. Of two at the same moment one moves on by a millisecond.
    pub async fn ask(mut self, feed: &Bucket) -> Result<Self, StoreError> {
        loop {
            match feed.put(&self.key(), self.json(), None, Condition::Absent).await {
                Ok(_) => break,
                // An answer that was lost on its way looks like somebody else's request.
                Err(StoreError::PreconditionFailed { .. })
                    if feed
                        .get(&self.key())
                        .await?
                        .is_some_and(|there| there.bytes == self.json()) =>
                {
                    break;
                }
                Err(StoreError::PreconditionFailed { .. }) => {
                    self.asked_at = Timestamp::from_ms(self.asked_at.ms() + 1);
                }
                Err(error) => return Err(error),
            }
        }
        feed.put(&self.wanted(), "", None, Condition::Always).await?;
        Ok(self)
    }

    /// Reads a request, or `None` where there is none.
    pub async fn read(
        feed: &Bucket,
        dataset: DatasetName,
        asked_ms: i64,
    ) -> Result<Option<Self>, SnapshotRequestError> {
        let key = ObjectKey::SnapshotRequest { dataset, asked_ms };
        Ok(read(feed, &key).await?.map(|(request, _)| request))
    }

    /// Says how far it has come; at the end nobody is told of it any more. What has ended stays as it is: of two builders one
    /// is the first.
    pub async fn tell(
        &self,
        feed: &Bucket,
        state: SnapshotState,
    ) -> Result<(), SnapshotRequestError> {
        let key = self.key();
        while let Some((mut request, etag)) = read(feed, &key).await? {
            if request.has_ended() {
                break;
            }
            request.state = state.clone();
            match feed.put(&key, request.json(), None, Condition::Matches(&etag)).await {
                Err(StoreError::PreconditionFailed { .. }) => {}
                put => {
                    put?;
                    break;
                }
            }
        }
        match state {
            SnapshotState::Waiting | SnapshotState::Building { .. } => Ok(()),
            SnapshotState::Published { .. } | SnapshotState::Failed { .. } => {
                Ok(feed.delete(&self.wanted()).await?)
            }
        }
    }

    /// Whether nothing will come of it any more, or nothing more.
    pub fn has_ended(&self) -> bool {
        matches!(self.state, SnapshotState::Published { .. } | SnapshotState::Failed { .. })
    }

    fn key(&self) -> ObjectKey {
        let (dataset, asked_ms) = (self.dataset.clone(), self.asked_at.ms());
        ObjectKey::SnapshotRequest { dataset, asked_ms }
    }

    fn wanted(&self) -> ObjectKey {
        ObjectKey::Wanted { dataset: self.dataset.clone(), asked_ms: self.asked_at.ms() }
    }

    fn json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("texts, numbers and lists have a JSON form")
    }
}

async fn read(
    feed: &Bucket,
    key: &ObjectKey,
) -> Result<Option<(SnapshotRequest, String)>, SnapshotRequestError> {
    let Some(object) = feed.get(key).await? else { return Ok(None) };
    let unreadable = |source| SnapshotRequestError::Unreadable { key: key.to_string(), source };
    let request = serde_json::from_slice(&object.bytes).map_err(unreadable)?;
    Ok(Some((request, object.etag)))
}
