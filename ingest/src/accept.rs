//! Accept: bytes become an image. No Kafka is involved.
//!
//! size and magic bytes → decode under limits → hash what was read → promote → `newest/` →
//! `outbox/` → record by compare-and-swap. Each step may be repeated or be the last one before a
//! crash: objects are named by content, and the image exists from the moment its record does.

use bytes::Bytes;
use customer::{
    Bucket, Change, Condition, Consent, Customer, ImageId, ObjectKey, Original, Record,
    RecordError, Records, State, StoreError, Timestamp, UploadId, Versioned, Visibility,
};
use resizer::{Limits, OriginalError, Probe};

/// A record that changes under our hands is read again this often.
const STALE_RETRIES: u32 = 16;

/// What the uploader said about the bytes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Declared {
    pub uploaded_by: String,
    pub name: Option<String>,
    pub labels: Vec<String>,
    /// `None`: the customer's default.
    pub consent: Option<Consent>,
    pub visibility: Option<Visibility>,
}

/// Where the bytes are while they are being accepted.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// In the request.
    Body,
    /// Under `incoming/`, as they were read with this ETag.
    Incoming { upload: UploadId, etag: String },
}

/// An image that is durable, announced or about to be.
#[derive(Clone, Debug)]
pub(crate) struct Accepted {
    pub record: Record,
    /// The same bytes were here already, and alive.
    pub existing: bool,
}

/// Why bytes became no image.
#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    /// The uploader's fault.
    #[error(transparent)]
    Refused(#[from] OriginalError),
    #[error(transparent)]
    Record(#[from] RecordError),
    #[error("decoding was cut off")]
    Interrupted(#[from] tokio::task::JoinError),
}

impl From<StoreError> for AcceptError {
    fn from(error: StoreError) -> Self {
        Self::Record(error.into())
    }
}

/// Validates `bytes` and makes them an image of `customer`.
pub(crate) async fn accept(
    customer: &Customer,
    bucket: &Bucket,
    bytes: Bytes,
    source: Source,
    declared: Declared,
    limits: Limits,
) -> Result<Accepted, AcceptError> {
    let read = bytes.clone();
    let checked = tokio::task::spawn_blocking(move || {
        resizer::check(&read, &limits).map(|probe| (probe, ImageId::of(&read)))
    });
    let (probe, (image, sha256)) = checked.await??;
    let records = Records::new(bucket);
    for _ in 0..STALE_RETRIES {
        let current = records.read(image).await?;
        if let Some(live) = current.as_ref().filter(|current| current.record.is_live()) {
            match narrowed(&records, live, &declared).await {
                Err(RecordError::Stale(_)) => continue,
                record => return Ok(Accepted { record: record?, existing: true }),
            }
        }
        let original = promote(bucket, image, &bytes, &source, &probe).await?;
        let content = Content { image, sha256: &sha256, bytes: bytes.len() as u64, probe: &probe };
        let next = first_version(customer, content, original, &declared, current.as_ref());
        let newest = ObjectKey::Newest { uploaded_ms: next.uploaded_at.ms(), image };
        bucket.put(&newest, Bytes::new(), None, Condition::Always).await?;
        match records.write(next, current.as_ref()).await {
            // The name in `newest/` that leads nowhere is passed over by listings and swept.
            Err(RecordError::Stale(_)) => {}
            written => return Ok(Accepted { record: written?.record, existing: false }),
        }
    }
    Err(RecordError::Stale(None).into())
}

/// The same bytes again change nothing, but that they may withdraw consent.
async fn narrowed(
    records: &Records<'_>,
    live: &Versioned,
    declared: &Declared,
) -> Result<Record, RecordError> {
    let withdraw = customer::Patch { consent: Some(Consent::None), ..Default::default() };
    let next = match declared.consent {
        Some(Consent::None) => live.record.patched(&withdraw, Timestamp::now()),
        _ => None,
    };
    match next {
        Some(next) => Ok(records.write(next, Some(live)).await?.record),
        None => Ok(live.record.clone()),
    }
}

/// Puts the bytes where they stay. What lies there already is the same bytes, by its name.
async fn promote(
    bucket: &Bucket,
    image: ImageId,
    bytes: &Bytes,
    source: &Source,
    probe: &Probe,
) -> Result<Original, StoreError> {
    let key = ObjectKey::Original(image);
    let media_type = probe.format.media_type();
    let name = key.to_string();
    if let Some(found) = bucket.head(&key).await?.filter(|found| found.bytes == bytes.len() as u64)
    {
        return Ok(Original { key: name, etag: found.etag });
    }
    let etag = match source {
        Source::Body => {
            bucket.put(&key, bytes.clone(), Some(media_type), Condition::Always).await?
        }
        Source::Incoming { upload, etag } => {
            bucket.copy(&ObjectKey::Incoming(*upload), etag, &key, media_type).await?
        }
    };
    Ok(Original { key: name, etag })
}

/// What was found out about the bytes.
#[derive(Clone, Copy)]
struct Content<'a> {
    image: ImageId,
    sha256: &'a str,
    bytes: u64,
    probe: &'a Probe,
}

/// Version 1, or the version after a tombstone.
fn first_version(
    customer: &Customer,
    content: Content<'_>,
    original: Original,
    declared: &Declared,
    tombstone: Option<&Versioned>,
) -> Record {
    let now = Timestamp::now();
    let size = content.probe.upright();
    Record {
        schema: Record::SCHEMA,
        customer: customer.id.clone(),
        image: content.image,
        version: tombstone.map_or(0, |tombstone| tombstone.record.version) + 1,
        state: State::Live,
        change: Change::Uploaded,
        changed_at: now,
        original,
        media_type: content.probe.format.media_type().to_owned(),
        width: size.width,
        height: size.height,
        bytes: content.bytes,
        sha256: content.sha256.to_owned(),
        name: declared.name.clone(),
        uploaded_at: now,
        uploaded_by: declared.uploaded_by.clone(),
        labels: declared.labels.clone(),
        annotations: std::collections::BTreeMap::new(),
        consent: declared.consent.unwrap_or(customer.default_consent),
        visibility: declared.visibility.unwrap_or_default(),
        erase_after: None,
    }
}
