//! Snapshots without what is to be forgotten: each that holds some of it gives its place to another one under a number of
//! its own, and says so in its `snapshot.json`, which is all that is left of it.
//!
//! A builder puts `members/…`, then looks for orders, then puts `snapshot.json`; an order is there before its eraser looks
//! for members. So either the builder sees the order, or the eraser sees the snapshot, published or not, and takes its
//! number away.

mod replaced;
mod unnamed;

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    io,
};

use bytes::Bytes;
use customer::{
    Bucket, Condition, DatasetName, Erasure, ErasureError, Members, ObjectKey, StoreError,
    Timestamp,
};

use super::{
    index::{self, IndexRow},
    publish::{Numbers, forget_latest, publish},
    published::{INDEX, LEFT_OUT, Publication, Published, PublishedShard, SNAPSHOT},
    reason::LeftOut,
    shards::{CLASS, DESCRIPTION},
    split::Split,
};
use crate::{
    Subject,
    archive::{Filtered, key_of, without},
    erase::{ErasePassError, Forgotten, put_named_by_content},
};
use replaced::{datasets, key_of_file, numbered, read};

pub use replaced::{Named, Rewritten};

/// What another eraser has taken away is looked for again, so often.
const TRIES: usize = 3;
pub(crate) use replaced::{Replaced, SnapshotFile, replaced};

/// Takes every snapshot's place that holds what is to be forgotten, and removes every shard that does and that no snapshot
/// names. How many of either there were.
pub(crate) async fn erase(
    feed: &Bucket,
    forgotten: &Forgotten,
) -> Result<(usize, usize), ErasePassError> {
    let (mut snapshots, mut shards) = (0, 0);
    let holding = holding(feed, forgotten).await?;
    for dataset in datasets(feed).await? {
        for number in numbered(feed, &dataset).await? {
            let file = read(feed, &dataset, number).await?;
            let is_whole = matches!(file, Some((SnapshotFile::Published(_), _)));
            // What is not published, or no more, may have been left by whoever died.
            if !is_whole || holding.contains(&(dataset.clone(), number)) {
                snapshots += usize::from(erase_again(feed, &dataset, number, forgotten).await?);
            }
        }
        shards += unnamed::remove_unnamed(feed, &dataset, forgotten).await?;
    }
    Ok((snapshots, shards))
}

/// The same again, where another eraser has taken something away meanwhile.
async fn erase_again(
    feed: &Bucket,
    dataset: &DatasetName,
    number: u32,
    forgotten: &Forgotten,
) -> Result<bool, ErasePassError> {
    for _ in 0..TRIES {
        match erase_from(feed, dataset, number, forgotten).await {
            Err(error) if error.is_gone() => {}
            erased => return erased,
        }
    }
    erase_from(feed, dataset, number, forgotten).await
}

/// Snapshots that hold an image, of whatever version, published or not.
async fn holding(
    feed: &Bucket,
    forgotten: &Forgotten,
) -> Result<BTreeSet<(DatasetName, u32)>, StoreError> {
    let customers: BTreeSet<_> = forgotten.customers().collect();
    let mut holding = BTreeSet::new();
    for customer in customers {
        let images: Vec<_> = forgotten.images_of(customer).collect();
        for found in feed.list_all(&ObjectKey::members_of(customer)).await? {
            let Some(key @ ObjectKey::Members { .. }) = ObjectKey::parse(&found.key) else {
                continue;
            };
            let members = feed.get(&key).await?.map(|object| Members::read(&object.bytes));
            let has_any = |members: &Members| images.iter().any(|image| members.contains(*image));
            if members.is_some_and(|members| has_any(&members))
                && let ObjectKey::Members { dataset, number, .. } = key
            {
                holding.insert((dataset, number));
            }
        }
    }
    Ok(holding)
}

