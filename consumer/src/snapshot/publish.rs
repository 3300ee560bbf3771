//! Puts a snapshot's files under the first number that nobody has, `snapshot.json` last.
//!
//! No file is ever put over another: a number whose files are not ours, to the byte, is somebody else's, or that of a build
//! that died, and is left alone.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use customer::{Bucket, Condition, CustomerId, DatasetName, Members, ObjectKey, StoreError};
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};

use super::{
    Snapshot, SnapshotError,
    card::Card,
    class_plot, contact_sheet,
    erasing::orders_about,
    index, line,
    published::{INDEX, LEFT_OUT, Publication, Published, PublishedSplit, SNAPSHOT},
    split::Split,
    statistics::Statistics,
};
use crate::chain::sha256;

/// `LATEST`.
#[derive(Deserialize)]
struct Latest {
    snapshot: u32,
}

/// A file of a snapshot, before its number is known.
enum Part {
    File(&'static str),
    /// Which of a customer's images are in it.
    Members(CustomerId),
}

/// Which numbers of a dataset are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Numbers {
    /// Of the last snapshot.
    pub(crate) latest: Option<u32>,
    /// The highest one, of whatever is or was a snapshot.
    pub(crate) highest: u32,
}

/// Publishes what was built, under the number of the last snapshot where that is the same.
pub(crate) fn publish<'a>(
    feed: &'a Bucket,
    publication: &'a Publication,
) -> BoxFuture<'a, Result<Snapshot, SnapshotError>> {
    Box::pin(async move {
        let files = files(feed, publication).await?;
        let dataset = &publication.dataset;
        let number = match same(feed, publication, &files).await? {
            Some(number) => number,
            None => put_next(feed, publication, &files).await?,
        };
        tell_latest(feed, publication, number).await?;
        let key = Part::File(SNAPSHOT).key(dataset, number).to_string();
        let (images, shards) = (publication.rows.len(), publication.shards.len());
        Ok(Snapshot { number, key, images, shards })
    })
}

/// The last snapshot, or the one with the highest number, if it is this.
async fn same(
    feed: &Bucket,
    publication: &Publication,
    files: &[(Part, Bytes)],
) -> Result<Option<u32>, StoreError> {
    let Numbers { latest, highest } = publication.numbers;
    for number in latest.into_iter().chain([highest]).filter(|number| *number > 0) {
        if is_there(feed, &publication.dataset, number, files).await? {
            return Ok(Some(number));
        }
    }
    Ok(None)
}

pub(crate) async fn numbers(feed: &Bucket, dataset: &DatasetName) -> Result<Numbers, StoreError> {
    let prefix = ObjectKey::snapshots_of(dataset);
    let found = feed.list_all(&prefix).await?;
    let taken = found.iter().filter_map(|found| {
        let number = found.key.strip_prefix(&prefix)?.strip_suffix(SNAPSHOT)?;
        number.strip_suffix('/')?.parse::<u32>().ok()
    });
    let latest = feed.get(&ObjectKey::Latest(dataset.clone())).await?;
    let latest = latest.and_then(|latest| Latest::read(&latest.bytes));
    Ok(Numbers { latest, highest: taken.max().unwrap_or_default() })
}

