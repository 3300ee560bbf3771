//! What the origin answered, and what a viewer gets of it.

use std::{
    error::Error,
    time::{Duration, Instant},
};

use axum::{body::Body, response::Response};
use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, request::Parts as Viewed,
    response::Parts,
};
use resizer_lambda::{
    IGNORED,
    dialect::query,
    etag::IfNoneMatch,
    lifetime::{BROWSER_CACHE_CONTROL, CACHE_TAG},
    not_modified, query_string,
};

use super::{CACHE_OUTCOME, REQUEST_ID, viewer};

const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// An answer of the origin, whole.
#[derive(Debug)]
pub(super) struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    bytes: Bytes,
    received: Instant,
}

/// How an answer came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Hit,
    Miss,
    Pass,
}

impl Outcome {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Miss => "miss",
            Self::Pass => "pass",
        }
    }
}

impl Answer {
    pub(super) fn new(parts: Parts, bytes: Bytes) -> Self {
        let Parts { status, headers, .. } = parts;
        Self { status, headers, bytes, received: Instant::now() }
    }

    /// The origin's answer broke off.
    pub(super) fn broken(error: &(dyn Error + 'static)) -> Self {
        tracing::error!(error, "the origin's answer broke off");
        let headers =
            HeaderMap::from_iter([(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))]);
        let status = StatusCode::BAD_GATEWAY;
        Self { status, headers, bytes: Bytes::new(), received: Instant::now() }
    }

    /// For how long it may be kept here; zero for all but images.
    pub(super) fn lifetime(&self) -> Duration {
        if self.status != StatusCode::OK {
            return Duration::ZERO;
        }
        self.text(&header::CACHE_CONTROL).map_or(Duration::ZERO, shared_lifetime)
    }

    /// Memory that keeping it takes, near enough.
    pub(super) fn weight(&self) -> usize {
        let headers = self.headers.iter().map(|(name, value)| name.as_str().len() + value.len());
        self.bytes.len() + headers.sum::<usize>() + 512
    }

    pub(super) fn has_tag(&self, tag: &str) -> bool {
        let tags = self.text(&CACHE_TAG).unwrap_or_default();
        tags.split(',').any(|own| own.trim().eq_ignore_ascii_case(tag))
    }

    /// The response: whole, without its body, or the news that the viewer has it already.
    pub(super) fn to_viewer(&self, viewed: &Viewed, outcome: Outcome) -> Response {
        let mut headers = self.headers_for(viewed, outcome);
        let etag = self.text(&header::ETAG).filter(|_| self.status == StatusCode::OK);
        if etag.is_some_and(|etag| IfNoneMatch::of(&viewed.headers).names(etag)) {
            headers.remove(header::CONTENT_LENGTH);
            headers.remove(header::CONTENT_TYPE);
            return not_modified(headers);
        }
        let without = viewed.method == Method::HEAD;
        let body = if without { Body::empty() } else { self.bytes.clone().into() };
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        *response.headers_mut() = headers;
        response
    }

    fn headers_for(&self, viewed: &Viewed, outcome: Outcome) -> HeaderMap {
        let mut headers = self.headers.clone();
        headers.remove(CACHE_TAG);
        if let Some(browser) = headers.remove(BROWSER_CACHE_CONTROL) {
            headers.insert(header::CACHE_CONTROL, browser);
        }
        headers.insert(header::CONTENT_LENGTH, self.bytes.len().into());
        headers.insert(CACHE_OUTCOME, HeaderValue::from_static(outcome.as_str()));
        if outcome == Outcome::Hit {
            // These told of the request that filled the cache.
            headers.remove(REQUEST_ID);
            headers.insert(SERVER_TIMING, HeaderValue::from_static("edge;desc=hit"));
            headers.insert(header::AGE, self.received.elapsed().as_secs().into());
        }
        // The origin has not seen what the key dropped.
        let mut pairs = query_string::pairs(&viewed.uri);
        pairs.retain(|(name, _)| name != viewer::PARAMETER);
        let ignored = query::ignored(&pairs).join(", ");
        if let Ok(ignored) = HeaderValue::from_str(&ignored)
            && !ignored.is_empty()
        {
            headers.insert(IGNORED, ignored);
        }
        headers
    }

    fn text(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// The lifetime in a shared cache (RFC 9111, 4.2.1 and 5.2.2).
fn shared_lifetime(cache_control: &str) -> Duration {
    let directives = || cache_control.split(',').map(str::trim);
    if directives().any(|directive| matches!(directive, "no-store" | "no-cache" | "private")) {
        return Duration::ZERO;
    }
    let seconds = |name: &str| {
        let mut values = directives().filter_map(|d| d.strip_prefix(name)?.strip_prefix('='));
        values.next().and_then(|value| value.parse().ok())
    };
    Duration::from_secs(seconds("s-maxage").or_else(|| seconds("max-age")).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lifetime_is_the_shared_caches() {
        for (cache_control, seconds) in [
            ("max-age=600, s-maxage=31536000", 31_536_000),
            ("public, max-age=600", 600),
            ("private, max-age=300", 0),
            ("private, no-store", 0),
            ("no-store", 0),
            ("s-maxage=x", 0),
            ("", 0),
        ] {
            assert_eq!(shared_lifetime(cache_control).as_secs(), seconds, "{cache_control}");
        }
    }
}
