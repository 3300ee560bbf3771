//! `/v1/images`: upload, list, show, change, delete, sign URLs.

use std::{ops::RangeInclusive, time::Duration};

use axum::{
    Json,
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use customer::{
    Credential, ErasureError, ImageId, Patch, Record, RecordError, Records, Scope, Timestamp,
    Versioned,
};
use serde::{Deserialize, Serialize};

use crate::{
    App,
    accept::{AcceptError, Accepted, Place, Source, accept},
    auth::Caller,
    error::ApiError,
    extract::{self, Path, Query, Whole},
    image_view::{Feed, ImageView},
    images::listing::{ListParameters, Listing},
    predictions::Subject,
};

mod batch;
mod listing;
mod parameters;
mod snapshots;

pub(crate) use batch::delete_many;
pub(crate) use parameters::{check as check_declared, json_or_default as parse_or_default};
pub(crate) use snapshots::snapshots;

/// What a Lambda's request can carry once it is base64: larger files take the two-step way.
pub(crate) const BODY_BYTES_MAX: usize = 4_500_000;
/// A PATCH without `If-Match` is repeated this often when somebody else's came first.
const STALE_RETRIES: u32 = 16;
/// How long a signed URL may live.
const SIGNED_SECONDS: RangeInclusive<u64> = 1..=7 * 24 * 3600;
const SIGNED_SECONDS_DEFAULT: u64 = 900;

/// `POST /v1/images`: the body is the image.
pub(crate) async fn upload(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<Vec<(String, String)>>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let declared = parameters::declared(&query, &caller.claims.subject)?;
    let bytes = body.map_err(too_large)?;
    let Caller { customer, bucket, .. } = &caller;
    let limits = app.limits.lowered(|name| customer.limit(name));
    let place = Place { customer, bucket, feed: &app.buckets.feed(), limits };
    let Accepted { record, existing } =
        accept(place, bytes.clone(), Source::Body, declared).await?;
    let subject = Subject { bucket, record: &record, limits };
    let suggestion = if existing {
        app.predictions.suggested(customer, subject).await?
    } else {
        app.predictions.suggest(customer, subject, bytes).await
    };
    let feed = Feed::of(&app, bucket, &record).await?;
    let status = if existing { StatusCode::OK } else { StatusCode::CREATED };
    let etag = etag(&record);
    let view = ImageView::new(&app, record).feed(feed).existing(existing).suggestion(suggestion);
    Ok((status, [(header::ETAG, etag)], Json(view)).into_response())
}

/// A page of `GET /v1/images`.
#[derive(Debug, Serialize)]
struct Page {
    images: Vec<ImageView>,
    /// `null` on the last page.
    next_cursor: Option<String>,
}

/// `GET /v1/images`: newest first.
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(parameters): Query<ListParameters>,
) -> Result<Response, ApiError> {
    let Listing { records, next } = listing::page(&caller.bucket, &parameters).await?;
    let images: Vec<_> = records.into_iter().map(|record| ImageView::new(&app, record)).collect();
    Ok(Json(Page { images, next_cursor: next }).into_response())
}

/// `GET /v1/images/{image}`.
pub(crate) async fn show(
    State(app): State<App>,
    caller: Caller,
    Path(image): Path,
) -> Result<Response, ApiError> {
    let found = read(&caller, &image).await?;
    answer(&app, &caller, found.record).await
}

/// `PATCH /v1/images/{image}`, with `If-Match` where the change must not meet another.
pub(crate) async fn patch(
    State(app): State<App>,
    caller: Caller,
    Path(image): Path,
    headers: HeaderMap,
    extract::Json(patch): extract::Json<Patch>,
) -> Result<Response, ApiError> {
    parameters::check_patch(&patch)?;
    let change = |record: &Record| {
        if !record.is_live() && !patch.undelete {
            return Err(ApiError::Deleted);
        }
        let now = Timestamp::now();
        if record.erase_after.is_some_and(|erase_after| erase_after <= now) {
            return Err(ApiError::ImageNotFound);
        }
        Ok(record.patched(&patch, now))
    };
    let record = write(&caller, &image, expected(&headers)?, change).await?;
    tell_edge(&app, &record).await;
    answer(&app, &caller, record).await
}

/// `DELETE /v1/images/{image}`: a tombstone that a PATCH can undo until it is erased.
pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path(image): Path,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let record = delete_one(&caller, &image, expected(&headers)?).await?;
    tell_edge(&app, &record).await;
    answer(&app, &caller, record).await
}

/// The tombstone, which may have been there before.
async fn delete_one(
    caller: &Caller,
    image: &str,
    expected: Option<u64>,
) -> Result<Record, ApiError> {
    let retention = time::Duration::days(caller.customer.retention.days.into());
    let change =
        |record: &Record| Ok(record.is_live().then(|| record.deleted(retention, Timestamp::now())));
    write(caller, image, expected, change).await
}

/// Has the edge forget the image before the change is acknowledged. If that fails the change holds
/// all the same, and announce tells the edge again.
async fn tell_edge(app: &App, record: &Record) {
    if let Err(error) = app.edge_cache.follow(record).await {
        let error = &error as &dyn std::error::Error;
        tracing::warn!(image = %record.image, error, "the edge will be told again");
    }
}

/// What `POST …/signed-urls` may ask for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignRequest {
    /// Seconds from now; 900 unless said, a week at most.
    expires_in: Option<Whole>,
}

