//! The XML of the query protocol.

use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{Response, StatusCode};
use s3s::xml::{SerResult, Serializer};
use s3s::{Body, S3Error, S3Response, S3Result};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use super::error::StsError;
use super::identity::{ACCOUNT, assumed_role_arn};
use super::session::{Session, SessionCredentials};

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";
/// An error document is a few lines.
const REFUSAL_BYTES_MAX: usize = 64 << 10;

type Xml<'a> = Serializer<&'a mut Vec<u8>>;
type Answer = S3Result<S3Response<Body>>;

/// The answer to AssumeRole.
pub(super) fn assumed(credentials: &SessionCredentials, session: &Session) -> Answer {
    let expiration =
        OffsetDateTime::from_unix_timestamp(session.expires).map_err(S3Error::internal_error)?;
    let expiration = expiration.format(&Rfc3339).map_err(S3Error::internal_error)?;
    let arn = assumed_role_arn(&session.role_arn, &session.name);
    result("AssumeRole", |xml| {
        xml.element("Credentials", |xml| {
            xml.content("AccessKeyId", &credentials.access_key_id)?;
            xml.content("SecretAccessKey", &credentials.secret_access_key)?;
            xml.content("SessionToken", &credentials.session_token)?;
            xml.content("Expiration", &expiration)
        })?;
        xml.element("AssumedRoleUser", |xml| {
            xml.content(
                "AssumedRoleId",
                &format!("{}:{}", credentials.access_key_id, session.name),
            )?;
            xml.content("Arn", &arn)
        })
    })
}

/// The answer to GetCallerIdentity.
pub(super) fn identity(arn: &str, access_key_id: &str) -> Answer {
    result("GetCallerIdentity", |xml| {
        xml.content("Arn", arn)?;
        xml.content("UserId", access_key_id)?;
        xml.content("Account", ACCOUNT)
    })
}

/// A refusal.
pub(super) fn refused(error: &StsError) -> Answer {
    let (status, code) = error.code();
    document(status, "ErrorResponse", |xml| {
        xml.element("Error", |xml| {
            xml.content("Type", if status.is_server_error() { "Receiver" } else { "Sender" })?;
            xml.content("Code", code)?;
            xml.content("Message", &error.to_string())
        })?;
        xml.content("RequestId", &request_id())
    })
}

/// Puts s3s's own refusals (a wrong signature, an unknown key) into the form that STS clients read.
pub(crate) async fn in_sts_form(response: Response<Body>) -> Response<Body> {
    let (mut parts, mut body) = response.into_parts();
    let text = body.store_all_limited(REFUSAL_BYTES_MAX).await.unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let Some(error) = text.find("<Error>").and_then(|at| text.get(at..)) else {
        return Response::from_parts(parts, Body::from(text.into_owned()));
    };
    let wrapped = if text.contains("<ErrorResponse") {
        text.into_owned()
    } else {
        format!("<ErrorResponse xmlns=\"{NAMESPACE}\">{error}</ErrorResponse>")
    };
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(wrapped))
}

fn result(action: &str, content: impl FnOnce(&mut Xml<'_>) -> SerResult) -> Answer {
    document(StatusCode::OK, &format!("{action}Response"), |xml| {
        xml.element(&format!("{action}Result"), content)?;
        xml.element("ResponseMetadata", |xml| xml.content("RequestId", &request_id()))
    })
}

fn document(
    status: StatusCode,
    root: &str,
    content: impl FnOnce(&mut Xml<'_>) -> SerResult,
) -> Answer {
    let mut text = Vec::new();
    let mut xml = Serializer::new(&mut text);
    xml.element_with_ns(root, NAMESPACE, content).map_err(S3Error::internal_error)?;
    let mut response = S3Response::with_status(Body::from(text), status);
    response.headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("text/xml"))]);
    Ok(response)
}

fn request_id() -> String {
    Uuid::new_v4().to_string()
}
