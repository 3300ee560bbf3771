//! The commit chain of one partition: exactly once, by conditional PUT.
//!
//! Each commit names the offsets that it took in and a data object under a content-addressed name.
//! The data object is put first, then the commit under the next number with `If-None-Match: *`.
//!
//! 1. One commit a number: the conditional PUT.
//! 2. No record twice: the winner of number n left out all offsets up to the last of commit n-1,
//!    which cannot change any more.
//! 3. No record lost: an offset is acknowledged to Kafka only when it lies within the chain, and a
//!    consumer begins after the chain's end, wherever Kafka thinks it was.
//! 4. A writer that was left behind (a zombie, a lost answer, a second shell on the same topic)
//!    finds the number taken, reads who took it and goes on from there. There is no lock, clock
//!    or lease.
//!
//! A gap that a commit names can be filled later ([`crate::repair`]), by a commit that goes back: it takes its number as
//! any other does, and so no offset of the gap can be taken twice. How far the chain has come it leaves as it is.
//!
//! A data object without a commit was never seen by anybody and is harmless.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use bytes::Bytes;
use customer::{Bucket, Chain, Condition, ObjectKey, StoreError};
use data_encoding::HEXLOWER;
use futures::{StreamExt, TryStreamExt, stream};

use crate::{
    Checkpoint, Incoming,
    commit::{Commit, Draft, Gap, Repair, SegmentReference, Subject},
    gaps::Gaps,
    segment::Segment,
};

/// Commits on their way when all are read.
const CONCURRENT: usize = 16;

/// Why the chain could not be read or continued.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("commit '{key}' cannot be read")]
    Unreadable { key: String, source: serde_json::Error },
    #[error("commit '{key}' has schema {schema}; this consumer reads up to {max}", max = Commit::SCHEMA)]
    UnknownSchema { key: String, schema: u32 },
    #[error("a commit of chain '{chain}' is missing before its last one")]
    Hole { chain: Chain },
}

/// A partition's chain and, once read, its last commit.
#[derive(Debug)]
pub struct CommitChain {
    bucket: Bucket,
    chain: Chain,
    tail: Option<Tail>,
}

/// The last commit, as it lies in the bucket.
#[derive(Clone, Debug)]
pub(crate) struct Tail {
    pub(crate) commit: Commit,
    sha256: String,
    /// Whether the hints that follow from the commit are known to be written.
    pub(crate) marked: bool,
}

/// Whose commit the tail is after [`CommitChain::append`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Appended {
    Ours,
    Theirs,
}

impl CommitChain {
    /// Finds the end of the chain in the feed bucket.
    pub async fn open(bucket: Bucket, chain: Chain) -> Result<Self, ChainError> {
        let mut opened = Self { bucket, chain, tail: None };
        let checkpoint = Checkpoint::read(&opened.bucket, &opened.chain).await?;
        let hint = checkpoint.map_or(0, |checkpoint| checkpoint.seq);
        if let Some(last) = opened.len(hint).await?.checked_sub(1) {
            opened.tail = opened.get(last).await?.map(|(tail, _)| tail);
        }
        Ok(opened)
    }

    /// What no commit has taken so far. Reads all of the chain.
    pub(crate) async fn gaps(&self) -> Result<Gaps, ChainError> {
        let numbers = 0..self.tail.as_ref().map_or(0, |tail| tail.commit.seq + 1);
        let mut commits = stream::iter(numbers).map(|seq| self.get(seq)).buffered(CONCURRENT);
        let mut gaps = Gaps::default();
        while let Some(read) = commits.try_next().await? {
            let (tail, _) = read.ok_or_else(|| ChainError::Hole { chain: self.chain.clone() })?;
            gaps.pass(&tail.commit);
        }
        Ok(gaps)
    }

    pub fn id(&self) -> &Chain {
        &self.chain
    }

    /// The last offset within the chain: everything up to it may be acknowledged to Kafka.
    pub fn last(&self) -> Option<i64> {
        self.tail.as_ref().map(|tail| tail.commit.reached())
    }

