//! `POST /v1/uploads/sign`: the contract that Uppy's `@uppy/aws-s3` has for `signRequest`.
//!
//! | method | with | is signed |
//! | --- | --- | --- |
//! | `PUT` | | all of the bytes at once |
//! | `POST` | | the beginning of an upload in parts |
//! | `PUT` | `uploadId`, `partNumber` | a part |
//! | `GET` | `uploadId` | which parts are there: what resumes |
//! | `POST` | `uploadId` | the end |
//! | `DELETE` | `uploadId` | giving up |
//!
//! The key is that of a ticket that waits. Which upload in parts belongs to which key S3 itself knows.

use std::{ops::RangeInclusive, time::Duration};

use axum::{Json, extract::State};
use customer::{Multipart, ObjectKey, Outcome, Ticket, Timestamp, UploadId};
use serde::{Deserialize, Serialize};

use super::{PRESIGNED_FOR, read};
use crate::{App, auth::Caller, error::ApiError, extract};

/// S3's.
const PARTS: RangeInclusive<u64> = 1..=10_000;
/// S3's are shorter.
const UPLOAD_ID_BYTES_MAX: usize = 512;

/// What Uppy asks.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Asked {
    method: String,
    key: String,
    content_type: Option<String>,
    upload_id: Option<String>,
    part_number: Option<extract::Whole>,
    /// Seconds.
    expires_in: Option<extract::Whole>,
}

/// What Uppy is told.
#[derive(Debug, Serialize)]
pub(crate) struct Signed {
    url: String,
    key: String,
}

/// Signs one request of a client that brings the bytes of a ticket.
pub(crate) async fn sign(
    State(_): State<App>,
    caller: Caller,
    extract::Json(asked): extract::Json<Asked>,
) -> Result<Json<Signed>, ApiError> {
    let upload = upload(&asked.key)?;
    let ticket = read(&caller, upload).await?;
    if ticket.outcome != Outcome::Waiting || ticket.expires_at <= Timestamp::now() {
        return Err(ApiError::UploadEnded);
    }
    let (key, valid) = (ObjectKey::Incoming(upload), asked.valid_for());
    let url = match asked.step(&ticket)? {
        None => caller.bucket.presign_put(&key, ticket.bytes, &ticket.media_type, valid).await?,
        Some(step) => caller.bucket.presign_multipart(&key, step, valid).await?,
    };
    Ok(Json(Signed { url, key: key.to_string() }))
}

/// The upload of a key, as the ticket names it or by its id alone.
fn upload(key: &str) -> Result<UploadId, ApiError> {
    let named = match ObjectKey::parse(key) {
        Some(ObjectKey::Incoming(upload)) => Some(upload),
        _ => key.parse().ok(),
    };
    named.ok_or_else(|| {
        ApiError::Invalid("key is the one that POST /v1/uploads answered with".into())
    })
}

impl Asked {
    /// No longer than is asked for, and than what the session behind it lasts.
    fn valid_for(&self) -> Duration {
        let asked =
            self.expires_in.map(|extract::Whole(seconds)| Duration::from_secs(seconds.max(1)));
        asked.map_or(PRESIGNED_FOR, |asked| asked.min(PRESIGNED_FOR))
    }

    /// The step of an upload in parts, or none where all comes at once.
    fn step<'a>(&'a self, ticket: &'a Ticket) -> Result<Option<Multipart<'a>>, ApiError> {
        let invalid = |sentence: String| Err(ApiError::Invalid(sentence));
        let media_type = ticket.media_type.as_str();
        if self.content_type.as_ref().is_some_and(|given| given != media_type) {
            return invalid(format!("the ticket is for {media_type}; contentType is the same"));
        }
        let Some(upload_id) = self.upload_id.as_deref() else {
            return match self.method.as_str() {
                "PUT" => Ok(None),
                "POST" => Ok(Some(Multipart::Create { media_type })),
                _ => invalid("without uploadId, PUT and POST are signed".to_owned()),
            };
        };
        if !is_upload_id(upload_id) {
            return invalid("uploadId is the one that S3 answered with".to_owned());
        }
        match (self.method.as_str(), self.part_number) {
            ("PUT", Some(extract::Whole(number))) if PARTS.contains(&number) => {
                let number = u16::try_from(number).unwrap_or(u16::MAX);
                Ok(Some(Multipart::Part { upload_id, number }))
            }
            ("PUT", _) => invalid(format!("partNumber is {} to {}", PARTS.start(), PARTS.end())),
            ("GET", _) => Ok(Some(Multipart::List { upload_id })),
            ("POST", _) => Ok(Some(Multipart::Complete { upload_id })),
            ("DELETE", _) => Ok(Some(Multipart::Abort { upload_id })),
            _ => invalid("with uploadId, PUT, GET, POST and DELETE are signed".to_owned()),
        }
    }
}

/// Whether a text is made of what URLs take as it is.
fn is_upload_id(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    (1..=UPLOAD_ID_BYTES_MAX).contains(&text.len()) && text.bytes().all(is_plain)
}
