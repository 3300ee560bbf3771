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

use super::{REQUEST_ID, answer::Answer, key::Key};

/// Larger than any rendition within the limits of the resizer.
const BODY_BYTES_MAX: usize = 256 << 20;
/// What ends at this hop (RFC 9110, 7.6.1), what the origin has no use for, and what only the edge
/// may say.
const NOT_PASSED: [&str; 9] = [
    "connection",
    "cookie",
    "keep-alive",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    Proof::HEADER,
];

#[derive(Debug)]
pub(super) struct Origin {
    pub(super) router: Router,
    pub(super) proof: Proof,
}

impl Origin {
    /// A whole answer to what `key` says. No header that is not in the key reaches the origin, so
    /// none can change what is kept under it.
    pub(super) async fn ask(&self, key: &Key, request_id: &str) -> Answer {
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = key.uri.clone();
        let proof = self.proof.sign(key.viewer, &key.uri.to_string(), Timestamp::now());
        let headers = request.headers_mut();
        set(headers, HeaderName::from_static(Proof::HEADER), &proof);
        set(headers, header::ACCEPT, key.accept());
        set(headers, REQUEST_ID, request_id);
        let (parts, body) = self.call(request).await.into_parts();
        match to_bytes(body, BODY_BYTES_MAX).await {
            Ok(bytes) => Answer::new(parts, bytes),
            Err(error) => Answer::broken(&error),
        }
    }

    /// The answer to a viewer's own request.
    pub(super) async fn pass(&self, mut viewed: Parts, body: Body, request_id: &str) -> Response {
        let named = connection_options(&viewed.headers);
        for name in NOT_PASSED.into_iter().chain(named.iter().map(String::as_str)) {
            viewed.headers.remove(name);
        }
        set(&mut viewed.headers, REQUEST_ID, request_id);
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
