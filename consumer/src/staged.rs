//! The markers under `staged/`: how far the feed has come with one image.
//!
//! A marker is a hint that the chain can rebuild. The API reads it to answer `feed: staged`,
//! staging reads it to leave out what it has, [`crate::reconcile`] reads it to find what is
//! missing. It is written after its commit, so it never claims more than the chain holds, and its
//! version never goes down. The markers of one commit are written before the next commit, and
//! those of the last one again by whoever opens the chain, so a crash leaves none out.
//!
//! Who erases an image from the feed and lets its versions begin anew has to erase its marker.

use bytes::Bytes;
use customer::{Bucket, Condition, CustomerId, ImageId, ObjectKey, StoreError};
use futures::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};

use crate::{Commit, Outcome, Poison, Subject};

/// Markers are small and independent of each other: this many are on their way at a time.
const CONCURRENT: usize = 16;

/// `staged/{customer}/{image}.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marker {
    pub version: u64,
    pub outcome: Mark,
    /// Key of the commit that took the version in.
    pub commit: String,
}

/// What the feed did with the version. Ordered: where two records carry the same version, the
/// better outcome stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mark {
    Rejected,
    Withheld,
    Staged,
}

impl Marker {
    /// The marker of an image, or `None` where the feed has not seen it. One that cannot be read
    /// is one that is not there: it is only a hint.
    pub async fn read(
        feed: &Bucket,
        customer: &CustomerId,
        image: ImageId,
    ) -> Result<Option<Self>, StoreError> {
        let key = ObjectKey::Staged { customer: customer.clone(), image };
        let object = feed.get(&key).await?;
        Ok(object.and_then(|object| serde_json::from_slice(&object.bytes).ok()))
    }

    /// Whether staging `version` again would add nothing. What was rejected may be tried again.
    pub fn covers(&self, version: u64) -> bool {
        self.version > version || (self.version == version && self.outcome > Mark::Rejected)
    }

    /// Whether the feed has seen `version`, with whatever outcome.
    pub fn has_seen(&self, version: u64) -> bool {
        self.version >= version
    }

    fn rank(&self) -> (u64, Mark) {
        (self.version, self.outcome)
    }
}

/// Writes the markers that follow from a commit.
pub(crate) async fn mark(feed: &Bucket, commit: &Commit, key: &str) -> Result<(), StoreError> {
    let writes: Vec<_> = marks(commit)
        .map(|(subject, outcome)| {
            let marker = Marker { version: subject.version, outcome, commit: key.to_owned() };
            raise(feed, subject, marker)
        })
        .collect();
    stream::iter(writes).buffer_unordered(CONCURRENT).try_collect().await
}

/// A superseded version has no marker: the one that superseded it has.
///
/// A rejection that may heal has none either: access, say, is what an owner takes and gives back.
/// Reconcile then brings the record again.
fn marks(commit: &Commit) -> impl Iterator<Item = (&Subject, Mark)> {
    let records = commit.records.iter().filter_map(|entry| match entry.outcome {
        Outcome::Staged => Some((&entry.subject, Mark::Staged)),
        Outcome::Withheld => Some((&entry.subject, Mark::Withheld)),
        Outcome::Superseded => None,
    });
    let rejected = commit.rejected.iter().filter(|rejected| !Poison::may_heal(&rejected.reason));
    records
        .chain(rejected.filter_map(|rejected| Some((rejected.subject.as_ref()?, Mark::Rejected))))
}

/// Writes a marker unless the one that is there says as much or more.
async fn raise(feed: &Bucket, subject: &Subject, marker: Marker) -> Result<(), StoreError> {
    let key = ObjectKey::Staged { customer: subject.customer.clone(), image: subject.image };
    let json = Bytes::from(
        serde_json::to_vec(&marker).expect("a number, a word and a text have a JSON form"),
    );
    let mut found = None;
    loop {
        let condition = found.as_deref().map_or(Condition::Absent, Condition::Matches);
        match feed.put(&key, json.clone(), None, condition).await {
            Ok(_) => return Ok(()),
            Err(StoreError::PreconditionFailed { .. }) => {}
            Err(error) => return Err(error),
        }
        let Some(object) = feed.get(&key).await? else {
            found = None;
            continue;
        };
        let there = serde_json::from_slice::<Marker>(&object.bytes);
        if there.is_ok_and(|there| there.rank() >= marker.rank()) {
            return Ok(());
        }
        found = Some(object.etag);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_rejected_is_tried_again() {
        let marker = |outcome| Marker { version: 5, outcome, commit: String::new() };
        for outcome in [Mark::Withheld, Mark::Staged] {
            let covered = [4, 5, 6].map(|version| marker(outcome).covers(version));
            assert_eq!(covered, [true, true, false], "{outcome:?}");
        }
        let covered = [4, 5, 6].map(|version| marker(Mark::Rejected).covers(version));
        assert_eq!(covered, [true, false, false]);
        assert!(marker(Mark::Rejected).has_seen(5), "reconcile does not bring it again and again");
    }
}
