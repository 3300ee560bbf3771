//! What the bucket says: an object came to be. The same JSON (EventBridge, "Object Created") on
//! AWS and on one machine; it may come twice, late, or never, and the sweep makes up for the last.
//!
//! | object | comes | sets off |
//! | --- | --- | --- |
//! | `incoming/` | at once | accept |
//! | `outbox/` | at once | announce |
//! | `records/` | after 15 s, more than a render may take | the edge's second purge |

use std::time::Duration;

use customer::{
    Bucket, Condition, Customer, ImageId, ObjectKey, Original, Outcome, RegistryError, StoreError,
    Ticket, Timestamp, UploadId,
};
use futures::future::BoxFuture;
use serde::Deserialize;
use tracing::{Instrument, info_span};

use crate::{
    Steps,
    accept::{AcceptError, Accepted, Declared, Place, Source, accept},
    announce::{AnnounceError, Announced, Announcer},
    error::refusal,
    predictions::Subject,
};

/// How long to wait, again and again, for the record behind an outbox entry.
const RECORD_WAITS_MS: [u64; 6] = [5, 20, 80, 200, 400, 800];

/// The part of EventBridge's "Object Created" that matters here. Keys come as they are, not
/// URL-encoded, unlike those of S3's own notifications.
#[derive(Clone, Debug, Deserialize)]
pub struct ObjectCreated {
    detail: Detail,
}

#[derive(Clone, Debug, Deserialize)]
struct Detail {
    bucket: Named,
    object: Keyed,
}

#[derive(Clone, Debug, Deserialize)]
struct Named {
    name: String,
}

#[derive(Clone, Debug, Deserialize)]
struct Keyed {
    key: String,
}

