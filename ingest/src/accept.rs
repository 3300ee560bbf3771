//! Accept: bytes become an image. No Kafka is involved.
//!
//! hash what was read → is it here already? → size and magic bytes → decode under limits → promote → `newest/` →
//! `outbox/` → record by compare-and-swap. Each step may be repeated or be the last one before a
//! crash: objects are named by content, and the image exists from the moment its record does.

use bytes::Bytes;
use customer::{
    Bucket, Camera, Change, Condition, Consent, Customer, Erasure, ErasureError, ImageId, Look,
    ObjectKey, Original, Record, RecordError, Records, State, StoreError, Timestamp, UploadId,
    Versioned, Visibility,
};
use data_encoding::BASE64;
use resizer::{Limits, OriginalError, Probe, Sketch};

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
    /// Where the customer keeps them, and where they stay.
    InPlace(Original),
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
    #[error(transparent)]
    Erasure(#[from] ErasureError),
    #[error("decoding was cut off")]
    Interrupted(#[from] tokio::task::JoinError),
}

impl From<StoreError> for AcceptError {
    fn from(error: StoreError) -> Self {
        Self::Record(error.into())
    }
}

/// Where images are accepted into, and within what limits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    pub customer: &'a Customer,
    pub bucket: &'a Bucket,
    pub feed: &'a Bucket,
    pub limits: Limits,
}

/// Validates `bytes` and makes them an image of the customer. What is there already was validated when it came.
pub(crate) async fn accept(
    place: Place<'_>,
    bytes: Bytes,
    source: Source,
    declared: Declared,
) -> Result<Accepted, AcceptError> {
    let read = bytes.clone();
    let (image, sha256) = tokio::task::spawn_blocking(move || ImageId::of(&read)).await?;
    let records = Records::new(place.bucket);
    let mut checked = None;
    for _ in 0..STALE_RETRIES {
        let current = records.read(image).await?;
        if let Some(live) = current.as_ref().filter(|current| current.record.is_live()) {
            match narrowed(&records, live, &declared).await {
                Err(RecordError::Stale(_)) => continue,
                record => return Ok(Accepted { record: record?, existing: true }),
            }
        }
        let content = match checked.take() {
            Some(content) => content,
            None => check(&place, &bytes, &source, (image, sha256.clone())).await?,
        };
        let before = Before::of(&place, image, current.as_ref()).await?;
        let original = promote(place.bucket, &content, &before).await?;
        let next = live_version(place.customer, &content, original, &declared, before.version);
        place.bucket.put(&next.newest(), Bytes::new(), None, Condition::Always).await?;
        match records.write(next, current.as_ref()).await {
            // The name in `newest/` that leads nowhere is passed over by listings and swept.
            Err(RecordError::Stale(_)) => checked = Some(content),
            written => return Ok(Accepted { record: written?.record, existing: false }),
        }
    }
    Err(RecordError::Stale(None).into())
}

async fn check(
    place: &Place<'_>,
    bytes: &Bytes,
    source: &Source,
    (image, sha256): (ImageId, String),
) -> Result<Content, AcceptError> {
    let (read, limits) = (bytes.clone(), place.limits);
    let checked = tokio::task::spawn_blocking(move || checked(&read, &limits)).await??;
    let Checked { probe, look, camera } = checked;
    Ok(Content { image, sha256, bytes: bytes.clone(), source: source.clone(), probe, look, camera })
}

/// What was found out about bytes that are a sound image.
struct Checked {
    probe: Probe,
    look: Option<Look>,
    camera: Camera,
}

fn checked(bytes: &[u8], limits: &Limits) -> Result<Checked, OriginalError> {
    let probe = resizer::check(bytes, limits)?;
    // That nothing can be said of how it looks makes an image no worse.
    let look = resizer::sketch(bytes, limits).as_ref().map(look).ok();
    let resizer::Camera { make, model, taken_at } = resizer::camera(bytes);
    let camera = Camera { make, model, taken_at };
    Ok(Checked { probe, look, camera })
}

