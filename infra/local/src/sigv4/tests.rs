//! Vectors of AWS's Signature Version 4 test suite, and every way of changing a signed request.

use http::Request;
use time::macros::datetime;

use super::*;

const KEY: &str = "AKIDEXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const GET_VANILLA: &str = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
const NOW: OffsetDateTime = datetime!(2015-08-30 12:36:00 UTC);

fn authorization(signature: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential={KEY}/20150830/us-east-1/service/aws4_request, \
         SignedHeaders=host;x-amz-date, Signature={signature}"
    )
}

fn signed(method: &str, path: &str, signature: &str) -> Parts {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "example.amazonaws.com")
        .header("x-amz-date", "20150830T123600Z")
        .header("authorization", authorization(signature));
    request.body(()).unwrap().into_parts().0
}

fn check(request: &Parts, body: &[u8], now: OffsetDateTime) -> Result<Scope, Refusal> {
    verify(
        request,
        &sha256_hex(body),
        |scope| (scope.access_key == KEY).then(|| SECRET.to_owned()),
        now,
    )
}

#[test]
fn accepts_the_published_vectors() {
    let vectors = [
        ("GET", "/", GET_VANILLA),
        ("POST", "/", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        (
            "GET",
            "/?Param2=value2&Param1=value1",
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        ),
    ];
    for (method, path, signature) in vectors {
        let scope = check(&signed(method, path, signature), b"", NOW).unwrap();
        assert_eq!(
            (scope.service.as_str(), scope.region.as_str()),
            ("service", "us-east-1"),
            "{method} {path}"
        );
    }
}

#[test]
fn refuses_a_request_that_was_changed_after_signing() {
    let mut other_host = signed("GET", "/", GET_VANILLA);
    other_host.headers.insert("host", "evil.example".parse().unwrap());
    assert_eq!(check(&other_host, b"", NOW), Err(Refusal::Mismatch));
    assert_eq!(check(&signed("GET", "/other", GET_VANILLA), b"", NOW), Err(Refusal::Mismatch));
    assert_eq!(check(&signed("GET", "/?a=b", GET_VANILLA), b"", NOW), Err(Refusal::Mismatch));
    assert_eq!(check(&signed("DELETE", "/", GET_VANILLA), b"", NOW), Err(Refusal::Mismatch));
    assert_eq!(check(&signed("GET", "/", GET_VANILLA), b"body", NOW), Err(Refusal::Mismatch));
    assert_eq!(
        check(&signed("GET", "/", &GET_VANILLA.replace('5', "6")), b"", NOW),
        Err(Refusal::Mismatch)
    );
}

#[test]
fn refuses_an_amz_header_that_is_not_signed() {
    let mut request = signed("GET", "/", GET_VANILLA);
    request.headers.insert("x-amz-target", "Service.DeleteAll".parse().unwrap());
    assert_eq!(check(&request, b"", NOW).unwrap_err().code(), "IncompleteSignatureException");
}

#[test]
fn refuses_a_stale_request_at_the_sixth_minute() {
    let request = signed("GET", "/", GET_VANILLA);
    assert!(check(&request, b"", NOW + SKEW_MAX).is_ok());
    assert_eq!(check(&request, b"", NOW + SKEW_MAX + Duration::SECOND), Err(Refusal::Skewed));
    assert_eq!(check(&request, b"", NOW - SKEW_MAX - Duration::SECOND), Err(Refusal::Skewed));
}

#[test]
fn refuses_absent_broken_and_unknown_credentials() {
    let mut request = signed("GET", "/", GET_VANILLA);
    assert_eq!(verify(&request, &sha256_hex(b""), |_| None, NOW), Err(Refusal::UnknownKey));
    for broken in ["Bearer abc", "AWS4-HMAC-SHA256 Credential=a/b", &authorization("zz")] {
        request.headers.insert("authorization", broken.parse().unwrap());
        assert_eq!(
            check(&request, b"", NOW).unwrap_err().code(),
            "IncompleteSignatureException",
            "{broken}"
        );
    }
    request.headers.remove("authorization");
    assert_eq!(check(&request, b"", NOW), Err(Refusal::Missing));
}
