//! What a request's signature covers.

use http::{HeaderMap, Uri, header};
use s3s::{S3Result, s3_error};

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
        let query = |name: &str| {
            let mut pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
            pairs.find_map(|(key, value)| (key == name).then(|| value.into_owned()))
        };
        if let Some(signed) = query("X-Amz-SignedHeaders") {
            let token = query("X-Amz-Security-Token");
            return Ok(Self { headers: names(&signed), expires: query("X-Amz-Expires"), token });
        }
        let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let signed = authorization.strip_prefix("AWS4-HMAC-SHA256").and_then(|rest| {
            rest.split(',').find_map(|part| part.trim().strip_prefix("SignedHeaders="))
        });
        let signed = signed.ok_or_else(|| s3_error!(AccessDenied, "Please use AWS4-HMAC-SHA256 (Signature Version 4)"))?;
        let token = headers.get("x-amz-security-token").and_then(|value| value.to_str().ok());
        Ok(Self { headers: names(signed), expires: None, token: token.map(str::to_owned) })
    }

    /// Refuses what AWS refuses and s3s does not.
    pub(super) fn check(&self, headers: &HeaderMap) -> S3Result {
        let covered = |name: &str| name == VERIFIED_BY_CONTENT || self.headers.iter().any(|signed| signed == name);
        let mut amz = headers.keys().map(header::HeaderName::as_str).filter(|name| name.starts_with("x-amz-"));
        if let Some(unsigned) = amz.find(|name| !covered(name)) {
            return Err(s3_error!(AccessDenied, "There were headers present in the request which were not signed: {unsigned}"));
        }
        if !covered("host") {
            return Err(s3_error!(AccessDenied, "The signature must cover the host header"));
        }
        let seconds = self.expires.as_ref().map(|expires| expires.parse::<u32>());
        if seconds.is_some_and(|seconds| !seconds.is_ok_and(|seconds| (1..=EXPIRES_SECONDS_MAX).contains(&seconds))) {
            return Err(s3_error!(
                AuthorizationQueryParametersError,
                "X-Amz-Expires must be from 1 to {EXPIRES_SECONDS_MAX} seconds"
            ));
        }
        Ok(())
    }
}

fn names(list: &str) -> Vec<String> {
    list.split(';').map(str::to_ascii_lowercase).collect()
}