    /// Whether the last commit tells of another record at this one's offset. What either cannot read says nothing: another
    /// release may.
    pub(crate) fn contradicts(&self, incoming: &Incoming) -> bool {
        let (Some(tail), Ok(record)) = (&self.tail, &incoming.event) else { return false };
        let entries = tail.commit.records.iter().map(|entry| (entry.offset, Some(&entry.subject)));
        let rejected = tail.commit.rejected.iter().map(|one| (one.offset, one.subject.as_ref()));
        let told = entries.chain(rejected).find(|(offset, _)| *offset == incoming.offset);
        let told = told.and_then(|(_, subject)| subject);
        told.is_some_and(|subject| *subject != Subject::of(record))
    }

    /// Those records that no commit has taken yet, each once, in the order of their offsets, as far as no offset is missing
    /// between them: a gap is named by the commit that follows it.
    pub(crate) fn fresh<'a>(&self, records: &'a [Incoming]) -> Vec<&'a Incoming> {
        let last = self.last();
        let mut fresh: Vec<_> =
            records.iter().filter(|incoming| Some(incoming.offset) > last).collect();
        fresh.sort_by_key(|incoming| incoming.offset);
        fresh.dedup_by_key(|incoming| incoming.offset);
        let hole = fresh.windows(2).position(|pair| pair[1].offset > pair[0].offset + 1);
        fresh.truncate(hole.map_or(fresh.len(), |before| before + 1));
        fresh
    }

    pub(crate) fn tail(&self) -> Option<&Tail> {
        self.tail.as_ref()
    }

    pub(crate) fn tail_mut(&mut self) -> Option<&mut Tail> {
        self.tail.as_mut()
    }

    /// Tries to add one commit. Afterwards the tail has moved: to this commit, or to somebody
    /// else's that took its number, and then the caller starts over with what is still fresh.
    ///
    /// On an error the tail may be behind the truth, which the next try finds out.
    pub(crate) async fn append(
        &mut self,
        draft: Draft,
        segment: Option<Segment>,
        writer: &str,
        fills: Option<Gap>,
    ) -> Result<Appended, ChainError> {
        let Some(span) = draft.span() else { return Ok(Appended::Ours) };
        let segment = match segment {
            Some(segment) => Some(self.put_segment(segment, span).await?),
            None => None,
        };
        let repair = fills.zip(self.last()).map(|(filled, reached)| Repair { filled, reached });
        let commit = self.next(draft, segment, span, repair, writer);
        let appended = self.put_commit(commit).await?;
        self.leave_checkpoint().await;
        Ok(appended)
    }

    async fn put_segment(
        &self,
        segment: Segment,
        (first, last): (i64, i64),
    ) -> Result<SegmentReference, StoreError> {
        let Segment { tar, sha256, places } = segment;
        let chain = self.chain.clone();
        let key = ObjectKey::Segment { chain, first, last, sha256: sha256.clone() };
        let bytes = tar.len();
        self.bucket.put(&key, tar, None, Condition::Always).await?;
        Ok(SegmentReference { key: key.to_string(), sha256, bytes, samples: places.len() })
    }

    fn next(
        &self,
        draft: Draft,
        segment: Option<SegmentReference>,
        (first, last): (i64, i64),
        repair: Option<Repair>,
        writer: &str,
    ) -> Commit {
        let expected = self.last().map_or(0, |last| last + 1);
        Commit {
            schema: Commit::schema_of(repair),
            chain: self.chain.clone(),
            seq: self.tail.as_ref().map_or(0, |tail| tail.commit.seq + 1),
            first,
            last,
            count: draft.records.len() + draft.rejected.len(),
            gap_before: (first > expected).then_some(Gap { from: expected, to: first - 1 }),
            repair,
            prev_sha256: self.tail.as_ref().map(|tail| tail.sha256.clone()),
            segment,
            records: draft.records,
            rejected: draft.rejected,
            writer: writer.to_owned(),
        }
    }

    async fn put_commit(&mut self, commit: Commit) -> Result<Appended, ChainError> {
        let key = self.key(commit.seq);
        let unreadable = |source| ChainError::Unreadable { key: key.to_string(), source };
        let json = Bytes::from(serde_json::to_vec(&commit).map_err(unreadable)?);
        match self.bucket.put(&key, json.clone(), None, Condition::Absent).await {
            Ok(_) => {
                self.tail = Some(Tail { sha256: sha256(&json), commit, marked: false });
                Ok(Appended::Ours)
            }
            // Taken, or no answer: the object itself says which of the two, and whose it is.
            Err(error) => match self.get(commit.seq).await? {
                Some((tail, bytes)) => {
                    let appended = if bytes == json {
                        Appended::Ours
                    } else {
                        tracing::info!(%key, winner = tail.commit.writer, "another writer was first");
                        Appended::Theirs
                    };
                    self.tail = Some(tail);
                    Ok(appended)
                }
                None => Err(error.into()),
            },
        }
    }

    async fn get(&self, seq: u64) -> Result<Option<(Tail, Bytes)>, ChainError> {
        let read = read_commit(&self.bucket, &self.key(seq)).await?;
        Ok(read
            .map(|(commit, bytes)| (Tail { commit, sha256: sha256(&bytes), marked: false }, bytes)))
    }

    async fn leave_checkpoint(&self) {
        let Some(Tail { commit, sha256, .. }) = &self.tail else { return };
        if !Checkpoint::is_due_after(commit.seq) {
            return;
        }
        let (seq, sha256) = (commit.seq, sha256.clone());
        let checkpoint = Checkpoint { schema: Checkpoint::SCHEMA, seq, sha256 };
        if let Err(error) = checkpoint.write(&self.bucket, &self.chain).await {
            tracing::warn!(chain = %self.chain, %error, "left without a checkpoint");
        }
    }

    /// How many commits there are. Numbers are without holes, so doubling and then halving finds
    /// the end in about 2 log2 n questions, and no listing of n names is needed. `hint` is a number near the end.
    async fn len(&self, hint: u64) -> Result<u64, StoreError> {
        let (mut below, mut absent, mut step) = (0, hint, 1);
        while self.exists(absent).await? {
            (below, absent, step) = (absent + 1, absent + step, step * 2);
        }
        while below < absent {
            let middle = below + (absent - below) / 2;
            if self.exists(middle).await? { below = middle + 1 } else { absent = middle }
        }
        Ok(absent)
    }

    async fn exists(&self, seq: u64) -> Result<bool, StoreError> {
        Ok(self.bucket.head(&self.key(seq)).await?.is_some())
    }

    fn key(&self, seq: u64) -> ObjectKey {
        ObjectKey::Commit { chain: self.chain.clone(), seq }
    }
}

