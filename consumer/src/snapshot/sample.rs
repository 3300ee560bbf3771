//! One sample of a shard: pixels as they were staged, labels as they are now.

use std::collections::BTreeMap;

use bytes::Bytes;
use customer::{Chain, Consent, CustomerId, ImageId, Timestamp};
use serde::{Deserialize, Serialize};

use super::{choose::Chosen, shards::extension_of};
use crate::{Subject, sample::DescribedOriginal};

/// What a segment's description says of the pixels.
#[derive(Debug, Deserialize)]
pub(crate) struct Described {
    pub(crate) key: String,
    #[serde(rename = "type")]
    pub(crate) media_type: String,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) bytes: usize,
    pub(crate) transform: Option<String>,
    pub(crate) engine: u32,
}

/// The members of a sample.
#[derive(Debug)]
pub(crate) struct ShardSample {
    pub(crate) key: String,
    pub(crate) image: Bytes,
    /// Decimal number of the class.
    pub(crate) class: Option<String>,
    /// JSON.
    pub(crate) description: Vec<u8>,
    pub(crate) media_type: String,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

/// `KEY.json` of a shard.
#[derive(Debug, Serialize)]
struct Description<'a> {
    schema: u32,
    key: &'a str,
    labels: &'a [String],
    class: Option<usize>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: &'a BTreeMap<String, serde_json::Value>,
    customer: &'a CustomerId,
    image: ImageId,
    version: u64,
    consent: Consent,
    uploaded_at: Timestamp,
    #[serde(rename = "type")]
    media_type: &'a str,
    width: u32,
    height: u32,
    bytes: usize,
    transform: Option<&'a str>,
    engine: u32,
    original: DescribedOriginal<'a>,
    lineage: Lineage<'a>,
}

/// Which Kafka record the pixels came from.
#[derive(Debug, Serialize)]
struct Lineage<'a> {
    #[serde(flatten)]
    chain: &'a Chain,
    offset: i64,
}

impl Chosen {
    /// The name of its sample in the segment.
    pub(crate) fn sample_key(&self) -> String {
        let (customer, image) = (self.record.customer.clone(), self.record.image);
        Subject { customer, image, version: self.sample.version }.sample_key()
    }
}

impl ShardSample {
    pub(crate) fn new(chosen: &Chosen, chain: &Chain, described: &Described, image: Bytes) -> Self {
        let Chosen { key, class, record, sample, .. } = chosen;
        let description = Description {
            schema: 1,
            key,
            labels: &record.labels,
            class: *class,
            annotations: &record.annotations,
            customer: &record.customer,
            image: record.image,
            version: record.version,
            consent: record.consent,
            uploaded_at: record.uploaded_at,
            media_type: &described.media_type,
            width: described.width,
            height: described.height,
            bytes: described.bytes,
            transform: described.transform.as_deref(),
            engine: described.engine,
            original: record.into(),
            lineage: Lineage { chain, offset: sample.offset },
        };
        Self {
            key: key.clone(),
            image,
            class: class.map(|class| class.to_string()),
            description: serde_json::to_vec(&description)
                .expect("every field has a JSON form and every key is a text"),
            media_type: described.media_type.clone(),
            width: described.width,
            height: described.height,
        }
    }

    pub(crate) fn extension(&self) -> &'static str {
        extension_of(&self.media_type)
    }
}
