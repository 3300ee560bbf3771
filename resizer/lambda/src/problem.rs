//! What is answered when nothing else can be: RFC 9457 problem documents.

use axum::body::Body;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use serde_json::json;

pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A refusal or failure as a client sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub status: StatusCode,
    /// Stable, for programs.
    pub code: &'static str,
    /// For people: what was wrong and what would be right.
    pub detail: String,
    /// What the status asks for, such as `Retry-After`.
    pub headers: HeaderMap,
}

impl Problem {
    pub fn new(status: StatusCode, code: &'static str, detail: String) -> Self {
        Self { status, code, detail, headers: HeaderMap::new() }
    }

    #[must_use]
    pub fn with(mut self, name: header::HeaderName, value: &'static str) -> Self {
        self.headers.insert(name, HeaderValue::from_static(value));
        self
    }

    /// The document, which no cache keeps. `request_id` finds the request in the logs.
    pub fn into_response(self, request_id: &str) -> Response<Body> {
        let document = json!({
            "type": "about:blank",
            "title": self.status.canonical_reason().unwrap_or_default(),
            "status": self.status.as_u16(),
            "code": self.code,
            "detail": self.detail,
            "request_id": request_id,
        });
        let mut response = Response::new(Body::from(document.to_string()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.extend(self.headers);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.extend(HeaderValue::try_from(request_id).map(|id| (REQUEST_ID, id)));
        response
    }
}
