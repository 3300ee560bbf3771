//! Shards: the chosen samples, passed through from segments into WebDataset tars under content-addressed names.
//!
//! A shard that is put leaves a note of what it holds, so that a build that was killed goes on where it was.

use std::{io::Read, ops::Range};

use bytes::Bytes;
use customer::{Bucket, Condition, DatasetName, ObjectKey, Recipe, StoreError, recipe::Size};
use futures::{StreamExt, TryStreamExt, stream};
use resizer::{Format, Limits};
use serde::{Deserialize, Serialize};
use tokio::task::spawn_blocking;
use tracing::info_span;

use super::{
    SnapshotError,
    choose::Chosen,
    feed_state::Position,
    published::PublishedShard,
    sample::{Described, ShardSample},
    split::Split,
};
use crate::{archive::Archive, sample::smaller};

/// How the members that are no image end.
pub(crate) const CLASS: &str = "cls";
pub(crate) const DESCRIPTION: &str = "json";
/// Samples on their way from segments at a time.
const CONCURRENT: usize = 16;

/// A shard before it is built: its split, its number there, and which of the chosen it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ShardPlan {
    pub(crate) split: Split,
    pub(crate) number: usize,
    pub(crate) chosen: Range<usize>,
}

/// A shard in the bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Shard {
    pub(crate) key: String,
    pub(crate) sha256: String,
    pub(crate) bytes: usize,
    pub(crate) rows: Vec<Row>,
}

/// A sample in a shard, as the index tells of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Row {
    /// Of the image's bytes within the shard.
    pub(crate) offset: usize,
    pub(crate) bytes: usize,
    pub(crate) media_type: String,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

impl Shard {
    pub(crate) fn published(&self) -> PublishedShard {
        let Self { key, sha256, bytes, rows } = self;
        let (key, sha256) = (key.clone(), sha256.clone());
        PublishedShard { key, sha256, bytes: *bytes, images: rows.len() }
    }
}

/// Where an image's way, as far as it is traced, comes to its end.
fn trace(Chosen { record, .. }: &Chosen, key: &ObjectKey) {
    let Some(trace) = record.trace.as_ref().filter(|_| telemetry::is_tracing()) else { return };
    trace.adopt(
        &info_span!("shard", customer = %record.customer, image = %record.image, key = %key),
    );
}

/// Cuts each split into shards of about `shard_bytes`. A function of the choice alone.
pub(crate) fn plan(chosen: &[Chosen], shard_bytes: u64) -> Vec<ShardPlan> {
    let mut plans: Vec<ShardPlan> = Vec::new();
    let mut bytes = 0;
    for (at, one) in chosen.iter().enumerate() {
        let last = plans.last().filter(|last| last.split == one.split);
        if last.is_none() || bytes >= shard_bytes {
            let number = last.map_or(0, |last| last.number + 1);
            plans.push(ShardPlan { split: one.split, number, chosen: at..at });
            bytes = 0;
        }
        plans.last_mut().expect("one was pushed").chosen.end = at + 1;
        bytes += one.sample.place.bytes as u64;
    }
    plans
}

/// Builds shards of one plan.
pub(crate) struct Builder<'a> {
    pub(crate) feed: &'a Bucket,
    pub(crate) dataset: &'a DatasetName,
    pub(crate) recipe: &'a Recipe,
    pub(crate) positions: &'a [Position],
    /// SHA-256 of everything that decides what the shards hold.
    pub(crate) plan: String,
}

