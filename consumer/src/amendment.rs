//! What has become of a commit's segment since samples of it were erased. Format, and how it is read and written.
//!
//! A commit never changes, for the chain is made of its bytes. An amendment beside it names the segment that has taken the
//! place of the commit's; what was taken in stays taken in, and is a sample no more.

use std::collections::{BTreeMap, BTreeSet};

use customer::{Bucket, Chain, Condition, ObjectKey, StoreError};
use serde::{Deserialize, Serialize};

use crate::{ChainError, Commit, Outcome, Place, SegmentReference, Subject};

/// `amendments/{epoch}/{topic}/{partition}/{seq}.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amendment {
    pub schema: u32,
    #[serde(flatten)]
    pub chain: Chain,
    /// Of the commit.
    pub seq: u64,
    /// In the place of the commit's; `None` where every sample of it is erased.
    pub segment: Option<SegmentReference>,
    /// Offsets of the records whose samples are erased.
    pub erased: BTreeSet<i64>,
    /// Where the other samples lie in `segment`, by offset of their records.
    pub places: BTreeMap<i64, Place>,
    /// Segments that were in its place before, the commit's first: these are to be deleted.
    pub removed: Vec<SegmentReference>,
}

/// A sample that is still in the feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept<'a> {
    pub subject: &'a Subject,
    pub offset: i64,
    /// `None` where a commit of before places were kept does not say it.
    pub place: Option<Place>,
}

impl Amendment {
    pub const SCHEMA: u32 = 1;

    /// The amendment of a commit with its ETag, or `None` where nothing was erased.
    pub async fn read(
        feed: &Bucket,
        chain: &Chain,
        seq: u64,
    ) -> Result<Option<(Self, String)>, ChainError> {
        let key = ObjectKey::Amendment { chain: chain.clone(), seq };
        let Some(object) = feed.get(&key).await? else { return Ok(None) };
        let unreadable = |source| ChainError::Unreadable { key: key.to_string(), source };
        let read: Self = serde_json::from_slice(&object.bytes).map_err(unreadable)?;
        if read.schema > Self::SCHEMA {
            let (key, schema) = (key.to_string(), read.schema);
            return Err(ChainError::UnknownSchema { key, schema });
        }
        Ok(Some((read, object.etag)))
    }

    /// Puts it in the place of the one with `etag`. Fails where somebody else was first.
    pub(crate) async fn write(&self, feed: &Bucket, etag: Option<&str>) -> Result<(), StoreError> {
        let key = ObjectKey::Amendment { chain: self.chain.clone(), seq: self.seq };
        let json = serde_json::to_vec(self).expect("texts and numbers have a JSON form");
        let condition = etag.map_or(Condition::Absent, Condition::Matches);
        feed.put(&key, json, None, condition).await.map(drop)
    }
}

impl Commit {
    /// Where its samples lie by now.
    pub fn segment_now<'a>(
        &'a self,
        amendment: Option<&'a Amendment>,
    ) -> Option<&'a SegmentReference> {
        amendment.map_or(self.segment.as_ref(), |amendment| amendment.segment.as_ref())
    }

    /// Its samples that are not erased, in the order of the segment.
    pub fn kept<'a>(
        &'a self,
        amendment: Option<&'a Amendment>,
    ) -> impl Iterator<Item = Kept<'a>> + Clone {
        let staged = self.records.iter().filter(|entry| entry.outcome == Outcome::Staged);
        staged.filter_map(move |entry| {
            let place = match amendment {
                Some(amendment) if amendment.erased.contains(&entry.offset) => return None,
                Some(amendment) => amendment.places.get(&entry.offset).copied(),
                None => entry.place,
            };
            Some(Kept { subject: &entry.subject, offset: entry.offset, place })
        })
    }
}
