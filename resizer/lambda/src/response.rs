//! Results of the use cases as HTTP.

use std::convert::Infallible;

use axum::body::Body;
use bytes::Bytes;
use customer::{Record, Visibility};
use futures::stream;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header};
use serde_json::Value;

use crate::{
    error::Error,
    etag::{ETag, IfNoneMatch},
    get_image::Image,
    iiif_info::Info,
    lifetime::{self, Holds},
    range::{self, Wanted},
    viewer::Asker,
};

/// The media type of IIIF's information, whatever is asked for.
const INFO_TYPE: &str = "application/ld+json;profile=\"http://iiif.io/api/image/3/context.json\"";

/// 200 with the rendition, 206 with the part of it that is wanted, or 304.
pub(crate) fn image(
    image: Image,
    asker: &Asker,
    method: &Method,
    asked: &HeaderMap,
) -> Result<Response<Body>, Error> {
    let mut headers = lifetime::of_image(&image, asker);
    set(&mut headers, header::ETAG, &image.etag.to_string());
    share(&mut headers, &image.record, asker);
    let Some(made) = image.made else {
        return Ok(not_modified(headers));
    };
    set(&mut headers, header::CONTENT_TYPE, made.format.media_type());
    set(&mut headers, header::ACCEPT_RANGES, "bytes");
    headers.insert(header::CONTENT_LENGTH, made.bytes.len().into());
    let (status, bytes) = match Wanted::of(asked, Some(&image.etag.to_string()), made.bytes.len()) {
        _ if method == Method::HEAD => (StatusCode::OK, Bytes::new()),
        Wanted::Whole => (StatusCode::OK, made.bytes.clone()),
        Wanted::Part(part) => {
            range::describe(&mut headers, &part, made.bytes.len());
            (StatusCode::PARTIAL_CONTENT, made.bytes.slice(part))
        }
        Wanted::Unsatisfiable => return Err(Error::NoSuchRange { bytes: made.bytes.len() }),
    };
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

/// Pages of other sites may read what everybody may see, and what they were given a URL of.
fn share(headers: &mut HeaderMap, record: &Record, asker: &Asker) {
    if record.visibility == Visibility::Public || *asker == Asker::Signed {
        set(headers, header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    }
}

/// 200 with what IIIF calls the image's information, or 304.
pub(crate) fn info(info: &Info, asker: &Asker, if_none_match: &IfNoneMatch) -> Response<Body> {
    let Info { record, document } = info;
    let document = format!("{document:#}\n");
    let etag = ETag::of(&document).to_string();
    let mut headers = lifetime::of(record, None, Holds::Briefly, asker);
    share(&mut headers, record, asker);
    set(&mut headers, header::ETAG, &etag);
    if if_none_match.names(&etag) {
        return not_modified(headers);
    }
    set(&mut headers, header::CONTENT_TYPE, INFO_TYPE);
    let mut response = Response::new(Body::from(document));
    *response.headers_mut() = headers;
    response
}

/// 303 to what there is of an image.
pub(crate) fn see_other(location: &str, record: &Record, asker: &Asker) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    *response.headers_mut() = lifetime::of(record, None, Holds::Briefly, asker);
    share(response.headers_mut(), record, asker);
    set(response.headers_mut(), header::LOCATION, location);
    response
}

/// Whoever has signed in learns what a URL comes to.
pub(crate) fn explanation(explanation: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(format!("{explanation:#}\n")));
    let headers = response.headers_mut();
    set(headers, header::CONTENT_TYPE, "application/json");
    set(headers, header::CACHE_CONTROL, "private, no-store");
    response
}

/// 200 with the bytes as uploaded, to be saved and not shown.
pub(crate) fn original(record: &Record, bytes: Bytes) -> Response<Body> {
    let extension = record.media_type.rsplit('/').next().unwrap_or("bin");
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    set(headers, header::CONTENT_TYPE, &record.media_type);
    set(headers, header::CACHE_CONTROL, "private, no-store");
    let disposition = format!("attachment; filename=\"{}.{extension}\"", record.image);
    set(headers, header::CONTENT_DISPOSITION, &disposition);
    response
}

/// Headers that make an image nothing but an image, whatever its bytes are taken for.
pub(crate) fn harmless(headers: &mut HeaderMap) {
    set(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(headers, header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox");
    set(headers, HeaderName::from_static("cross-origin-resource-policy"), "cross-origin");
}

/// Sets a header. A value that is empty, or that no header can hold, is left out.
pub(crate) fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Some(value) = HeaderValue::from_str(value).ok().filter(|value| !value.is_empty()) {
        headers.insert(name, value);
    }
}

/// 304 with a body of unknown length: axum would announce an empty one as `Content-Length: 0`, which
/// must not be said of an image that has more (RFC 9110, 8.6).
pub fn not_modified(headers: HeaderMap) -> Response<Body> {
    let nothing = stream::empty::<Result<Bytes, Infallible>>();
    let mut response = Response::new(Body::from_stream(nothing));
    *response.status_mut() = StatusCode::NOT_MODIFIED;
    *response.headers_mut() = headers;
    response
}