impl Builder<'_> {
    /// Builds a shard, unless that has been done.
    pub(crate) async fn build(
        &self,
        plan: &ShardPlan,
        chosen: &[Chosen],
    ) -> Result<Shard, SnapshotError> {
        let note = ObjectKey::Building {
            dataset: self.dataset.clone(),
            plan: self.plan.clone(),
            split: plan.split.as_str(),
            shard: plan.number,
        };
        if let Some(object) = self.feed.get(&note).await?
            && let Ok(shard) = serde_json::from_slice::<Shard>(&object.bytes)
            && self.feed.head(&self.key(plan, &shard.sha256)).await?.is_some()
        {
            return Ok(shard);
        }
        let shard = self.make(plan, &chosen[plan.chosen.clone()]).await?;
        let json = serde_json::to_vec(&shard).expect("texts and numbers have a JSON form");
        self.feed.put(&note, json, None, Condition::Always).await?;
        Ok(shard)
    }

    async fn make(&self, plan: &ShardPlan, chosen: &[Chosen]) -> Result<Shard, SnapshotError> {
        let samples: Vec<_> = chosen.iter().map(|one| self.sample(one)).collect();
        let samples = stream::iter(samples).buffered(CONCURRENT);
        let samples: Vec<ShardSample> = samples.try_collect().await?;
        let (tar, sha256, rows) = spawn_blocking(move || pack(&samples)).await??;
        let key = self.key(plan, &sha256);
        let bytes = tar.len();
        match self.feed.put(&key, tar, None, Condition::Absent).await {
            // Named by its content, it is what is there.
            Ok(_) | Err(StoreError::PreconditionFailed { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        for one in chosen {
            trace(one, &key);
        }
        Ok(Shard { key: key.to_string(), sha256, bytes, rows })
    }

    fn key(&self, plan: &ShardPlan, sha256: &str) -> ObjectKey {
        let (dataset, split) = (self.dataset.clone(), plan.split.as_str());
        ObjectKey::Shard { dataset, split, sha256: sha256.to_owned() }
    }

    async fn sample(&self, chosen: &Chosen) -> Result<ShardSample, SnapshotError> {
        let staged = &chosen.sample;
        let range = staged.place.offset..staged.place.offset + staged.place.bytes;
        let members = self.feed.range(&staged.segment, range).await?;
        let broken = || SnapshotError::BrokenSample {
            segment: staged.segment.clone(),
            offset: staged.place.offset,
        };
        let (image, description) = split_members(&members).ok_or_else(broken)?;
        let mut described: Described =
            serde_json::from_slice(&description).map_err(|_| broken())?;
        if described.key != chosen.sample_key() {
            return Err(broken());
        }
        let image = match self.recipe.transform {
            Some(size) => described.resize(image, size).await?,
            None => image,
        };
        Ok(ShardSample::new(chosen, &self.positions[staged.chain].chain, &described, image))
    }
}

impl Described {
    async fn resize(&mut self, image: Bytes, size: Size) -> Result<Bytes, SnapshotError> {
        let transform = smaller(size.edge_max_px, size.quality);
        self.transform = Some(transform.to_string());
        let render = move || resizer::render(&image, &transform, &Limits::default());
        let rendition = spawn_blocking(render).await??;
        rendition.format.media_type().clone_into(&mut self.media_type);
        (self.width, self.height) = (rendition.width, rendition.height);
        self.bytes = rendition.bytes.len();
        self.engine = resizer::ENGINE;
        Ok(rendition.bytes.into())
    }
}

/// The image and the description of a sample.
fn split_members(members: &Bytes) -> Option<(Bytes, Vec<u8>)> {
    let mut archive = tar::Archive::new(&members[..]);
    let mut entries = archive.entries().ok()?;
    let image = entries.next()?.ok()?;
    let begin = usize::try_from(image.raw_file_position()).ok()?;
    let end = begin.checked_add(usize::try_from(image.size()).ok()?)?;
    let mut description = Vec::new();
    entries.next()?.ok()?.read_to_end(&mut description).ok()?;
    (end <= members.len()).then(|| (members.slice(begin..end), description))
}

type Packed = (Vec<u8>, String, Vec<Row>);

fn pack(samples: &[ShardSample]) -> Result<Packed, SnapshotError> {
    let sizes = samples.iter().flat_map(|sample| {
        let class = sample.class.as_ref().map(String::len);
        [Some(sample.image.len()), class, Some(sample.description.len())].into_iter().flatten()
    });
    let mut archive = Archive::with_room_for(sizes);
    let mut rows = Vec::with_capacity(samples.len());
    for sample in samples {
        let ShardSample { key, image, class, description, .. } = sample;
        let content = archive.add(&format!("{key}.{}", sample.extension()), image)?;
        if let Some(class) = class {
            archive.add(&format!("{key}.{CLASS}"), class.as_bytes())?;
        }
        archive.add(&format!("{key}.{DESCRIPTION}"), description)?;
        rows.push(Row {
            offset: content.start,
            bytes: content.len(),
            media_type: sample.media_type.clone(),
            width: sample.width,
            height: sample.height,
        });
    }
    let (tar, sha256) = archive.finish()?;
    Ok((tar, sha256, rows))
}

/// How a member that holds an image of this type ends.
pub(crate) fn extension_of(media_type: &str) -> &'static str {
    let formats = [
        Format::Jpeg,
        Format::Png,
        Format::WebP,
        Format::Gif,
        Format::Avif,
        Format::Tiff,
        Format::Bmp,
    ];
    let known = formats.into_iter().find(|format| format.media_type() == media_type);
    known.map_or("bin", Format::extension)
}
