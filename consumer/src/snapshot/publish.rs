//! Puts a snapshot's files under the first number that nobody has, `snapshot.json` last.
//!
//! No file is ever put over another: a number whose files are not ours, to the byte, is somebody else's, or that of a build
//! that died, and is left alone.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use customer::{Bucket, Condition, CustomerId, DatasetName, Members, ObjectKey, StoreError};
use serde::Serialize;

use super::{
    Plan, Snapshot, SnapshotError,
    card::Card,
    class_plot, contact_sheet, index,
    published::{INDEX, LEFT_OUT, Published, PublishedIndex, PublishedSplit, SNAPSHOT},
    shards::Shard,
    split::Split,
    statistics::Statistics,
};
use crate::chain::sha256;

/// A file of a snapshot, before its number is known.
enum Part {
    File(&'static str),
    /// Which of a customer's images are in it.
    Members(CustomerId),
}

/// Publishes what was built.
pub(crate) async fn publish(
    feed: &Bucket,
    plan: &Plan,
    shards: &[Shard],
) -> Result<Snapshot, SnapshotError> {
    let rows = index::indexed(&plan.shards, shards, &plan.choice.chosen, &plan.positions);
    let (index, statistics) = (index::write(&rows)?, Statistics::of(&plan.choice, &rows));
    let file = INDEX.to_owned();
    let indexed = PublishedIndex { file, sha256: sha256(&index), rows: rows.len() };
    let published = plan.published(shards, indexed);
    let mut files = members(plan);
    files.push((Part::File(INDEX), index.into()));
    files.push((
        Part::File(contact_sheet::FILE),
        contact_sheet::draw(feed, &plan.choice, &rows).await?.into(),
    ));
    files.extend(texts(feed, plan, &published, &statistics));
    // The last one is this one where nothing has changed.
    let mut number = last_number(feed, &plan.dataset).await?.unwrap_or(1);
    while !put(feed, plan, number, &files).await? {
        number += 1;
    }
    let latest = ObjectKey::Latest(plan.dataset.clone());
    let text = format!("{{\"snapshot\":{number}}}");
    feed.put(&latest, text, None, Condition::Always).await?;
    let key = plan.key(number, SNAPSHOT).to_string();
    Ok(Snapshot { number, key, images: rows.len(), shards: shards.len() })
}

async fn last_number(feed: &Bucket, dataset: &DatasetName) -> Result<Option<u32>, StoreError> {
    let prefix = ObjectKey::snapshots_of(dataset);
    let found = feed.list_all(&prefix).await?;
    let published = found.iter().filter_map(|found| {
        let number = found.key.strip_prefix(&prefix)?.strip_suffix(SNAPSHOT)?;
        number.strip_suffix('/')?.parse::<u32>().ok()
    });
    Ok(published.max())
}

/// A file for each customer.
fn members(plan: &Plan) -> Vec<(Part, Bytes)> {
    let mut images: BTreeMap<&CustomerId, BTreeSet<_>> = BTreeMap::new();
    for one in &plan.choice.chosen {
        images.entry(&one.record.customer).or_default().insert(one.record.image);
    }
    let file = |(customer, images): (&CustomerId, _)| {
        (Part::Members(customer.clone()), Members::new(images).text().into())
    };
    images.into_iter().map(file).collect()
}

/// In the order in which they are put.
fn texts(
    feed: &Bucket,
    plan: &Plan,
    published: &Published,
    statistics: &Statistics,
) -> Vec<(Part, Bytes)> {
    let card = Card { dataset: &plan.dataset, snapshot: published, statistics };
    let left_out: String = plan.left_out().map(|line| line + "\n").collect();
    let mut files = vec![
        ("README.md", card.to_string().into()),
        (class_plot::FILE, class_plot::draw(&published.classes, statistics).into()),
        ("stats.json", json(statistics)),
        ("recipe.toml", plan.recipe.text().into()),
        (LEFT_OUT, left_out.into()),
    ];
    let manifests = ["train.manifest", "validation.manifest", "test.manifest"];
    for (split, file) in Split::ALL.into_iter().zip(manifests) {
        files.push((file, manifest(feed, &plan.dataset, &published.splits[split.as_str()])));
    }
    files.push((SNAPSHOT, json(published)));
    files.into_iter().map(|(file, bytes)| (Part::File(file), bytes)).collect()
}

/// Whether the number is ours.
async fn put(
    feed: &Bucket,
    plan: &Plan,
    number: u32,
    files: &[(Part, Bytes)],
) -> Result<bool, StoreError> {
    for (part, bytes) in files {
        let key = part.key(plan, number);
        match feed.put(&key, bytes.clone(), None, Condition::Absent).await {
            Ok(_) => {}
            Err(StoreError::PreconditionFailed { .. }) => {
                let there = feed.get(&key).await?.map(|object| object.bytes);
                if there.as_ref() != Some(bytes) {
                    return Ok(false);
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

impl Part {
    fn key(&self, plan: &Plan, number: u32) -> ObjectKey {
        match self {
            Self::File(file) => plan.key(number, file),
            Self::Members(customer) => {
                let (customer, dataset) = (customer.clone(), plan.dataset.clone());
                ObjectKey::Members { customer, dataset, number }
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
