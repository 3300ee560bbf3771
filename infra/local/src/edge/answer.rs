//! What the origin answered, and what a viewer gets of it.

use std::{
    error,
    sync::{
        OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{body::Body, response::Response};
use bytes::Bytes;
use customer::Timestamp;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, request::Parts as Viewed,
    response::Parts,
};
use resizer_lambda::{
    Error, IGNORED,
    dialect::query,
    etag::IfNoneMatch,
    lifetime::{BROWSER_CACHE_CONTROL, CACHE_TAG},
    not_modified,
    range::{self, Wanted},
};
use uuid::Uuid;

use super::{
    CACHE_OUTCOME, REQUEST_ID,
    lifetime::{Lifetime, Standing},
    parameters::is_known,
};

const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");
/// What an answer takes beside its bytes and headers, near enough.
const OVERHEAD_BYTES: usize = 512;

/// An answer of the origin, whole.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) bytes: Bytes,
    pub(super) received_at: Timestamp,
    pub(super) lifetime: Lifetime,
    /// Purges that there had been when the origin was asked.
    pub(super) asked_after: u64,
    /// Purges that are known not to concern it.
    pub(super) cleared_until: AtomicU64,
    /// Whether somebody is asking the origin for its successor.
    pub(super) being_renewed: AtomicBool,
    as_a_hit: OnceLock<HeaderMap>,
}

/// How an answer came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Hit,
    /// From the cache, past its time.
    Stale,
    /// From the cache, after the origin said that it still holds.
    Revalidated,
    Miss,
    Pass,
}

impl Outcome {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Stale => "stale",
            Self::Revalidated => "revalidated",
            Self::Miss => "miss",
            Self::Pass => "pass",
        }
    }

    /// Whether the headers that tell of one request are of the request that is answered.
    fn is_own(self) -> bool {
        matches!(self, Self::Miss | Self::Pass)
    }
}

impl Answer {
    pub(super) fn new(parts: Parts, bytes: Bytes, asked_after: u64) -> Self {
        let Parts { status, headers, .. } = parts;
        Self::kept(status, headers, bytes, Timestamp::now(), asked_after)
    }

    /// An answer that was received earlier.
    pub(super) fn kept(
        status: StatusCode,
        headers: HeaderMap,
        bytes: Bytes,
        received_at: Timestamp,
        asked_after: u64,
    ) -> Self {
        let lifetime = match status {
            StatusCode::OK => text(&headers, &header::CACHE_CONTROL).map(Lifetime::of),
            _ => None,
        };
        Self {
            status,
            headers,
            bytes,
            received_at,
            lifetime: lifetime.unwrap_or_default(),
            asked_after,
            cleared_until: AtomicU64::new(asked_after),
            being_renewed: AtomicBool::new(false),
            as_a_hit: OnceLock::new(),
        }
    }

    /// The origin's answer broke off.
    pub(super) fn broken(error: &(dyn error::Error + 'static), asked_after: u64) -> Self {
        tracing::error!(error, "the origin's answer broke off");
        let headers =
            HeaderMap::from_iter([(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))]);
        Self::kept(StatusCode::BAD_GATEWAY, headers, Bytes::new(), Timestamp::now(), asked_after)
    }

    /// The same image after the origin said, in `headers`, that it still holds (RFC 9111, 4.3.4).
    pub(super) fn renewed(&self, headers: &HeaderMap, asked_after: u64) -> Self {
        let mut merged = self.headers.clone();
        for (name, value) in headers {
            merged.insert(name, value.clone());
        }
        Self::kept(self.status, merged, self.bytes.clone(), Timestamp::now(), asked_after)
    }

    /// From now until it is of no use; zero for all but images.
    pub(super) fn time_left(&self) -> Duration {
        self.lifetime.whole().saturating_sub(self.age())
    }

    pub(super) fn standing(&self) -> Standing {
        self.lifetime.standing(self.age())
    }

    pub(super) fn is_failure(&self) -> bool {
        self.status.is_server_error() || self.status == StatusCode::TOO_MANY_REQUESTS
    }

    pub(super) fn etag(&self) -> Option<&HeaderValue> {
        self.headers.get(header::ETAG)
    }

