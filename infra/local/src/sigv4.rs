//! Verifies AWS Signature Version 4 in the `Authorization` header.
//!
//! The services of the one-machine mode take the same signed requests as AWS, so a forged, altered, stale or
//! half-signed request has to fail here exactly as it would there. The whole body is part of what is signed:
//! `UNSIGNED-PAYLOAD` and chunked signatures are S3's and are not taken.
//! Algorithm: "Create a signed AWS API request" in the AWS IAM user guide.

mod canonical;

use std::fmt;

use aws_lc_rs::{digest, hmac};
use data_encoding::HEXLOWER;
use http::request::Parts;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{Duration, OffsetDateTime, PrimitiveDateTime};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const DATE_FORMAT: &[BorrowedFormatItem<'_>] =
    format_description!("[year][month][day]T[hour][minute][second]Z");
/// How far the caller's clock may be from ours, either way; AWS allows five minutes.
const SKEW_MAX: Duration = Duration::minutes(5);

/// What a signature claims to be for: `AKID/20260102/eu-central-1/cognito-idp/aws4_request`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The key that signed.
    pub access_key: String,
    /// `YYYYMMDD`, the day that the signing key is derived for.
    pub date: String,
    /// The caller's region. Any is taken: there is one machine.
    pub region: String,
    /// The signing name of the service, for example `cognito-idp`.
    pub service: String,
}

/// A caller's key pair.
#[derive(Clone)]
pub struct AccessKey {
    /// `AWS_ACCESS_KEY_ID`.
    pub id: String,
    /// `AWS_SECRET_ACCESS_KEY`.
    pub secret: String,
}

impl AccessKey {
    /// The secret, when `scope` is of this key and asks for `service`: a lookup for [`verify`].
    pub fn secret_for(&self, scope: &Scope, service: &str) -> Option<String> {
        (scope.access_key == self.id && scope.service == service).then(|| self.secret.clone())
    }
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Why a request is not taken as signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no `Authorization` header.
    #[error("Missing Authentication Token: sign the request with Signature Version 4")]
    Missing,
    /// A part of the signature is absent or does not parse.
    #[error("the Authorization header is not a complete {ALGORITHM} signature: {0}")]
    Incomplete(&'static str),
    /// The lookup knows no such key for that service.
    #[error("The security token included in the request is invalid.")]
    UnknownKey,
    /// The clocks of caller and machine are too far apart, or the request is a replay.
    #[error("Signature expired: X-Amz-Date is more than 5 minutes from this machine's clock")]
    Skewed,
    /// Signed with another secret, or changed after signing.
    #[error(
        "The request signature we calculated does not match the signature you provided. \
         Check your AWS Secret Access Key and signing method."
    )]
    Mismatch,
}

impl Refusal {
    /// The error code that AWS services answer with.
    pub fn code(self) -> &'static str {
        match self {
            Self::Missing => "MissingAuthenticationTokenException",
            Self::Incomplete(_) => "IncompleteSignatureException",
            Self::UnknownKey => "UnrecognizedClientException",
            Self::Skewed | Self::Mismatch => "InvalidSignatureException",
        }
    }
}

/// Accepts a request whose `Authorization` header was made with the secret that `secret` returns for its scope.
///
/// `body_sha256` is [`sha256_hex`] of the body as received. `secret` returns `None` for a key that does not
/// exist or may not call that service.
pub fn verify(
    request: &Parts,
    body_sha256: &str,
    secret: impl FnOnce(&Scope) -> Option<String>,
    now: OffsetDateTime,
) -> Result<Scope, Refusal> {
    let authorization = Authorization::read(request)?;
    let date = signed_date(request, &authorization.scope, now)?;
    let secret = secret(&authorization.scope).ok_or(Refusal::UnknownKey)?;
    let canonical = canonical::request(request, &authorization.signed_headers, body_sha256)?;
    let scope = authorization.scope;
    let to_sign = format!(
        "{ALGORITHM}\n{date}\n{}/{}/{}/aws4_request\n{}",
        scope.date,
        scope.region,
        scope.service,
        sha256_hex(canonical.as_bytes())
    );
    hmac::verify(&signing_key(&secret, &scope), to_sign.as_bytes(), &authorization.signature)
        .map_err(|_| Refusal::Mismatch)?;
    Ok(scope)
}

/// Lower-case hexadecimal SHA-256.
pub fn sha256_hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(digest::digest(&digest::SHA256, bytes).as_ref())
}

fn signing_key(secret: &str, scope: &Scope) -> hmac::Key {
    let seed = format!("AWS4{secret}").into_bytes();
    let parts = [scope.date.as_str(), &scope.region, &scope.service, "aws4_request"];
    let key = |bytes: &[u8]| hmac::Key::new(hmac::HMAC_SHA256, bytes);
    parts.iter().fold(key(&seed), |parent, part| key(hmac::sign(&parent, part.as_bytes()).as_ref()))
}

fn signed_date<'r>(
    request: &'r Parts,
    scope: &Scope,
    now: OffsetDateTime,
) -> Result<&'r str, Refusal> {
    let absent = Refusal::Incomplete("X-Amz-Date is absent or not like 20260102T030405Z");
    let text =
        request.headers.get("x-amz-date").and_then(|value| value.to_str().ok()).ok_or(absent)?;
    let date = PrimitiveDateTime::parse(text, DATE_FORMAT).map_err(|_| absent)?.assume_utc();
    if (now - date).abs() > SKEW_MAX {
        return Err(Refusal::Skewed);
    }
    if !text.starts_with(&scope.date) {
        return Err(Refusal::Incomplete("the credential's date is not X-Amz-Date's"));
    }
    Ok(text)
}

struct Authorization {
    scope: Scope,
    signed_headers: Vec<String>,
    signature: Vec<u8>,
}

impl Authorization {
    fn read(request: &Parts) -> Result<Self, Refusal> {
        let header = request.headers.get(http::header::AUTHORIZATION).ok_or(Refusal::Missing)?;
        let fields = header
            .to_str()
            .ok()
            .and_then(|text| text.strip_prefix(ALGORITHM))
            .ok_or(Refusal::Incomplete("another algorithm"))?;
        let field = |name| {
            let mut named = fields.split(',').filter_map(|field| field.trim().split_once('='));
            named
                .find_map(|(key, value)| (key == name).then_some(value))
                .ok_or(Refusal::Incomplete(name))
        };
        let signature = HEXLOWER
            .decode(field("Signature")?.as_bytes())
            .map_err(|_| Refusal::Incomplete("Signature is not lower-case hexadecimal"))?;
        Ok(Self {
            scope: Scope::parse(field("Credential")?)?,
            signed_headers: field("SignedHeaders")?.split(';').map(str::to_owned).collect(),
            signature,
        })
    }
}

impl Scope {
    fn parse(credential: &str) -> Result<Self, Refusal> {
        let parts: Vec<&str> = credential.split('/').collect();
        let [access_key, date, region, service, "aws4_request"] = parts[..] else {
            return Err(Refusal::Incomplete(
                "Credential is not KEY/DATE/REGION/SERVICE/aws4_request",
            ));
        };
        Ok(Self {
            access_key: access_key.to_owned(),
            date: date.to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests;
