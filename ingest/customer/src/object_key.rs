//! Every object name that Darkroom writes, in one place.
//!
//! No other code formats a key, so the layout below is the layout of the buckets: a customer's own, the service's and the
//! feed's.

mod parse;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{CustomerId, DatasetName, ImageId, ResourceName, UploadId};

/// Renditions whose canonical transform is longer than this are named by its SHA-256 instead, so
/// that no key comes near the 1,024 bytes that S3 allows.
const TRANSFORM_BYTES_MAX: usize = 180;

/// Later than any upload: `newest/` counts down from here, and S3 lists in ascending order.
const NEWEST_MS_END: i64 = 9_999_999_999_999;

/// The name of one object.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ObjectKey {
    /// What a presigned upload wrote. Only accept reads it.
    Incoming(UploadId),
    /// The ticket of an upload.
    Ticket(UploadId),
    /// The bytes as uploaded, validated, never changed.
    Original(ImageId),
    /// The same for an upload that found the plain name taken by what is not known to last: a name
    /// that nobody else has used, and so nobody is about to delete.
    OriginalAgain { image: ImageId, uploaded_ms: i64 },
    /// The truth about an image.
    Record(ImageId),
    /// Empty. Its name sorts the newest image first.
    Newest { uploaded_ms: i64, image: ImageId },
    /// Empty. This version of the record is not yet acknowledged by Kafka.
    Outbox { image: ImageId, version: u64 },
    /// A copy of a deleted image's record; its name sorts what is to be erased first.
    Tombstone { erase_after_ms: i64, image: ImageId },
    /// What came out of a transform. `transform` is the canonical form, `engine` the constant that
    /// is raised when the same transform makes other pixels.
    Rendition { image: ImageId, engine: u32, transform: String, extension: &'static str },
    /// A refused upload.
    Quarantine(UploadId),
    /// Why it was refused.
    QuarantineReason(UploadId),
    /// What a model said of an image: it goes when the renditions go.
    Prediction { image: ImageId, model: ResourceName },
    /// Service bucket: a customer's settings.
    Customer(CustomerId),
    /// Service bucket: which model answers at an endpoint, and what it wants to be sent.
    Endpoint(ResourceName),
    /// Feed bucket: staged samples of one partition's records `first..=last`.
    Segment { chain: Chain, first: i64, last: i64, sha256: String },
    /// Feed bucket: one link of a partition's commit chain.
    Commit { chain: Chain, seq: u64 },
    /// Feed bucket: a commit that is not far from the end of its chain. A hint.
    Checkpoint(Chain),
    /// Feed bucket: what has become of a commit's segment since samples of it were erased.
    Amendment { chain: Chain, seq: u64 },
    /// Feed bucket: the highest version of an image that the chain has taken in. A hint that the
    /// chain can rebuild, so that `feed: staged` is one read.
    Staged { customer: CustomerId, image: ImageId },
    /// Feed bucket: samples of one split of a dataset, in any number of its snapshots.
    Shard { dataset: DatasetName, split: &'static str, sha256: String },
    /// Feed bucket: a part of a published snapshot.
    Snapshot { dataset: DatasetName, number: u32, file: &'static str },
    /// Feed bucket: the number of a dataset's last snapshot. A convenience.
    Latest(DatasetName),
    /// Feed bucket: a shard that a snapshot in the making has. `plan` is the SHA-256 of what it will hold.
    Building { dataset: DatasetName, plan: String, split: &'static str, shard: usize },
    /// Feed bucket: a snapshot that somebody asked the API for, and what became of it.
    SnapshotRequest { dataset: DatasetName, asked_ms: i64 },
    /// Feed bucket, empty: nobody has built what the request asks for yet.
    Wanted { dataset: DatasetName, asked_ms: i64 },
    /// Feed bucket: which images of a customer a snapshot holds.
    Members { customer: CustomerId, dataset: DatasetName, number: u32 },
    /// Feed bucket: the scripts that a model is trained by.
    TrainingSource(ResourceName),
    /// Feed bucket: which snapshot a model is trained on. It is there before the training begins.
    TrainedOn(ResourceName),
    /// Feed bucket: how good a model is.
    TrainedModel(ResourceName),
    /// Feed bucket: what came out of training a model.
    ModelArtifact(ResourceName),
    /// Feed bucket: up to which version a customer's image is erased.
    Erasure { customer: CustomerId, image: ImageId },
    /// Feed bucket: what was erased under an order, and that nothing is left.
    Receipt { customer: CustomerId, image: ImageId, version: u64 },
    /// Feed bucket: what the consumer writes to learn whether the store honours conditional PUT.
    Probe(UploadId),
}

/// Which commit chain: one per topic and partition, anew in each epoch of the cluster.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Chain {
    pub epoch: String,
    pub topic: String,
    pub partition: i32,
}

impl ObjectKey {
    /// The media type to store the object under, where the name decides it. An original and what
    /// is incoming carry the type of their content.
    pub fn media_type(&self) -> Option<&'static str> {
        match self {
            Self::Incoming(_)
            | Self::Original(_)
            | Self::OriginalAgain { .. }
            | Self::Quarantine(_) => None,
            Self::Ticket(_)
            | Self::Record(_)
            | Self::QuarantineReason(_)
            | Self::Prediction { .. }
            | Self::Customer(_)
            | Self::Endpoint(_)
            | Self::TrainedOn(_)
            | Self::TrainedModel(_)
            | Self::Tombstone { .. }
            | Self::Commit { .. }
            | Self::Checkpoint(_)
            | Self::Amendment { .. }
            | Self::Receipt { .. }
            | Self::Latest(_)
            | Self::Building { .. }
            | Self::SnapshotRequest { .. }
            | Self::Staged { .. }
            | Self::Erasure { .. } => Some("application/json"),
            Self::Newest { .. } | Self::Outbox { .. } | Self::Wanted { .. } | Self::Probe(_) => {
                Some("application/octet-stream")
            }
            Self::Members { .. } => Some("text/plain"),
            Self::Segment { .. } | Self::Shard { .. } => Some("application/x-tar"),
            Self::TrainingSource(_) | Self::ModelArtifact(_) => Some("application/gzip"),
            Self::Snapshot { file, .. } => Some(match file.rsplit('.').next() {
                Some("json" | "manifest") => "application/json",
                Some("jsonl") => "application/jsonl",
                Some("md") => "text/markdown",
                Some("parquet") => "application/vnd.apache.parquet",
                Some("svg") => "image/svg+xml",
                Some("toml") => "application/toml",
                _ => "application/octet-stream",
            }),
            Self::Rendition { extension, .. } => Some(match *extension {
                "jpg" => "image/jpeg",
                "png" => "image/png",
                "webp" => "image/webp",
                "gif" => "image/gif",
                "avif" => "image/avif",
                _ => "application/octet-stream",
            }),
        }
    }

    /// What a cache that meets the object directly may do with it: the content of an immutable name
    /// for ever, everything else not at all.
    pub fn cache_control(&self) -> &'static str {
        match self {
            Self::Original(_)
            | Self::OriginalAgain { .. }
            | Self::Rendition { .. }
            | Self::Segment { .. }
            | Self::Shard { .. }
            | Self::Members { .. }
            | Self::Snapshot { .. } => "private, max-age=31536000, immutable",
            _ => "no-store",
        }
    }

    /// The prefix that lists all records, oldest name first.
    pub const RECORDS: &'static str = "records/";
    /// The prefix that lists all originals that Darkroom keeps itself.
    pub const ORIGINALS: &'static str = "originals/";
    /// The prefix that lists all renditions of all images.
    pub const RENDITIONS: &'static str = "renditions/";
    /// The prefix that lists all deleted images, those first that are to be erased first.
    pub const TOMBSTONES: &'static str = "tombstones/";
    /// The prefix that lists all that was refused.
    pub const QUARANTINE: &'static str = "quarantine/";
    /// The prefix that lists all images, newest first.
    pub const NEWEST: &'static str = "newest/";
    /// The prefix that lists all that Kafka has not acknowledged.
    pub const OUTBOX: &'static str = "outbox/";
    /// The prefix that lists all uploads that accept has not taken.
    pub const INCOMING: &'static str = "incoming/";
    /// The prefix that lists all tickets.
    pub const TICKETS: &'static str = "uploads/";
    /// The prefix that lists all customers, in the service bucket.
    pub const CUSTOMERS: &'static str = "customers/";
    /// The prefix that lists all segments of all chains.
    pub const SEGMENTS: &'static str = "segments/";
    /// The prefix that lists all commits of all chains.
    pub const COMMITS: &'static str = "commits/";
    /// The prefix that lists all amendments of all chains.
    pub const AMENDMENTS: &'static str = "amendments/";
    /// The prefix that lists all receipts.
    pub const RECEIPTS: &'static str = "erasure/receipts/";
    /// The prefix that lists all orders to erase.
    pub const ERASURES: &'static str = "erasure/orders/";
    /// The prefix that lists all datasets, a folder each.
    pub const DATASETS: &'static str = "datasets/";
    /// The prefix that lists all snapshots that were asked for and are not built.
    pub const WANTED: &'static str = "wanted/";
    /// The prefix of everything of all models, a folder each.
    pub const MODELS: &'static str = "models/";
    /// All that Darkroom writes in a customer's bucket: what a session of ours may touch.
    pub const CUSTOMER_PREFIXES: &'static [&'static str] = &[
        "incoming/",
        "uploads/",
        "originals/",
        "records/",
        "newest/",
        "outbox/",
        "tombstones/",
        "renditions/",
        "quarantine/",
    ];

    /// The prefix that lists all renditions of an image, of every engine.
    pub fn renditions_of(image: ImageId) -> String {
        format!("renditions/{image}/")
    }

    /// The prefix that lists those of one engine.
    pub fn renditions_by(engine: u32, image: ImageId) -> String {
        format!("renditions/{image}/{engine}/")
    }

    /// The prefix of everything of a dataset.
    pub fn dataset(dataset: &DatasetName) -> String {
        format!("datasets/{dataset}/")
    }

    /// The prefix of the files of a snapshot.
    pub fn snapshot_of(dataset: &DatasetName, number: u32) -> String {
        format!("datasets/{dataset}/snapshots/{number:08}/")
    }

    /// The prefix that lists a dataset's snapshots in order.
    pub fn snapshots_of(dataset: &DatasetName) -> String {
        format!("datasets/{dataset}/snapshots/")
    }

    /// The prefix that lists what a customer's images are in: dataset by dataset, snapshot by snapshot.
    pub fn members_of(customer: &CustomerId) -> String {
        format!("members/{customer}/")
    }

    /// The prefix of the notes of a build.
    pub fn building(dataset: &DatasetName, plan: &str) -> String {
        format!("datasets/{dataset}/building/{}/", &plan[..32])
    }

    /// The prefix of a dataset's shards.
    pub fn shards_of(dataset: &DatasetName) -> String {
        format!("datasets/{dataset}/shards/")
    }

    /// The prefix that lists a chain's commits in order.
    pub fn commits_of(chain: &Chain) -> String {
        format!("commits/{chain}/")
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Incoming(upload) => write!(f, "incoming/{upload}"),
            Self::Ticket(upload) => write!(f, "uploads/{upload}.json"),
            Self::Original(image) => write!(f, "originals/{image}"),
            Self::OriginalAgain { image, uploaded_ms } => {
                write!(f, "originals/{image}-{uploaded_ms}")
            }
            Self::Record(image) => write!(f, "records/{image}.json"),
            Self::Newest { uploaded_ms, image } => {
                write!(f, "newest/{:013}-{image}", NEWEST_MS_END - uploaded_ms)
            }
            Self::Outbox { image, version } => write!(f, "outbox/{image}-{version}"),
            Self::Tombstone { erase_after_ms, image } => {
                write!(f, "tombstones/{erase_after_ms:013}-{image}")
            }
            Self::Rendition { image, engine, transform, extension } => {
                let name = short_name(transform);
                write!(f, "renditions/{image}/{engine}/{name}.{extension}")
            }
            Self::Quarantine(upload) => write!(f, "quarantine/{upload}"),
            Self::QuarantineReason(upload) => write!(f, "quarantine/{upload}.json"),
            Self::Prediction { image, model } => {
                write!(f, "renditions/{image}/predictions/{model}.json")
            }
            Self::Customer(customer) => write!(f, "customers/{customer}.json"),
            Self::Endpoint(endpoint) => write!(f, "endpoints/{endpoint}.json"),
            Self::TrainingSource(model) => write!(f, "models/{model}/source/sourcedir.tar.gz"),
            Self::ModelArtifact(model) => write!(f, "models/{model}/output/model.tar.gz"),
            Self::TrainedOn(model) => write!(f, "models/{model}/trained-on.json"),
            Self::TrainedModel(model) => write!(f, "models/{model}/trained.json"),
            Self::Segment { chain, first, last, sha256 } => {
                write!(f, "segments/{chain}/{first:020}-{last:020}-{}.tar", &sha256[..16])
            }
            Self::Commit { chain, seq } => write!(f, "commits/{chain}/{seq:020}.json"),
            Self::Amendment { chain, seq } => write!(f, "amendments/{chain}/{seq:020}.json"),
            Self::Shard { dataset, split, sha256 } => {
                write!(f, "datasets/{dataset}/shards/{split}-{}.tar", &sha256[..32])
            }
            Self::Snapshot { dataset, number, file } => {
                write!(f, "datasets/{dataset}/snapshots/{number:08}/{file}")
            }
            Self::Latest(dataset) => write!(f, "datasets/{dataset}/LATEST"),
            Self::Building { dataset, plan, split, shard } => {
                write!(f, "datasets/{dataset}/building/{}/{split}-{shard:05}.json", &plan[..32])
            }
            Self::SnapshotRequest { dataset, asked_ms } => {
                write!(f, "datasets/{dataset}/requests/{asked_ms:013}.json")
            }
            Self::Wanted { dataset, asked_ms } => write!(f, "wanted/{dataset}/{asked_ms:013}"),
            Self::Members { customer, dataset, number } => {
                write!(f, "members/{customer}/{dataset}/{number:08}")
            }
            Self::Checkpoint(chain) => write!(f, "checkpoints/{chain}.json"),
            Self::Staged { customer, image } => write!(f, "staged/{customer}/{image}.json"),
            Self::Erasure { customer, image } => {
                write!(f, "erasure/orders/{customer}/{image}.json")
            }
            Self::Receipt { customer, image, version } => {
                write!(f, "erasure/receipts/{customer}/{image}-{version}.json")
            }
            Self::Probe(id) => write!(f, "probe/{id}"),
        }
    }
}

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.epoch, self.topic, self.partition)
    }
}

fn short_name(transform: &str) -> String {
    if transform.len() <= TRANSFORM_BYTES_MAX {
        return transform.to_owned();
    }
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, transform.as_bytes());
    data_encoding::HEXLOWER.encode(digest.as_ref())
}

#[cfg(test)]
mod tests;
