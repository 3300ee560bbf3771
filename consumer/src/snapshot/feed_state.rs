//! What the feed holds: of every image the newest sample that is staged, and how far each chain had come when it was read.

use std::{
    collections::{BTreeMap, HashMap},
    io,
};

use customer::{Bucket, Chain, CustomerId, Erasure, ImageId, ObjectKey};
use futures::{StreamExt, TryStreamExt, stream};
use serde::Serialize;

use super::SnapshotError;
use crate::{
    ChainError, Commit, Outcome, Place,
    chain::{read_commit, sha256},
};

/// Commits on their way at a time.
const CONCURRENT: usize = 32;

/// Where a chain stood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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
    pub(crate) staged: HashMap<(CustomerId, ImageId), StagedSample>,
    /// Up to which version an image is erased.
    erased: HashMap<(CustomerId, ImageId), u64>,
}

impl FeedState {
    pub(crate) async fn read(feed: &Bucket) -> Result<Self, SnapshotError> {
        let mut state = Self::default();
        for (chain, commits) in chains(feed).await? {
            state.read_chain(feed, chain, commits).await?;
        }
        for found in feed.list_all(ObjectKey::ERASURES).await? {
            if let Some(ObjectKey::Erasure { customer, image }) = ObjectKey::parse(&found.key) {
                let up_to = Erasure::up_to(feed, &customer, image).await?;
                state.erased.insert((customer, image), up_to);
            }
        }
        Ok(state)
    }

    /// The newest sample of an image that is not erased.
    pub(crate) fn sample(&self, customer: &CustomerId, image: ImageId) -> Option<&StagedSample> {
        let subject = (customer.clone(), image);
        let erased = self.erased.get(&subject).copied().unwrap_or_default();
        self.staged.get(&subject).filter(|staged| staged.version > erased)
    }

    async fn read_chain(
        &mut self,
        feed: &Bucket,
        chain: Chain,
        commits: u64,
    ) -> Result<(), SnapshotError> {
        let index = self.positions.len();
        let mut reading = stream::iter(0..commits)
            .map(|seq| ObjectKey::Commit { chain: chain.clone(), seq })
            .map(async |key| read_commit(feed, &key).await)
            .buffered(CONCURRENT);
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
        let Some(segment) = &commit.segment else { return Ok(()) };
        let staged = commit.records.iter().filter(|entry| entry.outcome == Outcome::Staged);
        let mut places: Vec<_> = staged.clone().filter_map(|entry| entry.place).collect();
        if places.len() < staged.clone().count() {
            places = places_in(&feed.range(&segment.key, 0..segment.bytes).await?)?;
        }
        for (entry, place) in staged.zip(places) {
            let subject = (entry.subject.customer.clone(), entry.subject.image);
            let (version, offset) = (entry.subject.version, entry.offset);
            let sample =
                StagedSample { version, chain, offset, segment: segment.key.clone(), place };
            match self.staged.get(&subject) {
                Some(there) if there.version >= version => {}
                _ => drop(self.staged.insert(subject, sample)),
            }
        }
        Ok(())
    }
}

/// Where the samples of a segment lie, of a commit that does not say it: each is two members.
fn places_in(tar: &[u8]) -> io::Result<Vec<Place>> {
    let mut archive = tar::Archive::new(tar);
    let begins = archive.entries()?.map(|entry| Ok(entry?.raw_header_position()));
    let begins: Vec<usize> = begins
        .map(|begin: io::Result<u64>| begin?.try_into().map_err(io::Error::other))
        .collect::<io::Result<_>>()?;
    let ends = begins.iter().copied().step_by(2).skip(1).chain([tar.len()]);
    let places = begins.iter().step_by(2).zip(ends);
    Ok(places.map(|(&offset, end)| Place { offset, bytes: end - offset }).collect())
}

/// Every chain, in order, and how many commits it has.
async fn chains(feed: &Bucket) -> Result<BTreeMap<Chain, u64>, SnapshotError> {
    let mut chains = BTreeMap::new();
    for found in feed.list_all(ObjectKey::COMMITS).await? {
        if let Some(ObjectKey::Commit { chain, seq }) = ObjectKey::parse(&found.key) {
            let commits = chains.entry(chain).or_insert(0);
            *commits = (seq + 1).max(*commits);
        }
    }
    Ok(chains)
}
