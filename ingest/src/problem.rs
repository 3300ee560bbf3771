//! RFC 9457 problem documents: what every error answer of the API looks like.

use std::time::Instant;

use axum::{
    Json,
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde_json::json;
use telemetry::request_span;
use tracing::Instrument;
use uuid::Uuid;

/// Carries the request's id, from the gateway where it gave one.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// When an answer has to be there, as an extension of its request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline(pub(crate) Instant);

/// An error answer before it knows its request's id.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub status: StatusCode,
    /// Stable, for programs: `image_not_found`.
    pub code: &'static str,
    /// A sentence for people: what was wrong and what would be right.
    pub detail: String,
    pub headers: HeaderMap,
    /// Further members, such as the current version after a 412.
    pub members: serde_json::Map<String, serde_json::Value>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self { status, code, detail, headers: HeaderMap::new(), members: serde_json::Map::new() }
    }

    #[must_use]
    pub(crate) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    #[must_use]
    pub(crate) fn member(mut self, name: &str, value: impl Into<serde_json::Value>) -> Self {
        self.members.insert(name.to_owned(), value.into());
        self
    }

    fn document(&self, request_id: &str) -> serde_json::Value {
        let mut document = self.members.clone();
        document.extend([
            ("type".to_owned(), json!("about:blank")),
            ("title".to_owned(), json!(self.status.canonical_reason().unwrap_or("Error"))),
            ("status".to_owned(), json!(self.status.as_u16())),
            ("code".to_owned(), json!(self.code)),
            ("detail".to_owned(), json!(self.detail)),
            ("request_id".to_owned(), json!(request_id)),
        ]);
        document.into()
    }
}

impl IntoResponse for Problem {
    /// An empty answer that carries the problem to [`finish`].
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// The outermost layer: gives each request an id, writes problem documents, keeps answers out of
/// caches unless a handler said otherwise.
pub(crate) async fn finish(mut request: Request, next: Next) -> Response {
    let id = request_id(request.headers());
    request.headers_mut().insert(REQUEST_ID, id.clone());
    let span = request_span(id.to_str().unwrap_or_default(), request.headers());
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let answered = async {
        let response = in_time(request, next).await;
        let status = response.status().as_u16();
        tracing::info!(target: "access", %method, path, status, "answered");
        response
    };
    let mut response = answered.instrument(span).await;
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let document = problem.document(id.to_str().unwrap_or_default());
        response = (problem.status, problem.headers, Json(document)).into_response();
        let media_type = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, media_type);
    }
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, id);
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// What is cut off is in no other state than after a crash, which every step is made for.
async fn in_time(request: Request, next: Next) -> Response {
    let Some(Deadline(at)) = request.extensions().get().copied() else {
        return next.run(request).await;
    };
    let answered = tokio::time::timeout_at(at.into(), next.run(request)).await;
    answered.unwrap_or_else(|_| {
        let detail = "the request took too long; ask for less at a time, or try again";
        let retry_after = HeaderValue::from_static("1");
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "request_timeout", detail)
            .header(header::RETRY_AFTER, retry_after)
            .into_response()
    })
}

fn request_id(headers: &HeaderMap) -> HeaderValue {
    let given = headers.get(REQUEST_ID).filter(|id| id.len() <= 64);
    given.cloned().unwrap_or_else(|| {
        HeaderValue::from_str(&Uuid::new_v4().to_string()).unwrap_or(HeaderValue::from_static("-"))
    })
}
