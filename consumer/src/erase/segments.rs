//! Segments: each that holds a sample which is to be forgotten is written anew without it.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use bytes::Bytes;
use customer::{Bucket, Chain, Found, ObjectKey, StoreError, Timestamp};
use futures::{StreamExt, TryStreamExt, stream};

use super::{ErasePassError, Forgotten};
use crate::{
    Amendment, ChainError, Commit, Place, SegmentReference,
    archive::{BLOCK_BYTES, Filtered, without},
    chain::{chains, read_commit},
};

/// Commits on their way at a time.
const CONCURRENT: usize = 32;
/// What another eraser has taken away is looked for again, so often.
const TRIES: usize = 3;

/// What became of the segments that held what is to be forgotten.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Segments {
    pub(super) gone: usize,
    /// That no commit names yet. Whoever put them may still be about to.
    pub(super) young: usize,
}

/// Amends every commit that has to be, and removes what no commit names and is older than `settled_at`.
pub(super) async fn erase(
    feed: &Bucket,
    forgotten: &Forgotten,
    settled_at: Timestamp,
) -> Result<Segments, ErasePassError> {
    // Before the commits: what is put later is named by a commit that is not read here.
    let found = feed.list_all(ObjectKey::SEGMENTS).await?;
    let amended = feed.list_all(ObjectKey::AMENDMENTS).await?;
    let amended: HashSet<_> = amended.into_iter().map(|found| found.key).collect();
    let (mut segments, mut named) = (Segments::default(), HashSet::new());
    for (chain, commits) in chains(feed).await? {
        let keys = (0..commits).map(|seq| ObjectKey::Commit { chain: chain.clone(), seq });
        let mut reading =
            stream::iter(keys.map(async |key| read_commit(feed, &key).await)).buffered(CONCURRENT);
        while let Some(read) = reading.try_next().await? {
            let (commit, _) = read.ok_or_else(|| ChainError::Hole { chain: chain.clone() })?;
            let amendment = ObjectKey::Amendment { chain: chain.clone(), seq: commit.seq };
            if is_hit(&commit, forgotten) || amended.contains(&amendment.to_string()) {
                segments.gone += amend(feed, &chain, &commit, forgotten).await?;
                let amendment = Amendment::read(feed, &chain, commit.seq).await?;
                let amendment = amendment.as_ref().map(|(amendment, _)| amendment);
                named.extend(commit.segment_now(amendment).map(|segment| segment.key.clone()));
            } else {
                named.extend(commit.segment.map(|segment| segment.key));
            }
        }
    }
    for unnamed in found.into_iter().filter(|found| !named.contains(&found.key)) {
        remove_unnamed(feed, &unnamed, forgotten, settled_at, &mut segments).await?;
    }
    Ok(segments)
}

/// Removes a segment that no commit names, if it holds what is to be forgotten and whoever put it has ended.
async fn remove_unnamed(
    feed: &Bucket,
    found: &Found,
    forgotten: &Forgotten,
    settled_at: Timestamp,
    segments: &mut Segments,
) -> Result<(), ErasePassError> {
    if !forgotten.is_in_tar(feed, found).await? {
        return Ok(());
    }
    if found.modified_at <= settled_at {
        segments.gone += usize::from(feed.delete_all_versions(&found.key).await?);
    } else {
        segments.young += 1;
    }
    Ok(())
}

/// Whether it has ever had such a sample.
fn is_hit(commit: &Commit, forgotten: &Forgotten) -> bool {
    let mut kept = commit.kept(None);
    kept.any(|kept| {
        forgotten.holds(&kept.subject.customer, kept.subject.image, kept.subject.version)
    })
}