/// Why a notification has to come again.
#[derive(Debug, thiserror::Error)]
pub enum NotifyError {
    #[error(transparent)]
    Registry(#[from] RegistryError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the ticket of upload {upload} cannot be read")]
    Unreadable { upload: UploadId, source: serde_json::Error },
    #[error("the record of image {image} has not reached version {version} yet")]
    NotWritten { image: ImageId, version: u64 },
    #[error(transparent)]
    Accept(#[from] AcceptError),
    #[error(transparent)]
    Announce(#[from] AnnounceError),
}

impl ObjectCreated {
    /// Does what the new object asks for. Objects that ask for nothing are passed over.
    pub fn handle<'a>(&'a self, steps: &'a Steps) -> BoxFuture<'a, Result<(), NotifyError>> {
        Box::pin(async move {
            let key = ObjectKey::parse(&self.detail.object.key);
            let Some(
                key @ (ObjectKey::Incoming(_) | ObjectKey::Outbox { .. } | ObjectKey::Record(_)),
            ) = key
            else {
                return Ok(());
            };
            let Some(customer) = steps.registry.owner_of(&self.detail.bucket.name).await? else {
                return Ok(());
            };
            let bucket = steps.buckets.of(&customer).await;
            match key {
                ObjectKey::Incoming(upload) => {
                    accept_upload(steps, &customer, &bucket, upload).await
                }
                ObjectKey::Outbox { image, version } => {
                    announce_written(&steps.announcer, &bucket, image, version).await
                }
                ObjectKey::Record(image) => Ok(steps.announcer.close(&bucket, image).await?),
                _ => Ok(()),
            }
        })
    }
}

/// The entry lies there a moment before the record: waits for it, a second or two at most.
async fn announce_written(
    announcer: &Announcer,
    bucket: &Bucket,
    image: ImageId,
    version: u64,
) -> Result<(), NotifyError> {
    for wait_ms in RECORD_WAITS_MS {
        if announcer.announce(bucket, image, version).await? == Announced::Done {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(wait_ms)).await;
    }
    Err(NotifyError::NotWritten { image, version })
}

/// Takes what a presigned upload wrote. A ticket is accepted once: what is put under it later is
/// removed, as is what has no ticket.
pub(crate) async fn accept_upload(
    steps: &Steps,
    customer: &Customer,
    bucket: &Bucket,
    upload: UploadId,
) -> Result<(), NotifyError> {
    let incoming = ObjectKey::Incoming(upload);
    let Some(mut ticket) = waiting_ticket(bucket, upload).await? else {
        return Ok(bucket.delete(&incoming).await?);
    };
    let span = info_span!("accept", customer = %customer.id, %upload);
    if let Some(trace) = &ticket.ticket.trace {
        trace.adopt(&span);
    }
    let taken = outcome(steps, customer, bucket, &ticket.ticket).instrument(span).await?;
    let Some(outcome) = taken else {
        return Ok(());
    };
    ticket.ticket.outcome = outcome;
    if let Outcome::Accepted { .. } = ticket.ticket.outcome {
        // From here on the record alone knows them, and is erased when its time comes.
        ticket.ticket.name = None;
        ticket.ticket.labels.clear();
    }
    let unreadable = |source| NotifyError::Unreadable { upload, source };
    let json = serde_json::to_vec(&ticket.ticket).map_err(unreadable)?;
    if let Outcome::Refused { .. } = ticket.ticket.outcome {
        let reason = ObjectKey::QuarantineReason(upload);
        bucket.put(&reason, json.clone(), None, Condition::Always).await?;
    }
    bucket.put(&ObjectKey::Ticket(upload), json, None, Condition::Matches(&ticket.etag)).await?;
    Ok(bucket.delete(&incoming).await?)
}

/// What becomes of the bytes that lie there for a ticket; none where they are gone, or others came meanwhile, of which
/// a notification of their own tells.
async fn outcome(
    steps: &Steps,
    customer: &Customer,
    bucket: &Bucket,
    ticket: &Ticket,
) -> Result<Option<Outcome>, NotifyError> {
    let incoming = ObjectKey::Incoming(ticket.upload);
    let Some(found) = bucket.head(&incoming).await? else { return Ok(None) };
    // What came in parts nobody has signed the length of. It is looked at before it is read.
    if found.bytes != ticket.bytes {
        let reason = format!("{} bytes came, and the ticket is for {}", found.bytes, ticket.bytes);
        return Ok(Some(Outcome::Refused { code: "length_differs".to_owned(), reason }));
    }
    let place = Original { key: incoming.to_string(), etag: found.etag.clone() };
    let bytes = match bucket.original(&place).await {
        Ok(object) => object.bytes,
        Err(StoreError::NotFound { .. } | StoreError::PreconditionFailed { .. }) => {
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    };
    let source = Source::Incoming { upload: ticket.upload, etag: found.etag.clone() };
    let limits = steps.limits.lowered(|name| customer.limit(name));
    let place = Place { customer, bucket, feed: &steps.buckets.feed(), limits };
    match accept(place, bytes.clone(), source, Declared::from(ticket)).await {
        Ok(Accepted { record, existing }) => {
            if !existing {
                let subject = Subject { bucket, record: &record, limits };
                steps.predictions.suggest(customer, subject, bytes).await;
            }
            Ok(Some(Outcome::Accepted { image: record.image }))
        }
        Err(AcceptError::Refused(error)) => {
            let quarantine = ObjectKey::Quarantine(ticket.upload);
            bucket.copy(&incoming, &found.etag, &quarantine, &ticket.media_type).await?;
            let (code, reason) = (refusal(&error).1.to_owned(), error.to_string());
            Ok(Some(Outcome::Refused { code, reason }))
        }
        Err(error) => Err(error.into()),
    }
}

struct ReadTicket {
    ticket: Ticket,
    etag: String,
}

async fn waiting_ticket(
    bucket: &Bucket,
    upload: UploadId,
) -> Result<Option<ReadTicket>, NotifyError> {
    let Some(object) = bucket.get(&ObjectKey::Ticket(upload)).await? else {
        return Ok(None);
    };
    let unreadable = |source| NotifyError::Unreadable { upload, source };
    let ticket: Ticket = serde_json::from_slice(&object.bytes).map_err(unreadable)?;
    let waiting = ticket.outcome == Outcome::Waiting && ticket.expires_at > Timestamp::now();
    Ok(waiting.then_some(ReadTicket { ticket, etag: object.etag }))
}