/// Whether there was anything to be done.
async fn erase_from(
    feed: &Bucket,
    dataset: &DatasetName,
    number: u32,
    forgotten: &Forgotten,
) -> Result<bool, ErasePassError> {
    loop {
        let found = read(feed, dataset, number).await?;
        let (published, etag) = match found {
            Some((SnapshotFile::Replaced(replaced), _)) => {
                return Ok(clear(feed, number, &replaced).await?);
            }
            Some((SnapshotFile::Published(published), etag)) => (Some(published), Some(etag)),
            None => (None, None),
        };
        let Some(rows) = rows(feed, dataset, number).await? else { return Ok(false) };
        let is_held = |row: &IndexRow| forgotten.holds(&row.customer, row.image, row.version);
        if !rows.iter().any(is_held) {
            return Ok(false);
        }
        // All orders there are: what is published next has to obey them, too.
        let forgotten = &orders_about(feed, &rows).await?;
        let (gone, rows): (Vec<_>, Vec<_>) = rows
            .into_iter()
            .partition(|row| forgotten.holds(&row.customer, row.image, row.version));
        let customers = gone.iter().chain(&rows).map(|row| row.customer.clone()).collect();
        let erased = gone.iter().map(|row| {
            let (customer, image) = (row.customer.clone(), row.image);
            Subject { customer, image, version: row.version }
        });
        let erased = erased.collect();
        let (replaced_by, shards) = match published {
            Some(published) => take_place(feed, number, *published, &gone, rows, forgotten).await?,
            None => (None, Vec::new()),
        };
        let (schema, dataset, erased_at) = (1, dataset.clone(), Timestamp::now());
        let replaced =
            Replaced { schema, dataset, replaced_by, erased_at, erased, shards, customers };
        let key = key_of_file(&replaced.dataset, number, SNAPSHOT);
        let json = serde_json::to_vec(&replaced).expect("texts and numbers have a JSON form");
        let condition = etag.as_deref().map_or(Condition::Absent, Condition::Matches);
        match feed.put(&key, json, None, condition).await {
            // Published, or replaced, by somebody else meanwhile.
            Err(StoreError::PreconditionFailed { .. } | StoreError::NotFound { .. }) => {}
            Err(error) => return Err(error.into()),
            Ok(_) => {
                clear(feed, number, &replaced).await?;
                return Ok(true);
            }
        }
    }
}

/// Every order about an image of these, whether it has its receipt or not.
pub(super) async fn orders_about(
    feed: &Bucket,
    rows: &[IndexRow],
) -> Result<Forgotten, ErasureError> {
    let held: HashSet<_> = rows.iter().map(|row| (&row.customer, row.image)).collect();
    let orders = Erasure::of(feed, |customer, image, _| held.contains(&(customer, image))).await?;
    Ok(Forgotten::of(&orders))
}

/// Publishes the snapshot without what is gone. Its number, where anything is left, and what became of each shard.
async fn take_place(
    feed: &Bucket,
    number: u32,
    published: Published,
    gone: &[IndexRow],
    mut rows: Vec<IndexRow>,
    forgotten: &Forgotten,
) -> Result<(Option<u32>, Vec<Rewritten>), ErasePassError> {
    let keys: HashSet<_> = gone.iter().map(|row| row.key.as_str()).collect();
    let touched: HashSet<_> = gone.iter().map(|row| row.shard.as_str()).collect();
    let (mut shards, mut rewritten) = (Vec::new(), Vec::new());
    for split in Split::ALL {
        for shard in published.splits.get(split.as_str()).into_iter().flat_map(|of| &of.shards) {
            if !touched.contains(shard.key.as_str()) {
                shards.push((split, shard.clone()));
                continue;
            }
            let after = rewrite(feed, &published.dataset, split, shard, &keys, &mut rows).await?;
            let before = Named::of(shard);
            rewritten.push(Rewritten { before, after: after.as_ref().map(Named::of) });
            shards.extend(after.map(|after| (split, after)));
        }
    }
    if rows.is_empty() {
        let left = published_but(feed, &published.dataset, number).await?;
        forget_latest(feed, &published.dataset, number, left).await?;
        return Ok((None, rewritten));
    }
    let mut left_out = left_out(feed, &published.dataset, number).await?;
    left_out.retain(|one| !forgotten.holds(&one.customer, one.image, one.version));
    let Published { dataset, classes, positions, recipe, .. } = published;
    // From its own number on: one that was cut off has published it already.
    let (numbers, replaces) = (Numbers { latest: None, highest: number }, Some(number));
    let publication = Publication {
        dataset,
        classes,
        shards,
        rows,
        left_out,
        positions,
        recipe,
        numbers,
        replaces,
    };
    Ok((Some(publish(feed, &publication).await?.number), rewritten))
}

