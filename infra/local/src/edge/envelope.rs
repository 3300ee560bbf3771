//! What is refused before anything is read: requests that are too large, and those that name two
//! hosts. CloudFront does the same, with these bounds.

use http::{HeaderMap, StatusCode, Uri, Version, header, request::Parts};
use resizer_lambda::problem::Problem;

/// "Maximum length of a URL" in CloudFront's quotas.
const URL_BYTES_MAX: usize = 8_192;
/// "Maximum length of a request, including headers and query strings" there.
const REQUEST_BYTES_MAX: usize = 20_480;

/// Why a request is not read.
pub(super) fn refusal(request: &Parts) -> Option<Problem> {
    let url_bytes = length(&request.uri);
    if url_bytes > URL_BYTES_MAX {
        let detail = format!("the URL has {url_bytes} bytes; {URL_BYTES_MAX} are the most");
        return Some(Problem::new(StatusCode::URI_TOO_LONG, "url_too_long", detail));
    }
    let bytes = url_bytes + weight(&request.headers);
    if bytes > REQUEST_BYTES_MAX {
        let detail = format!(
            "URL and headers have {bytes} bytes together; {REQUEST_BYTES_MAX} are the most"
        );
        let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
        return Some(Problem::new(status, "headers_too_large", detail));
    }
    let hosts = request.headers.get_all(header::HOST).iter().count();
    if hosts > 1 || (hosts == 0 && request.version >= Version::HTTP_11) {
        let detail = format!("the request has {hosts} Host headers; it has one");
        return Some(Problem::new(StatusCode::BAD_REQUEST, "bad_host", detail));
    }
    None
}

fn length(uri: &Uri) -> usize {
    uri.path_and_query().map_or(0, |path_and_query| path_and_query.as_str().len())
}

/// Names, values, and what stands between them on the wire.
fn weight(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum()
}