#[derive(Debug, Serialize)]
struct Signed {
    url: String,
    /// What viewers of IIIF are given; the credential stands in it, because they write nothing behind it but paths.
    iiif: String,
    sig: String,
    expires_at: Timestamp,
}

/// `POST /v1/images/{image}/signed-urls`: for an `<img>` on another site.
pub(crate) async fn sign_url(
    State(app): State<App>,
    caller: Caller,
    Path(image): Path,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let asked = parameters::json_or_default::<SignRequest>(&body?)?;
    let seconds = asked.expires_in.map_or(SIGNED_SECONDS_DEFAULT, |Whole(seconds)| seconds);
    if !SIGNED_SECONDS.contains(&seconds) {
        let range = format!("expires_in is 1 to {} seconds", SIGNED_SECONDS.end());
        return Err(ApiError::Invalid(range));
    }
    let image = live(read(&caller, &image).await?)?.image;
    let expires_at = Timestamp::now().plus(time::Duration::seconds(seconds.cast_signed()));
    let scope = Scope::Image(image);
    let credential = Credential { customer: caller.customer.id.clone(), scope, expires_at };
    let key = caller.customer.signing_key(Timestamp::now()).ok_or(ApiError::NoCustomer)?;
    let sig = credential.sign(key).map_err(|_| ApiError::NoCustomer)?;
    let customer = format!("{}/{}", app.public_url, caller.customer.id);
    let url = format!("{customer}/{image}?sig={sig}");
    let iiif = format!("{customer}/iiif/3/{sig}/{image}");
    Ok((StatusCode::CREATED, Json(Signed { url, iiif, sig, expires_at })).into_response())
}

/// The record of an image in the caller's bucket.
pub(crate) async fn read(caller: &Caller, image: &str) -> Result<Versioned, ApiError> {
    let image: ImageId = image.parse().map_err(|_| ApiError::ImageNotFound)?;
    Records::new(&caller.bucket).read(image).await?.ok_or(ApiError::ImageNotFound)
}

/// The record, unless it is a tombstone.
pub(crate) fn live(found: Versioned) -> Result<Record, ApiError> {
    found.record.is_live().then_some(found.record).ok_or(ApiError::ImageNotFound)
}

/// Applies `change` (`None`: nothing to do) to the record by compare-and-swap. With an `expected`
/// version a single try; without one, again on whatever the record has become.
async fn write(
    caller: &Caller,
    image: &str,
    expected: Option<u64>,
    change: impl Fn(&Record) -> Result<Option<Record>, ApiError>,
) -> Result<Record, ApiError> {
    for left in (0..STALE_RETRIES).rev() {
        let found = read(caller, image).await?;
        if expected.is_some_and(|expected| expected != found.record.version) {
            return Err(ApiError::Stale { current: found.record.version });
        }
        let Some(next) = change(&found.record)? else {
            return Ok(found.record);
        };
        match Records::new(&caller.bucket).write(next, Some(&found)).await {
            Err(RecordError::Stale(_)) if left > 0 => {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            written => return Ok(written?.record),
        }
    }
    Err(ApiError::ImageNotFound)
}

async fn answer(app: &App, caller: &Caller, record: Record) -> Result<Response, ApiError> {
    let Caller { customer, bucket, .. } = caller;
    let subject = Subject { bucket, record: &record, limits: app.limits };
    let suggestion = app.predictions.suggested(customer, subject);
    let feed = async { Ok(Feed::of(app, bucket, &record).await?) };
    let (feed, suggestion) = tokio::try_join!(feed, suggestion)?;
    let etag = etag(&record);
    let view = ImageView::new(app, record).feed(feed).suggestion(suggestion);
    Ok(([(header::ETAG, etag)], Json(view)).into_response())
}

fn etag(record: &Record) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{}\"", record.version))
        .unwrap_or(HeaderValue::from_static(""))
}

/// The version that `If-Match` names.
fn expected(headers: &HeaderMap) -> Result<Option<u64>, ApiError> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    let quoted = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    let digits = quoted.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let version = digits.and_then(|digits| digits.parse().ok()).ok_or_else(|| {
        ApiError::Invalid("If-Match is the ETag of the image: its version in quotes, \"3\"".into())
    })?;
    Ok(Some(version))
}

fn too_large(rejection: BytesRejection) -> ApiError {
    match rejection.into() {
        ApiError::JsonTooLarge => ApiError::TooLarge { bytes_max: BODY_BYTES_MAX as u64 },
        broken => broken,
    }
}

impl From<AcceptError> for ApiError {
    fn from(error: AcceptError) -> Self {
        match error {
            AcceptError::Refused(refused) => Self::Original(refused),
            AcceptError::Record(error) => error.into(),
            AcceptError::Erasure(ErasureError::Store(error)) => Self::Store(error),
            AcceptError::Erasure(ErasureError::Unreadable { source, .. }) => {
                Self::Unreadable(source)
            }
            AcceptError::Interrupted(error) => Self::Interrupted(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn if_match_is_a_version_in_quotes_or_a_star() {
        let read = |text: &str| {
            let headers = HeaderMap::from_iter([(header::IF_MATCH, text.parse().unwrap())]);
            expected(&headers).ok()
        };
        assert_eq!(read("*"), Some(None));
        assert_eq!(read(" \"3\" "), Some(Some(3)));
        for wrong in
            ["3", "\"3", "3\"", "\"+3\"", "\"\"", "\"\"3\"\"", "W/\"3\"", "\"1\", \"2\"", ""]
        {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