/// Writes the segment anew, names it in the amendment, and then deletes the one before it. Of two at a time the second
/// goes on from what the first has written.
async fn amend(
    feed: &Bucket,
    chain: &Chain,
    commit: &Commit,
    forgotten: &Forgotten,
) -> Result<usize, ErasePassError> {
    let mut tries = TRIES;
    loop {
        let found = Amendment::read(feed, chain, commit.seq).await?;
        let (amendment, etag) =
            found.as_ref().map_or((None, None), |(read, etag)| (Some(read), Some(etag.as_str())));
        let next = match next(feed, commit, amendment, forgotten).await {
            Err(error) if error.is_gone() && tries > 0 => {
                tries -= 1;
                continue;
            }
            next => next?,
        };
        let Some(next) = next else { return clear(feed, amendment).await };
        match next.write(feed, etag).await {
            Err(StoreError::PreconditionFailed { .. } | StoreError::NotFound { .. }) => {}
            written => {
                written?;
                return clear(feed, Some(&next)).await;
            }
        }
    }
}

/// The amendment without what is to be forgotten, or `None` where nothing of it is left. Its segment lies in the bucket.
async fn next(
    feed: &Bucket,
    commit: &Commit,
    amendment: Option<&Amendment>,
    forgotten: &Forgotten,
) -> Result<Option<Amendment>, ErasePassError> {
    let Some(segment) = commit.segment_now(amendment) else { return Ok(None) };
    let is_gone = |kept: &crate::Kept<'_>| {
        forgotten.holds(&kept.subject.customer, kept.subject.image, kept.subject.version)
    };
    let (gone, left): (Vec<_>, Vec<_>) = commit.kept(amendment).partition(is_gone);
    if gone.is_empty() {
        return Ok(None);
    }
    let mut erased = amendment.map(|amendment| amendment.erased.clone()).unwrap_or_default();
    erased.extend(gone.iter().map(|kept| kept.offset));
    let mut removed = amendment.map(|amendment| amendment.removed.clone()).unwrap_or_default();
    removed.push(segment.clone());
    let names: BTreeSet<_> = gone.iter().map(|kept| kept.subject.sample_key()).collect();
    let (segment, places) = if left.is_empty() {
        (None, BTreeMap::new())
    } else {
        let (segment, places) = rewrite(feed, commit, segment, &names).await?;
        (Some(segment), left.iter().map(|kept| kept.offset).zip(places).collect())
    };
    let (schema, chain, seq) = (Amendment::SCHEMA, commit.chain.clone(), commit.seq);
    Ok(Some(Amendment { schema, chain, seq, segment, erased, places, removed }))
}

async fn rewrite(
    feed: &Bucket,
    commit: &Commit,
    segment: &SegmentReference,
    gone: &BTreeSet<String>,
) -> Result<(SegmentReference, Vec<Place>), ErasePassError> {
    let tar = feed.range(&segment.key, 0..segment.bytes).await?;
    let broken = |source| ErasePassError::Tar { key: segment.key.clone(), source };
    let Filtered { tar, sha256, members } =
        without(&tar, |sample| gone.contains(sample)).map_err(broken)?;
    // A sample is an image and its description.
    let places: Vec<_> = members
        .chunks(2)
        .map(|sample| {
            let offset = sample[0].1.start - BLOCK_BYTES;
            let end = sample[sample.len() - 1].1.end.next_multiple_of(BLOCK_BYTES);
            Place { offset, bytes: end - offset }
        })
        .collect();
    let Commit { chain, first, last, .. } = commit.clone();
    let key = ObjectKey::Segment { chain, first, last, sha256: sha256.clone() };
    let (bytes, samples) = (tar.len(), places.len());
    super::put_named_by_content(feed, &key, Bytes::from(tar)).await?;
    Ok((SegmentReference { key: key.to_string(), sha256, bytes, samples }, places))
}

/// Deletes what an amendment has taken the place of, and says how many there still were.
async fn clear(feed: &Bucket, amendment: Option<&Amendment>) -> Result<usize, ErasePassError> {
    let mut cleared = 0;
    for segment in amendment.iter().flat_map(|amendment| &amendment.removed) {
        cleared += usize::from(feed.delete_all_versions(&segment.key).await?);
    }
    Ok(cleared)
}
