//! Where to look for the end of a long chain: a hint that every thousandth commit leaves behind.
//!
//! It may be missing, late, or plainly wrong: it says where the search begins, and the commits say where it ends.

use customer::{Bucket, Chain, Condition, ObjectKey, StoreError};
use serde::{Deserialize, Serialize};

/// `checkpoints/{epoch}/{topic}/{partition}.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    pub schema: u32,
    /// Number of a commit.
    pub seq: u64,
    /// Of that commit's bytes, in lower-case hex.
    pub sha256: String,
}

impl Checkpoint {
    /// The layout that this code writes.
    pub const SCHEMA: u32 = 1;
    /// A checkpoint follows each commit whose number and one is a multiple of this.
    pub const COMMITS: u64 = 1_000;

    pub(crate) fn is_due_after(seq: u64) -> bool {
        (seq + 1).is_multiple_of(Self::COMMITS)
    }

    /// The last one of a chain. One that cannot be read is one that is not there.
    pub async fn read(feed: &Bucket, chain: &Chain) -> Result<Option<Self>, StoreError> {
        let object = feed.get(&ObjectKey::Checkpoint(chain.clone())).await?;
        Ok(object.and_then(|object| serde_json::from_slice(&object.bytes).ok()))
    }

    pub(crate) async fn write(&self, feed: &Bucket, chain: &Chain) -> Result<(), StoreError> {
        let json = serde_json::to_vec(self).expect("numbers and a text have a JSON form");
        let key = ObjectKey::Checkpoint(chain.clone());
        feed.put(&key, json, None, Condition::Always).await.map(drop)
    }
}
