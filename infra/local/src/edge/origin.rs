//! Asking the origin: with what the cache key says and nothing else, or with a request handed
//! through.

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    response::Response,
};
use customer::{Proof, Timestamp};
use http::{HeaderMap, HeaderName, HeaderValue, header, request::Parts};
use tower::ServiceExt;
use uuid::Uuid;

use super::{REQUEST_ID, answer::Answer, key::Key};

/// Larger than any rendition within the limits of the resizer.
const BODY_BYTES_MAX: usize = 256 << 20;
/// What ends at this hop (RFC 9110, 7.6.1), what the origin has no use for, and what only the edge
/// may say.
const NOT_PASSED: [&str; 10] = [
    "connection",
    "cookie",
    "keep-alive",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "x-darkroom-viewer",
    Proof::HEADER,
];

/// The delivery service, and the secret by which it knows the edge.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    pub(super) router: Router,
    pub(super) proof: Proof,
}

impl Origin {
    /// A whole answer to what `key` says, or the news that the answer with `etag` still holds. No
    /// header that is not in the key reaches the origin, so none can change what is kept under it.
    pub(super) async fn ask(
        &self,
        key: &Key,
        etag: Option<&HeaderValue>,
        asked_after: u64,
    ) -> Answer {
        let mut request = Request::new(Body::empty());
        // What was a path and is followed by escaped text is a URI again.
        *request.uri_mut() = key.path_and_query.parse().unwrap_or_default();
        let proof = self.proof.sign(key.viewer, &key.path_and_query, Timestamp::now());
        let headers = request.headers_mut();
        set(headers, HeaderName::from_static(Proof::HEADER), &proof);
        set(headers, header::ACCEPT, key.accepts.header());
        set(headers, REQUEST_ID, &Uuid::new_v4().to_string());
        headers.extend(etag.map(|etag| (header::IF_NONE_MATCH, etag.clone())));
        let (parts, body) = self.call(request).await.into_parts();
        match to_bytes(body, BODY_BYTES_MAX).await {
            Ok(bytes) => Answer::new(parts, bytes, asked_after),
            Err(error) => Answer::broken(&error, asked_after),
        }
    }

    /// The answer to a viewer's own request.
    pub(super) async fn pass(&self, mut viewed: Parts, body: Body) -> Response {
        let named = connection_options(&viewed.headers);
        for name in NOT_PASSED.into_iter().chain(named.iter().map(String::as_str)) {
            viewed.headers.remove(name);
        }
        set(&mut viewed.headers, REQUEST_ID, &Uuid::new_v4().to_string());
        self.call(Request::from_parts(viewed, body)).await
    }

    async fn call(&self, request: Request) -> Response {
        let Ok(response) = self.router.clone().oneshot(request).await;
        response
    }
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// Further headers that end at this hop because `Connection` names them.
fn connection_options(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all(header::CONNECTION).iter().filter_map(|v| v.to_str().ok());
    values.flat_map(|value| value.split(',')).map(|name| name.trim().to_owned()).collect()
}
