//! `/v1/uploads`: the two-step way for larger files. A ticket first, then the bytes to a presigned
//! address or, in parts, to several ([`sign`]), then accept, which the bucket's notification sets off.

mod sign;

use std::time::Duration;

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use customer::{Condition, Consent, ObjectKey, Outcome, Ticket, Timestamp, UploadId, Visibility};
use serde::{Deserialize, Serialize};
use serde_json::json;
use telemetry::TraceParent;

pub(crate) use sign::sign;

use crate::{
    App,
    accept::Declared,
    auth::Caller,
    error::ApiError,
    extract::{self, Path, Whole},
    images::check_declared,
};

/// A presigned address lives this long; the session behind it lives longer.
const PRESIGNED_FOR: Duration = Duration::from_mins(15);
/// A ticket can be accepted for as long as bytes may lie in `incoming/`.
const TICKET_HOURS: i64 = 24;

/// What follows `image/` in a media type.
const SUBTYPE_BYTES_MAX: usize = 127;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Announcement {
    name: Option<String>,
    bytes: Whole,
    #[serde(rename = "type")]
    media_type: String,
    #[serde(default)]
    labels: Vec<String>,
    consent: Option<Consent>,
    visibility: Option<Visibility>,
}

#[derive(Debug, Serialize)]
struct TicketView {
    id: UploadId,
    /// Where in the bucket the bytes go: what `POST /v1/uploads/sign` is told.
    key: String,
    #[serde(flatten)]
    ticket: Ticket,
    /// The request that puts the bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    put: Option<serde_json::Value>,
}

/// `POST /v1/uploads`.
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    extract::Json(asked): extract::Json<Announcement>,
) -> Result<Response, ApiError> {
    let ticket = ticket(&app, &caller, asked)?;
    let json = serde_json::to_vec(&ticket).map_err(ApiError::Unreadable)?;
    caller.bucket.put(&ObjectKey::Ticket(ticket.upload), json, None, Condition::Absent).await?;
    let incoming = ObjectKey::Incoming(ticket.upload);
    let url = caller
        .bucket
        .presign_put(&incoming, ticket.bytes, &ticket.media_type, PRESIGNED_FOR)
        .await?;
    let put = json!({
        "method": "PUT",
        "url": url,
        "headers": {"content-type": ticket.media_type, "content-length": ticket.bytes.to_string()},
        "expires_in": PRESIGNED_FOR.as_secs(),
    });
    let view = TicketView::new(ticket, Some(put));
    Ok((StatusCode::CREATED, Json(view)).into_response())
}

/// `GET /v1/uploads/{upload}`: waiting, accepted as which image, or refused and why.
pub(crate) async fn show(
    State(_): State<App>,
    caller: Caller,
    Path(upload): Path,
) -> Result<Response, ApiError> {
    let upload: UploadId = upload.parse().map_err(|_| {
        ApiError::Invalid("an upload's id is 32 characters of a to z and 2 to 7".into())
    })?;
    let ticket = read(&caller, upload).await?;
    Ok(Json(TicketView::new(ticket, None)).into_response())
}

async fn read(caller: &Caller, upload: UploadId) -> Result<Ticket, ApiError> {
    let found = caller.bucket.get(&ObjectKey::Ticket(upload)).await?;
    let found = found.ok_or(ApiError::UploadNotFound(upload))?;
    serde_json::from_slice(&found.bytes).map_err(ApiError::Unreadable)
}

impl TicketView {
    fn new(mut ticket: Ticket, put: Option<serde_json::Value>) -> Self {
        // For ourselves.
        ticket.trace = None;
        let (id, key) = (ticket.upload, ObjectKey::Incoming(ticket.upload).to_string());
        Self { id, key, ticket, put }
    }
}

fn ticket(app: &App, caller: &Caller, asked: Announcement) -> Result<Ticket, ApiError> {
    let limits = app.limits.lowered(|name| caller.customer.limit(name));
    let source_bytes_max = limits.source_bytes_max;
    let Whole(bytes) = asked.bytes;
    if bytes == 0 {
        return Err(ApiError::Invalid("bytes is the length of the file, at least 1".into()));
    }
    if bytes > source_bytes_max {
        return Err(resizer::OriginalError::TooManyBytes { bytes, source_bytes_max }.into());
    }
    if !is_image(&asked.media_type) {
        return Err(ApiError::Invalid("type is the file's media type, such as image/jpeg".into()));
    }
    let now = Timestamp::now();
    let ticket = Ticket {
        upload: UploadId::random(),
        customer: caller.customer.id.clone(),
        uploaded_by: caller.claims.subject.clone(),
        name: asked.name,
        bytes,
        media_type: asked.media_type,
        labels: asked.labels,
        consent: asked.consent,
        visibility: asked.visibility,
        created_at: now,
        expires_at: now.plus(time::Duration::hours(TICKET_HOURS)),
        trace: TraceParent::current(),
        outcome: Outcome::Waiting,
    };
    check_declared(&Declared::from(&ticket))?;
    Ok(ticket)
}

/// Whether a text is a media type of images, by the grammar that all of these keep (RFC 6838, 4.2).
/// It becomes a header of the request that puts the bytes.
fn is_image(media_type: &str) -> bool {
    let name = media_type.strip_prefix("image/").unwrap_or_default();
    let is_sound = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte);
    name.len() <= SUBTYPE_BYTES_MAX
        && name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.bytes().all(is_sound)
}

impl From<&Ticket> for Declared {
    fn from(ticket: &Ticket) -> Self {
        Self {
            uploaded_by: ticket.uploaded_by.clone(),
            name: ticket.name.clone(),
            labels: ticket.labels.clone(),
            consent: ticket.consent,
            visibility: ticket.visibility,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_media_type_is_what_a_header_can_say() {
        for good in ["image/jpeg", "image/svg+xml", "image/vnd.adobe.photoshop", "image/x-icon"] {
            assert!(is_image(good), "{good}");
        }
        let long = format!("image/{}", "a".repeat(128));
        for bad in [
            "image/",
            "image/a b",
            "image/a\nb",
            "image/F*",
            "image/-a",
            "image/jpeg;q=1",
            "text/html",
            &long,
        ] {
            assert!(!is_image(bad), "{bad}");
        }
    }
}