/// The highest number of a published snapshot other than this.
async fn published_but(
    feed: &Bucket,
    dataset: &DatasetName,
    number: u32,
) -> Result<Option<u32>, ErasePassError> {
    let mut numbers = numbered(feed, dataset).await?;
    numbers.sort_unstable();
    for other in numbers.into_iter().rev().filter(|other| *other != number) {
        if let Some((SnapshotFile::Published(_), _)) = read(feed, dataset, other).await? {
            return Ok(Some(other));
        }
    }
    Ok(None)
}

/// Puts a shard without some of its samples, and tells `rows` where the others came to lie.
async fn rewrite(
    feed: &Bucket,
    dataset: &DatasetName,
    split: Split,
    shard: &PublishedShard,
    gone: &HashSet<&str>,
    rows: &mut [IndexRow],
) -> Result<Option<PublishedShard>, ErasePassError> {
    let tar = feed.range(&shard.key, 0..shard.bytes).await?;
    let broken = |source| ErasePassError::Tar { key: shard.key.clone(), source };
    let Filtered { tar, sha256, members } =
        without(&tar, |sample| gone.contains(sample)).map_err(broken)?;
    let is_image = |name: &str| {
        let (_, extension) = name.split_once('.').unwrap_or_default();
        extension != DESCRIPTION && extension != CLASS
    };
    let places: BTreeMap<_, _> = members
        .iter()
        .filter(|(name, _)| is_image(name))
        .map(|(name, place)| (key_of(name), place.start))
        .collect();
    if places.is_empty() {
        return Ok(None);
    }
    let (dataset, split) = (dataset.clone(), split.as_str());
    let key = ObjectKey::Shard { dataset, split, sha256: sha256.clone() };
    let (bytes, images) = (tar.len(), places.len());
    put_named_by_content(feed, &key, Bytes::from(tar)).await?;
    for row in rows.iter_mut().filter(|row| row.shard == shard.key) {
        row.shard = key.to_string();
        let place = places.get(row.key.as_str()).copied();
        row.image_at.offset = place.ok_or_else(|| broken(io::ErrorKind::NotFound.into()))?;
    }
    Ok(Some(PublishedShard { key: key.to_string(), sha256, bytes, images }))
}

/// Deletes all of a snapshot but what says that it is replaced, and says whether there still was anything.
async fn clear(feed: &Bucket, number: u32, replaced: &Replaced) -> Result<bool, StoreError> {
    let mut cleared = false;
    let (dataset, home) = (&replaced.dataset, ObjectKey::snapshot_of(&replaced.dataset, number));
    let files = feed.list_all(&home).await?;
    for file in files.iter().filter(|file| !file.key.ends_with(SNAPSHOT)) {
        cleared |= feed.delete_all_versions(&file.key).await?;
    }
    for customer in &replaced.customers {
        let (customer, dataset) = (customer.clone(), dataset.clone());
        let members = ObjectKey::Members { customer, dataset, number };
        cleared |= feed.delete_all_versions(&members.to_string()).await?;
    }
    Ok(cleared)
}

async fn rows(
    feed: &Bucket,
    dataset: &DatasetName,
    number: u32,
) -> Result<Option<Vec<IndexRow>>, ErasePassError> {
    let key = key_of_file(dataset, number, INDEX);
    let Some(object) = feed.get(&key).await? else { return Ok(None) };
    let broken = |source| ErasePassError::Index { key: key.to_string(), source };
    index::read(object.bytes).map(Some).map_err(broken)
}

async fn left_out(
    feed: &Bucket,
    dataset: &DatasetName,
    number: u32,
) -> Result<Vec<LeftOut>, ErasePassError> {
    let key = key_of_file(dataset, number, LEFT_OUT);
    let Some(object) = feed.get(&key).await? else { return Ok(Vec::new()) };
    let lines = serde_json::Deserializer::from_slice(&object.bytes).into_iter::<LeftOut>();
    let unreadable = |source| ErasePassError::Unreadable { key: key.to_string(), source };
    lines.collect::<Result<_, _>>().map_err(unreadable)
}
