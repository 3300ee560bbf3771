//! The canonical request: the one text form of a request that both sides sign.

use http::HeaderMap;
use http::request::Parts;

use super::Refusal;

/// The canonical request of every service but S3, whose path is encoded once only.
pub(super) fn request(
    request: &Parts,
    signed: &[String],
    body_sha256: &str,
) -> Result<String, Refusal> {
    covers_what_matters(&request.headers, signed)?;
    let header = |name: &String| Ok(format!("{name}:{}\n", value(&request.headers, name)?));
    let headers: String = signed.iter().map(header).collect::<Result<_, Refusal>>()?;
    Ok(format!(
        "{}\n{}\n{}\n{headers}\n{}\n{body_sha256}",
        request.method,
        path(request.uri.path()),
        query(request.uri.query()),
        signed.join(";"),
    ))
}

/// A header that changes what is done must not be addable after signing.
fn covers_what_matters(headers: &HeaderMap, signed: &[String]) -> Result<(), Refusal> {
    let is_signed = |name: &str| signed.iter().any(|candidate| candidate == name);
    let amz_signed = headers
        .keys()
        .filter(|name| name.as_str().starts_with("x-amz-"))
        .all(|name| is_signed(name.as_str()));
    if is_signed("host") && amz_signed {
        return Ok(());
    }
    Err(Refusal::Incomplete("SignedHeaders must have host and every x-amz- header"))
}

/// All values of a header, with single spaces.
fn value(headers: &HeaderMap, name: &str) -> Result<String, Refusal> {
    let mut values = Vec::new();
    for value in headers.get_all(name) {
        let text = std::str::from_utf8(value.as_bytes())
            .map_err(|_| Refusal::Incomplete("a signed header is not UTF-8"))?;
        values.push(text.split_ascii_whitespace().collect::<Vec<_>>().join(" "));
    }
    if values.is_empty() {
        return Err(Refusal::Incomplete("SignedHeaders names a header that is not there"));
    }
    Ok(values.join(","))
}

/// Encoded again on top of the encoding that it came in: that is the rule outside S3.
fn path(path: &str) -> String {
    let encode = |byte: u8| match byte {
        b'-' | b'.' | b'_' | b'~' | b'/' => char::from(byte).to_string(),
        _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    path.bytes().map(encode).collect()
}

/// Sorted; each pair is taken in the encoding that it came in, which for a client that follows RFC 3986 is the
/// canonical one.
fn query(query: Option<&str>) -> String {
    let mut pairs: Vec<(&str, &str)> = query
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .collect();
    pairs.sort_unstable();
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}