fn look(sketch: &Sketch) -> Look {
    Look {
        dominant_color: format!("#{}", sketch.dominant),
        thumbhash: BASE64.encode(&sketch.thumbhash),
        perceptual_hash: format!("{:016x}", sketch.perceptual_hash),
    }
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

/// What was found out about the bytes.
struct Content {
    image: ImageId,
    sha256: String,
    bytes: Bytes,
    source: Source,
    probe: Probe,
    look: Option<Look>,
    camera: Camera,
}

/// What the customer had of an image that is not alive.
struct Before {
    /// Its highest version; 0 where it never was.
    version: u64,
    /// Where the bytes go.
    key: ObjectKey,
    /// The ETag that they have there already, where they may be relied on.
    etag: Option<String>,
}

impl Before {
    /// The original of a tombstone stays in use: to erase it, the tombstone has to go first, and
    /// then the new version does not get written. Without a record, what lies under the plain name
    /// is about to be swept or erased, and the bytes need a name of their own.
    async fn of(
        place: &Place<'_>,
        image: ImageId,
        tombstone: Option<&Versioned>,
    ) -> Result<Self, AcceptError> {
        if let Some(Versioned { record, .. }) = tombstone {
            let version = record.version;
            let Some(key) = ObjectKey::parse(&record.original.key) else {
                // The customer's own object, which need not last.
                return Ok(Self { version, key: new_name(image), etag: None });
            };
            let found = place.bucket.head(&key).await?.filter(|found| found.bytes == record.bytes);
            return Ok(Self { version, key, etag: found.map(|found| found.etag) });
        }
        let plain = ObjectKey::Original(image);
        let erased = async {
            Erasure::up_to(place.feed, &place.customer.id, image).await.map_err(AcceptError::from)
        };
        let taken = async { Ok(place.bucket.head(&plain).await?.is_some()) };
        let (version, taken) = tokio::try_join!(erased, taken)?;
        let key = if version > 0 || taken { new_name(image) } else { plain };
        Ok(Self { version, key, etag: None })
    }
}

/// A name for an original that nobody else has used.
fn new_name(image: ImageId) -> ObjectKey {
    ObjectKey::OriginalAgain { image, uploaded_ms: Timestamp::now().ms() }
}

/// Puts the bytes where they stay.
async fn promote(
    bucket: &Bucket,
    content: &Content,
    before: &Before,
) -> Result<Original, StoreError> {
    let key = &before.key;
    let media_type = content.probe.format.media_type();
    let etag = match (&before.etag, &content.source) {
        (_, Source::InPlace(original)) => return Ok(original.clone()),
        (Some(etag), _) => etag.clone(),
        (None, Source::Body) => {
            bucket.put(key, content.bytes.clone(), Some(media_type), Condition::Always).await?
        }
        (None, Source::Incoming { upload, etag }) => {
            bucket.copy(&ObjectKey::Incoming(*upload), etag, key, media_type).await?
        }
    };
    Ok(Original { key: key.to_string(), etag })
}

/// The version after `version`, alive.
fn live_version(
    customer: &Customer,
    content: &Content,
    original: Original,
    declared: &Declared,
    version: u64,
) -> Record {
    let now = Timestamp::now();
    let size = content.probe.upright();
    Record {
        schema: Record::SCHEMA,
        customer: customer.id.clone(),
        image: content.image,
        version: version + 1,
        state: State::Live,
        change: Change::Uploaded,
        changed_at: now,
        original,
        media_type: content.probe.format.media_type().to_owned(),
        width: size.width,
        height: size.height,
        bytes: content.bytes.len() as u64,
        sha256: content.sha256.clone(),
        look: content.look.clone(),
        camera: content.camera.clone(),
        name: declared.name.clone(),
        uploaded_at: now,
        uploaded_by: declared.uploaded_by.clone(),
        labels: declared.labels.clone(),
        annotations: std::collections::BTreeMap::new(),
        consent: declared.consent.unwrap_or(customer.default_consent),
        visibility: declared.visibility.unwrap_or_default(),
        erase_after: None,
        trace: None,
    }
}