/// Whether a published number has these files, to the byte.
async fn is_there(
    feed: &Bucket,
    dataset: &DatasetName,
    number: u32,
    files: &[(Part, Bytes)],
) -> Result<bool, StoreError> {
    for (part, bytes) in files {
        let there = feed.get(&part.key(dataset, number)).await?;
        if there.is_none_or(|there| there.bytes != bytes) {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn put_next(
    feed: &Bucket,
    publication: &Publication,
    files: &[(Part, Bytes)],
) -> Result<u32, SnapshotError> {
    let mut number = publication.numbers.highest + 1;
    while !put(feed, publication, number, files).await? {
        number += 1;
    }
    Ok(number)
}

/// Of several builders the one with the highest number has the last word. What takes an earlier snapshot's place is the last
/// one if that was.
async fn tell_latest(
    feed: &Bucket,
    publication: &Publication,
    number: u32,
) -> Result<(), StoreError> {
    let key = ObjectKey::Latest(publication.dataset.clone());
    let text = format!("{{\"snapshot\":{number}}}");
    loop {
        let there = feed.get(&key).await?;
        let latest = there.as_ref().and_then(|there| Latest::read(&there.bytes));
        let is_later = match publication.replaces {
            Some(replaced) => latest.is_none_or(|latest| latest == replaced),
            None => latest.is_none_or(|latest| latest < number),
        };
        if !is_later {
            return Ok(());
        }
        let etag = there.as_ref().map(|there| there.etag.as_str());
        let condition = etag.map_or(Condition::Absent, Condition::Matches);
        match feed.put(&key, text.clone(), None, condition).await {
            Err(StoreError::PreconditionFailed { .. }) => {}
            put => return put.map(drop),
        }
    }
}

/// Where `number` was the last snapshot and is no more, the last one is the highest of those that are left.
pub(crate) async fn forget_latest(
    feed: &Bucket,
    dataset: &DatasetName,
    number: u32,
    left: Option<u32>,
) -> Result<(), StoreError> {
    let key = ObjectKey::Latest(dataset.clone());
    let Some(there) = feed.get(&key).await? else { return Ok(()) };
    if Latest::read(&there.bytes) != Some(number) {
        return Ok(());
    }
    let changed = match left {
        Some(left) => {
            let text = format!("{{\"snapshot\":{left}}}");
            feed.put(&key, text, None, Condition::Matches(&there.etag)).await.map(drop)
        }
        None => feed.delete_if(&key, &there.etag).await,
    };
    match changed {
        // A later one is there.
        Err(StoreError::PreconditionFailed { .. } | StoreError::NotFound { .. }) => Ok(()),
        changed => changed,
    }
}

impl Latest {
    fn read(bytes: &[u8]) -> Option<u32> {
        serde_json::from_slice::<Self>(bytes).ok().map(|latest| latest.snapshot)
    }
}

/// In the order in which they are put.
async fn files(
    feed: &Bucket,
    publication: &Publication,
) -> Result<Vec<(Part, Bytes)>, SnapshotError> {
    let index = Bytes::from(index::write(&publication.rows)?);
    let statistics = Statistics::of(publication);
    let published = publication.published(sha256(&index));
    let sheet = contact_sheet::draw(feed, publication).await?;
    // Whoever has put the index has the number, and nobody else puts anything there.
    let mut files = vec![(Part::File(INDEX), index)];
    files.extend(members(publication));
    files.push((Part::File(contact_sheet::FILE), sheet.into()));
    files.extend(texts(feed, publication, &published, &statistics));
    Ok(files)
}

/// A file for each customer.
fn members(publication: &Publication) -> Vec<(Part, Bytes)> {
    let mut images: BTreeMap<&CustomerId, BTreeSet<_>> = BTreeMap::new();
    for row in &publication.rows {
        images.entry(&row.customer).or_default().insert(row.image);
    }
    let file = |(customer, images): (&CustomerId, _)| {
        (Part::Members(customer.clone()), Members::new(images).text().into())
    };
    images.into_iter().map(file).collect()
}

fn texts(
    feed: &Bucket,
    publication: &Publication,
    published: &Published,
    statistics: &Statistics,
) -> Vec<(Part, Bytes)> {
    let dataset = &publication.dataset;
    let card = Card { dataset, snapshot: published, statistics };
    let left_out: String = publication.left_out.iter().map(|one| line(one) + "\n").collect();
    let mut files = vec![
        ("README.md", card.to_string().into()),
        (class_plot::FILE, class_plot::draw(&published.classes, statistics).into()),
        ("stats.json", json(statistics)),
        ("recipe.toml", publication.recipe.text().into()),
        (LEFT_OUT, left_out.into()),
    ];
    let manifests = ["train.manifest", "validation.manifest", "test.manifest"];
    for (split, file) in Split::ALL.into_iter().zip(manifests) {
        files.push((file, manifest(feed, dataset, &published.splits[split.as_str()])));
    }
    files.push((SNAPSHOT, json(published)));
    files.into_iter().map(|(file, bytes)| (Part::File(file), bytes)).collect()
}

/// Whether the number is ours.
async fn put(
    feed: &Bucket,
    publication: &Publication,
    number: u32,
    files: &[(Part, Bytes)],
) -> Result<bool, SnapshotError> {
    let dataset = &publication.dataset;
    if let Some((last, bytes)) = files.last()
        && let Some(there) = feed.get(&last.key(dataset, number)).await?
        && there.bytes != bytes
    {
        return Ok(false);
    }
    publication.obeys_orders(feed).await?;
    for (part, bytes) in files {
        let key = part.key(dataset, number);
        if matches!(part, Part::File(SNAPSHOT)) {
            // Since its members are there, whoever erases sees what it holds: orders of before have to be obeyed.
            publication.obeys_orders(feed).await?;
        }
        match feed.put(&key, bytes.clone(), None, Condition::Absent).await {
            Ok(_) => {}
            Err(StoreError::PreconditionFailed { .. }) => {
                let there = feed.get(&key).await?.map(|object| object.bytes);
                if there.as_ref() != Some(bytes) {
                    return Ok(false);
                }
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(true)
}

impl Publication {
    /// Fails where an order to erase has come since it was chosen.
    async fn obeys_orders(&self, feed: &Bucket) -> Result<(), SnapshotError> {
        let forgotten = orders_about(feed, &self.rows).await?;
        let mut rows = self.rows.iter();
        match rows.find(|row| forgotten.holds(&row.customer, row.image, row.version)) {
            Some(_) => Err(SnapshotError::ErasedMeanwhile),
            None => Ok(()),
        }
    }
}

impl Part {
    fn key(&self, dataset: &DatasetName, number: u32) -> ObjectKey {
        let dataset = dataset.clone();
        match self {
            Self::File(file) => ObjectKey::Snapshot { dataset, number, file },
            Self::Members(customer) => {
                ObjectKey::Members { customer: customer.clone(), dataset, number }
            }
        }
    }
}

/// SageMaker's ManifestFile: the prefix, then what is under it.
fn manifest(feed: &Bucket, dataset: &DatasetName, split: &PublishedSplit) -> Bytes {
    let prefix = format!("s3://{}/{}", feed.name(), ObjectKey::shards_of(dataset));
    let mut entries = vec![serde_json::json!({"prefix": prefix})];
    entries.extend(split.shards.iter().map(|shard| shard.file_name().into()));
    json(&entries)
}

fn json(value: &impl Serialize) -> Bytes {
    let json = serde_json::to_vec_pretty(value).expect("texts, numbers and lists have a JSON form");
    json.into()
}
