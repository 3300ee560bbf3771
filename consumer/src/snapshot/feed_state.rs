//! What the feed holds: of every image the newest sample that is staged, and how far each chain had come when it was read.

use std::{
    collections::{HashMap, HashSet},
    io,
    ops::Range,
};

use customer::{Bucket, Chain, CustomerId, Erasure, ImageId, ObjectKey, Record};
use futures::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};

use super::{SnapshotError, reason::Reason};
use crate::{
    Amendment, ChainError, Commit, Kept, Place, Subject,
    archive::BLOCK_BYTES,
    chain::{chains, read_commit, sha256},
};

/// Commits on their way at a time.
const CONCURRENT: usize = 32;

/// Where a chain stood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Position {
    #[serde(flatten)]
    pub(crate) chain: Chain,
    /// Number of the last commit that was read.
    pub(crate) seq: u64,
    /// How far it reaches.
    pub(crate) last: i64,
    /// Of its bytes.
    pub(crate) sha256: String,
}

/// A sample in a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StagedSample {
    pub(crate) version: u64,
    /// Index of its chain in [`FeedState::positions`].
    pub(crate) chain: usize,
    pub(crate) offset: i64,
    pub(crate) segment: String,
    pub(crate) place: Place,
}

/// All chains of all epochs.
#[derive(Debug, Default)]
pub(crate) struct FeedState {
    pub(crate) positions: Vec<Position>,
    staged: HashMap<(CustomerId, ImageId), StagedSample>,
    /// The highest version that the feed could not take.
    rejected: HashMap<(CustomerId, ImageId), u64>,
    /// Up to which version an image is erased.
    erased: HashMap<(CustomerId, ImageId), u64>,
    /// Keys of the amendments there are.
    amended: HashSet<String>,
}

impl FeedState {
    pub(crate) async fn read(feed: &Bucket) -> Result<Self, SnapshotError> {
        let mut state = Self::default();
        let chains = chains(feed).await?;
        // After the chains: what is amended later is a segment that is gone later.
        let amended = feed.list_all(ObjectKey::AMENDMENTS).await?;
        state.amended = amended.into_iter().map(|found| found.key).collect();
        for (chain, commits) in chains {
            state.read_chain(feed, chain, commits).await?;
        }
        let is_staged =
            |customer: &CustomerId, image, _| state.staged.contains_key(&(customer.clone(), image));
        for Erasure { customer, image, version, .. } in Erasure::of(feed, is_staged).await? {
            state.erased.insert((customer, image), version);
        }
        Ok(state)
    }

    /// The newest sample of an image that is not erased, or why there is none.
    pub(crate) fn sample(&self, record: &Record) -> Result<StagedSample, Reason> {
        let subject = (record.customer.clone(), record.image);
        let erased = self.erased.get(&subject).copied().unwrap_or_default();
        let staged = self.staged.get(&subject).filter(|staged| staged.version > erased);
        let rejected = self.rejected.get(&subject).is_some_and(|&at| at >= record.version);
        let reason = if rejected { Reason::Rejected } else { Reason::NotStaged };
        staged.cloned().ok_or(reason)
    }

    /// The images of a customer that are staged, with their versions.
    pub(crate) fn staged_of(&self, customer: &CustomerId) -> impl Iterator<Item = (ImageId, u64)> {
        let own = self.staged.iter().filter(move |((own, _), _)| own == customer);
        own.map(|((_, image), staged)| (*image, staged.version))
    }

    async fn read_chain(
        &mut self,
        feed: &Bucket,
        chain: Chain,
        commits: u64,
    ) -> Result<(), SnapshotError> {
        let index = self.positions.len();
        let keys = (0..commits).map(|seq| ObjectKey::Commit { chain: chain.clone(), seq });
        let mut reading =
            stream::iter(keys.map(async |key| read_commit(feed, &key).await)).buffered(CONCURRENT);
        let mut position = None;
        while let Some(read) = reading.try_next().await? {
            let (commit, bytes) = read.ok_or_else(|| ChainError::Hole { chain: chain.clone() })?;
            self.take(feed, index, &commit).await?;
            let (seq, last, sha256) = (commit.seq, commit.reached(), sha256(&bytes));
            position = Some(Position { chain: chain.clone(), seq, last, sha256 });
        }
        self.positions.extend(position);
        Ok(())
    }

    async fn take(
        &mut self,
        feed: &Bucket,
        chain: usize,
        commit: &Commit,
    ) -> Result<(), SnapshotError> {
        for Subject { customer, image, version } in
            commit.rejected.iter().filter_map(|rejected| rejected.subject.clone())
        {
            let highest = self.rejected.entry((customer, image)).or_default();
            *highest = version.max(*highest);
        }
        let amendment = self.amendment(feed, commit).await?;
        let Some(segment) = commit.segment_now(amendment.as_ref()) else { return Ok(()) };
        let kept = commit.kept(amendment.as_ref());
        let mut places: Vec<_> = kept.clone().filter_map(|kept| kept.place).collect();
        if places.len() < kept.clone().count() {
            places = places_in(&feed.range(&segment.key, 0..segment.bytes).await?)?;
        }
        for (Kept { subject, offset, .. }, place) in kept.zip(places) {
            let (version, segment) = (subject.version, segment.key.clone());
            let subject = (subject.customer.clone(), subject.image);
            let sample = StagedSample { version, chain, offset, segment, place };
            match self.staged.get(&subject) {
                Some(there) if there.version >= version => {}
                _ => drop(self.staged.insert(subject, sample)),
            }
        }
        Ok(())
    }

    async fn amendment(
        &self,
        feed: &Bucket,
        commit: &Commit,
    ) -> Result<Option<Amendment>, ChainError> {
        let (chain, seq) = (&commit.chain, commit.seq);
        let key = ObjectKey::Amendment { chain: chain.clone(), seq };
        if !self.amended.contains(&key.to_string()) {
            return Ok(None);
        }
        Ok(Amendment::read(feed, chain, seq).await?.map(|(amendment, _)| amendment))
    }
}

/// Where the samples of a segment lie, for a commit that does not say it: each is two members.
fn places_in(tar: &[u8]) -> io::Result<Vec<Place>> {
    let mut archive = tar::Archive::new(tar);
    let members =
        archive.entries()?.map(|entry| member(&entry?)).collect::<io::Result<Vec<_>>>()?;
    let samples = members.chunks(2).map(|sample| sample[0].start..sample[sample.len() - 1].end);
    Ok(samples.map(|sample| Place { offset: sample.start, bytes: sample.len() }).collect())
}

/// Where a member lies, with its header and what fills its last block.
fn member(entry: &tar::Entry<'_, &[u8]>) -> io::Result<Range<usize>> {
    let number = |number: u64| usize::try_from(number).map_err(io::Error::other);
    let content = number(entry.size())?.next_multiple_of(BLOCK_BYTES);
    Ok(number(entry.raw_header_position())?..number(entry.raw_file_position())? + content)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::{Sample, pack};

    #[test]
    fn samples_lie_where_their_packer_put_them() {
        let sample = |key: &str, bytes| Sample {
            key: key.to_owned(),
            extension: "jpg",
            image: Bytes::from(vec![7; bytes]),
            description: vec![b' '; 600],
        };
        let segment = pack(&[sample("a", 1), sample("b", 512), sample("c", 513)]).unwrap();
        assert_eq!(places_in(&segment.tar).unwrap(), segment.places);
    }
}
