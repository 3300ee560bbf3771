//! What a request's signature covers.

use std::collections::BTreeMap;

use http::{HeaderMap, Uri, header};
use s3s::{S3Result, s3_error};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// A week: AWS's limit of a presigned URL.
const EXPIRES_SECONDS_MAX: u32 = 604_800;

/// The one `x-amz-*` header that need not be signed: when it is there, s3s verifies the body against it.
const VERIFIED_BY_CONTENT: &str = "x-amz-content-sha256";

/// The parts of a SigV4 signature that s3s does not hand on.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Signed {
    /// Lower case.
    headers: Vec<String>,
    /// Seconds; only of presigned URLs.
    expires: Option<String>,
    /// The session token.
    pub(super) token: Option<String>,
}

impl Signed {
    /// Reads a request that s3s found signed; anything but SigV4 is refused.
    pub(super) fn read(uri: &Uri, headers: &HeaderMap) -> S3Result<Self> {
        let query: BTreeMap<_, _> =
            form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
                .into_owned()
                .collect();
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let authorization = header("authorization");
        // s3s looks for SigV2 first, so a request must not have both.
        if query.contains_key("Signature")
            || authorization.is_some_and(|value| !value.starts_with(ALGORITHM))
        {
            return Err(s3_error!(
                AccessDenied,
                "Please use {ALGORITHM} (Signature Version 4; in boto3 Config(signature_version='s3v4'))"
            ));
        }
        if query.contains_key("X-Amz-Signature") {
            return Ok(Self {
                headers: names(query.get("X-Amz-SignedHeaders").map(String::as_str)),
                expires: query.get("X-Amz-Expires").cloned(),
                token: query.get("X-Amz-Security-Token").cloned(),
            });
        }
        let mut parts = authorization.unwrap_or_default().split([',', ' ']);
        let signed = parts.find_map(|part| part.strip_prefix("SignedHeaders="));
        Ok(Self {
            headers: names(signed),
            expires: None,
            token: header("x-amz-security-token").map(str::to_owned),
        })
    }

    /// Refuses what AWS refuses and s3s does not.
    pub(super) fn check(&self, headers: &HeaderMap) -> S3Result {
        let covered = |name: &str| {
            name == VERIFIED_BY_CONTENT || self.headers.iter().any(|signed| signed == name)
        };
        let mut amz = headers
            .keys()
            .map(header::HeaderName::as_str)
            .filter(|name| name.starts_with("x-amz-"));
        if let Some(unsigned) = amz.find(|name| !covered(name)) {
            return Err(s3_error!(
                AccessDenied,
                "There were headers present in the request which were not signed: {unsigned}"
            ));
        }
        if !covered("host") {
            return Err(s3_error!(AccessDenied, "The signature must cover the host header"));
        }
        let seconds = self.expires.as_ref().map(|expires| expires.parse::<u32>());
        if seconds.is_some_and(|seconds| {
            !seconds.is_ok_and(|seconds| (1..=EXPIRES_SECONDS_MAX).contains(&seconds))
        }) {
            return Err(s3_error!(
                AuthorizationQueryParametersError,
                "X-Amz-Expires must be from 1 to {EXPIRES_SECONDS_MAX} seconds"
            ));
        }
        Ok(())
    }
}

fn names(list: Option<&str>) -> Vec<String> {
    list.unwrap_or_default().split(';').map(str::to_ascii_lowercase).collect()
}
