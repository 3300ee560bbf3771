//! From a record and its original to one sample of the feed.
//!
//! What is staged is a rendition made by the same [`resizer`] that serves images, so that a model
//! trains on what it will be asked about: upright, sRGB, no metadata, at most
//! [`Staging::Rendition::edge_max_px`] on the longer edge. Nothing here blocks on I/O, and
//! everything here is work for a blocking thread.

use std::collections::BTreeMap;

use bytes::Bytes;
use customer::{Chain, Consent, CustomerId, ImageId, Record, Timestamp, Visibility};
use resizer::{Fit, Format, Limits, Metadata, Rendition, Size, Transform};
use serde::Serialize;

use crate::{Poison, Subject};

/// In which form images enter segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Staging {
    /// A JPEG of at most this size.
    Rendition { edge_max_px: u32, quality: u8 },
    /// The bytes as uploaded, their metadata included: only where that is agreed with customers.
    Original,
}

/// The members of one sample. The key has no dot and is unique among all segments of an epoch:
/// `{customer}-{image}-{version}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    pub key: String,
    pub extension: &'static str,
    pub image: Bytes,
    /// JSON.
    pub description: Vec<u8>,
}

/// What a sample shows.
struct Staged {
    image: Bytes,
    format: Format,
    width: u32,
    height: u32,
}

/// `KEY.json`. No file name, no subject of a token: a data scientist needs neither.
#[derive(Debug, Serialize)]
struct Description<'a> {
    schema: u32,
    key: &'a str,
    customer: &'a CustomerId,
    image: ImageId,
    version: u64,
    labels: &'a [String],
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: &'a BTreeMap<String, serde_json::Value>,
    consent: Consent,
    visibility: Visibility,
    uploaded_at: Timestamp,
    #[serde(rename = "type")]
    media_type: &'static str,
    width: u32,
    height: u32,
    bytes: usize,
    /// Canonical text of what was applied to the original; `None` for the original itself.
    transform: Option<String>,
    engine: u32,
    original: DescribedOriginal<'a>,
    lineage: Lineage,
}

/// What a sample was made of.
#[derive(Debug, Serialize)]
pub(crate) struct DescribedOriginal<'a> {
    sha256: &'a str,
    #[serde(rename = "type")]
    media_type: &'a str,
    width: u32,
    height: u32,
    bytes: u64,
}

/// Which Kafka record the sample came from.
#[derive(Debug, Serialize)]
pub(crate) struct Lineage {
    #[serde(flatten)]
    pub(crate) chain: Chain,
    pub(crate) offset: i64,
    pub(crate) timestamp: Option<Timestamp>,
}

impl<'a> From<&'a Record> for DescribedOriginal<'a> {
    fn from(record: &'a Record) -> Self {
        let Record { sha256, media_type, width, height, bytes, .. } = record;
        Self { sha256, media_type, width: *width, height: *height, bytes: *bytes }
    }
}

impl Default for Staging {
    fn default() -> Self {
        Self::Rendition { edge_max_px: Self::EDGE_MAX_PX, quality: Self::QUALITY }
    }
}

impl Staging {
    /// Enough for the networks that are trained today, which see 224 to 768 px.
    pub const EDGE_MAX_PX: u32 = 1_024;
    /// Artefacts stay below what a second compression in training adds.
    pub const QUALITY: u8 = 95;

    /// An estimate of the sample's size, to bound a batch before a pixel is seen. At quality 95 a
    /// photograph takes about half a byte a pixel.
    pub fn sample_bytes(&self, record: &Record) -> u64 {
        match *self {
            Self::Original => record.bytes,
            Self::Rendition { edge_max_px, .. } => {
                let edge = |px: u32| u64::from(px.min(edge_max_px));
                edge(record.width) * edge(record.height) / 2
            }
        }
    }

    fn transform(self) -> Option<Transform> {
        match self {
            Self::Original => None,
            Self::Rendition { edge_max_px, quality } => Some(smaller(edge_max_px, quality)),
        }
    }
}

/// What makes a picture small enough to be learnt from: a JPEG, upright, without metadata, never enlarged.
pub(crate) fn smaller(edge_max_px: u32, quality: u8) -> Transform {
    Transform {
        width: Some(edge_max_px),
        height: Some(edge_max_px),
        fit: Fit::Inside,
        format: Some(Format::Jpeg),
        quality: Some(quality),
        metadata: Metadata::None,
        ..Transform::default()
    }
}

impl Sample {
    /// Verifies the original against its record and renders it.
    pub(crate) fn make(
        record: &Record,
        lineage: Lineage,
        original: &Bytes,
        staging: Staging,
    ) -> Result<Self, Poison> {
        let (_, found) = ImageId::of(original);
        if found != record.sha256 {
            return Err(Poison::HashMismatch { expected: record.sha256.clone(), found });
        }
        let transform = staging.transform();
        let staged = stage(original, transform.as_ref())?;
        let key = Subject::of(record).sample_key();
        let description = describe(record, lineage, &key, &staged, transform.as_ref());
        Ok(Self { key, extension: staged.format.extension(), image: staged.image, description })
    }
}

fn stage(original: &Bytes, transform: Option<&Transform>) -> Result<Staged, Poison> {
    let limits = Limits::default();
    if let Some(transform) = transform {
        let Rendition { bytes, format, width, height } =
            resizer::render(original, transform, &limits)?;
        return Ok(Staged { image: bytes.into(), format, width, height });
    }
    // Accept has decoded these bytes to their end: their hash is the record's.
    let probe = resizer::probe(original, &limits).map_err(resizer::RenderError::from)?;
    let Size { width, height } = probe.upright();
    Ok(Staged { image: original.clone(), format: probe.format, width, height })
}

fn describe(
    record: &Record,
    lineage: Lineage,
    key: &str,
    staged: &Staged,
    transform: Option<&Transform>,
) -> Vec<u8> {
    let description = Description {
        schema: 1,
        key,
        customer: &record.customer,
        image: record.image,
        version: record.version,
        labels: &record.labels,
        annotations: &record.annotations,
        consent: record.consent,
        visibility: record.visibility,
        uploaded_at: record.uploaded_at,
        media_type: staged.format.media_type(),
        width: staged.width,
        height: staged.height,
        bytes: staged.image.len(),
        transform: transform.map(ToString::to_string),
        engine: resizer::ENGINE,
        original: record.into(),
        lineage,
    };
    serde_json::to_vec(&description).expect("every field has a JSON form and every key is a text")
}