/// A commit and its bytes, or `None` where there is none.
pub(crate) async fn read_commit(
    feed: &Bucket,
    key: &ObjectKey,
) -> Result<Option<(Commit, Bytes)>, ChainError> {
    let Some(object) = feed.get(key).await? else { return Ok(None) };
    let unreadable = |source| ChainError::Unreadable { key: key.to_string(), source };
    let commit: Commit = serde_json::from_slice(&object.bytes).map_err(unreadable)?;
    if commit.schema > Commit::SCHEMA {
        let schema = commit.schema;
        return Err(ChainError::UnknownSchema { key: key.to_string(), schema });
    }
    Ok(Some((commit, object.bytes)))
}

/// Every chain of every epoch, in order, and how many commits it has.
pub(crate) async fn chains(feed: &Bucket) -> Result<BTreeMap<Chain, u64>, StoreError> {
    let mut chains = BTreeMap::new();
    for found in feed.list_all(ObjectKey::COMMITS).await? {
        if let Some(ObjectKey::Commit { chain, seq }) = ObjectKey::parse(&found.key) {
            let commits = chains.entry(chain).or_insert(0);
            *commits = (seq + 1).max(*commits);
        }
    }
    Ok(chains)
}

/// In lower-case hex.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    HEXLOWER.encode(digest(&SHA256, bytes).as_ref())
}
