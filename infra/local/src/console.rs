//! The console, the page for people: static files, as S3 and CloudFront serve them on AWS.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use axum::{
    body::Body,
    extract::Request,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use data_encoding::HEXLOWER;
use http::{
    HeaderName, HeaderValue, Method, StatusCode,
    header::{ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG, LOCATION},
};
use resizer_lambda::etag::IfNoneMatch;

const PATH: &str = "/console/";
const PAGE: &str = "index.html";
/// What a build names by its content.
const IMMUTABLE: &str = "assets/";
/// Each file's path and bytes; none where this program was built without the console.
static FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/console.rs"));
/// Of every answer, here and at CloudFront.
const HEADERS: &str = include_str!("../../console/headers.json");

/// The files, as they are answered.
#[derive(Clone, Debug)]
pub(crate) struct Console {
    headers: Vec<(HeaderName, HeaderValue)>,
    files: Vec<File>,
}

#[derive(Clone, Debug)]
struct File {
    path: &'static str,
    bytes: &'static [u8],
    etag: String,
}

/// Why the headers are none.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HeadersError {
    #[error("they are no object of texts")]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    Name(#[from] http::header::InvalidHeaderName),
    #[error(transparent)]
    Value(#[from] http::header::InvalidHeaderValue),
}

/// Whether the path is the console's, or the one at which a browser begins.
pub(crate) fn is_asked(path: &str) -> bool {
    path == "/" || path == "/console" || path.starts_with(PATH)
}

impl Console {
    pub(crate) fn new() -> Result<Self, HeadersError> {
        let headers: BTreeMap<String, String> = serde_json::from_str(HEADERS)?;
        let headers = headers.iter().map(|(name, value)| {
            Ok::<_, HeadersError>((name.parse::<HeaderName>()?, value.parse::<HeaderValue>()?))
        });
        let files = FILES.iter().map(|&(path, bytes)| File::new(path, bytes)).collect();
        Ok(Self { headers: headers.collect::<Result<_, _>>()?, files })
    }

    /// Answers a request for a file.
    pub(crate) fn answer(&self, request: &Request) -> Response {
        let mut response = self.found(request);
        for (name, value) in &self.headers {
            response.headers_mut().insert(name, value.clone());
        }
        response
    }

    fn found(&self, request: &Request) -> Response {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, "GET, HEAD")]).into_response();
        }
        let Some(path) = request.uri().path().strip_prefix(PATH) else {
            return (StatusCode::FOUND, [(LOCATION, PATH)]).into_response();
        };
        let path = if path.is_empty() { PAGE } else { path };
        match self.files.iter().find(|file| file.path == path) {
            Some(file) => file.answer(request),
            None if self.files.is_empty() => {
                let told =
                    "This darkroom was built without the console; 'make run' builds it with it.";
                (StatusCode::NOT_FOUND, told).into_response()
            }
            None => (StatusCode::NOT_FOUND, "The console has no such file.").into_response(),
        }
    }
}

impl File {
    fn new(path: &'static str, bytes: &'static [u8]) -> Self {
        let etag = format!("\"{}\"", &HEXLOWER.encode(digest(&SHA256, bytes).as_ref())[..32]);
        Self { path, bytes, etag }
    }

    fn answer(&self, request: &Request) -> Response {
        let immutable = self.path.starts_with(IMMUTABLE);
        let lifetime = if immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
        let headers = [(ETAG, self.etag.as_str()), (CACHE_CONTROL, lifetime)];
        if IfNoneMatch::of(request.headers()).names(&self.etag) {
            return (StatusCode::NOT_MODIFIED, headers).into_response();
        }
        let is_head = request.method() == Method::HEAD;
        let body = if is_head { Body::empty() } else { Bytes::from_static(self.bytes).into() };
        let length = self.bytes.len().to_string();
        let about = [(CONTENT_TYPE, media_type(self.path)), (CONTENT_LENGTH, length.as_str())];
        (headers, about, body).into_response()
    }
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json" | "map" | "webmanifest") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(method: Method, path: &str) -> Response {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        Console::new().unwrap().answer(&request)
    }

    #[test]
    fn a_browser_that_begins_at_the_root_is_sent_to_the_page() {
        for path in ["/", "/console"] {
            let response = asked(Method::GET, path);
            assert_eq!(response.status(), StatusCode::FOUND);
            assert_eq!(response.headers()[LOCATION], "/console/");
        }
    }

    #[test]
    fn every_answer_says_what_the_page_may_load() {
        for path in ["/console/", "/console/missing.js"] {
            let response = asked(Method::GET, path);
            let policy = response.headers()["content-security-policy"].to_str().unwrap();
            assert!(policy.contains("default-src 'none'"), "{policy}");
            assert!(!policy.contains("unsafe"), "{policy}");
        }
    }

    #[test]
    fn files_are_only_read() {
        let response = asked(Method::POST, "/console/");
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(asked(Method::GET, "/console/../x").status(), StatusCode::NOT_FOUND);
    }
}
