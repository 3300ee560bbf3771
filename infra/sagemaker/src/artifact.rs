//! `model.tar.gz`: what a training job leaves.

use std::{collections::BTreeMap, io, io::Read as _};

use customer::{Bucket, ObjectKey, ResourceName, SnapshotName, StoreError};
use flate2::read::GzDecoder;
use serde::Deserialize;
use tar::Archive;

use crate::serve::MODEL;

/// What train.py writes of a model beside it.
const CARD: &str = "model.json";
/// More than any file of a model that one machine serves: an archive may unpack to anything.
const FILE_BYTES_MAX: u64 = 1 << 30;

/// The part of a model's card that deploying it needs.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Card {
    pub snapshot_id: SnapshotName,
    pub classes: Vec<String>,
    pub rendition: String,
    /// By split, of its images; of a split that has some.
    pub accuracy: BTreeMap<String, Option<f64>>,
}

/// Why an artifact cannot be deployed.
#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    #[error("'{uri}' is not in the feed's bucket")]
    Elsewhere { uri: String },
    #[error("'{key}' is missing")]
    Missing { key: String },
    #[error("'{key}' is no archive of a model")]
    Archive { key: String, source: io::Error },
    #[error("'{key}' has no {file}: was it trained by train.py?")]
    NoFile { key: String, file: &'static str },
    #[error("{CARD} in '{key}' cannot be read")]
    Unreadable { key: String, source: serde_json::Error },
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Card {
    /// Reads the card of the model that training job `job` left at `uri`.
    pub async fn of(feed: &Bucket, job: &ResourceName, uri: &str) -> Result<Self, ArtifactError> {
        let key = ObjectKey::ModelArtifact(job.clone());
        if uri != format!("s3://{}/{key}", feed.name()) {
            return Err(ArtifactError::Elsewhere { uri: uri.to_owned() });
        }
        let json = unpacked(feed, job, CARD).await?;
        let key = key.to_string();
        serde_json::from_slice(&json).map_err(|source| ArtifactError::Unreadable { key, source })
    }
}

/// The network that training job `job` left, as ONNX.
pub async fn onnx(feed: &Bucket, job: &ResourceName) -> Result<Vec<u8>, ArtifactError> {
    unpacked(feed, job, MODEL).await
}

async fn unpacked(
    feed: &Bucket,
    job: &ResourceName,
    name: &'static str,
) -> Result<Vec<u8>, ArtifactError> {
    let key = ObjectKey::ModelArtifact(job.clone());
    let object = feed.get(&key).await?;
    let key = key.to_string();
    let object = object.ok_or_else(|| ArtifactError::Missing { key: key.clone() })?;
    let unpacked = file(&object.bytes, name);
    let unpacked =
        unpacked.map_err(|source| ArtifactError::Archive { key: key.clone(), source })?;
    unpacked.ok_or(ArtifactError::NoFile { key, file: name })
}

/// A file at the root of an archive, or `None` where there is none.
fn file(archive: &[u8], name: &str) -> io::Result<Option<Vec<u8>>> {
    for entry in Archive::new(GzDecoder::new(archive)).entries()? {
        let entry = entry?;
        let path = entry.path()?;
        if path.strip_prefix(".").unwrap_or(&path).to_str() == Some(name) {
            let mut bytes = Vec::new();
            entry.take(FILE_BYTES_MAX).read_to_end(&mut bytes)?;
            return Ok(Some(bytes));
        }
    }
    Ok(None)
}