    /// Memory that keeping it takes.
    pub(super) fn weight(&self) -> usize {
        let headers = self.headers.iter().map(|(name, value)| name.as_str().len() + value.len());
        self.bytes.len() + 2 * headers.sum::<usize>() + OVERHEAD_BYTES
    }

    pub(super) fn tags(&self) -> impl Iterator<Item = &str> {
        let tags = text(&self.headers, &CACHE_TAG).unwrap_or_default();
        tags.split(',').map(str::trim).filter(|tag| !tag.is_empty())
    }

    /// The response: whole, a part, without its body, or the news that the viewer has it already.
    pub(super) fn to_viewer(&self, viewed: &Viewed, outcome: Outcome) -> Response {
        let mut headers = self.headers_for(viewed, outcome);
        let ok = self.status == StatusCode::OK;
        let etag = text(&self.headers, &header::ETAG).filter(|_| ok);
        if etag.is_some_and(|etag| IfNoneMatch::of(&viewed.headers).names(etag)) {
            headers.remove(header::CONTENT_LENGTH);
            headers.remove(header::CONTENT_TYPE);
            return not_modified(headers);
        }
        let wanted = match viewed.method {
            Method::GET if ok => Wanted::of(&viewed.headers, etag, self.bytes.len()),
            _ => Wanted::Whole,
        };
        let (status, body) = match wanted {
            Wanted::Unsatisfiable => {
                let refusal = Error::NoSuchRange { bytes: self.bytes.len() };
                return refusal.problem().into_response(&Uuid::new_v4().to_string());
            }
            Wanted::Part(range) => {
                range::describe(&mut headers, &range, self.bytes.len());
                (StatusCode::PARTIAL_CONTENT, self.bytes.slice(range).into())
            }
            Wanted::Whole if viewed.method == Method::HEAD => (self.status, Body::empty()),
            Wanted::Whole => (self.status, self.bytes.clone().into()),
        };
        let mut response = Response::new(body);
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        response
    }

    fn headers_for(&self, viewed: &Viewed, outcome: Outcome) -> HeaderMap {
        let mut headers = if outcome.is_own() {
            self.outward(outcome)
        } else {
            self.as_a_hit.get_or_init(|| self.outward(Outcome::Hit)).clone()
        };
        if !outcome.is_own() {
            headers.insert(CACHE_OUTCOME, HeaderValue::from_static(outcome.as_str()));
            headers.insert(header::AGE, self.age().as_secs().into());
        }
        // The origin has not seen what the key dropped.
        if let Some(ignored) = ignored(viewed) {
            headers.insert(IGNORED, ignored);
        }
        headers
    }

    /// The headers without those that are the edge's own business.
    fn outward(&self, outcome: Outcome) -> HeaderMap {
        let mut headers = self.headers.clone();
        headers.remove(CACHE_TAG);
        if let Some(browser) = headers.remove(BROWSER_CACHE_CONTROL) {
            headers.insert(header::CACHE_CONTROL, browser);
        }
        headers.insert(header::CONTENT_LENGTH, self.bytes.len().into());
        headers.insert(CACHE_OUTCOME, HeaderValue::from_static(outcome.as_str()));
        if self.status == StatusCode::OK {
            headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        }
        if !outcome.is_own() {
            // These told of the request that filled the cache.
            headers.remove(REQUEST_ID);
            headers.insert(SERVER_TIMING, HeaderValue::from_static("edge;desc=hit"));
        }
        headers
    }

    fn age(&self) -> Duration {
        let ms = Timestamp::now().ms().saturating_sub(self.received_at.ms());
        Duration::from_millis(ms.try_into().unwrap_or_default())
    }

    /// Marks it as being renewed; whether it was not yet.
    pub(super) fn claim_renewal(&self) -> bool {
        !self.being_renewed.swap(true, Ordering::AcqRel)
    }
}

/// The names of the parameters that had no effect, for the header that says so.
fn ignored(viewed: &Viewed) -> Option<HeaderValue> {
    let pairs = form_urlencoded::parse(viewed.uri.query()?.as_bytes());
    // Among those that are known only `auto` can say something that is not.
    let suspects = pairs.filter(|(name, _)| name == "auto" || !is_known(name));
    let suspects = suspects.map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    let ignored = query::ignored(&suspects).join(", ");
    HeaderValue::try_from(ignored).ok().filter(|ignored| !ignored.is_empty())
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
