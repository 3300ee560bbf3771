//! Who may do what: every request is authenticated, and judged by the caller's policies, before its body is read.
//!
//! s3s verifies the signature with the secret from here and then asks [`Access`]. What it leaves open is closed here:
//! SigV2, which never expires; `x-amz-*` headers that the signature does not cover (a presigned PUT must not become a
//! copy because its holder adds `x-amz-copy-source`); URLs presigned for longer than AWS allows.

use std::sync::Arc;

use async_trait::async_trait;
use http::StatusCode;
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{S3Auth, SecretKey};
use s3s::dto::{
    CopyObjectInput, CopySource, DeleteObjectsInput, ListMultipartUploadsInput,
    ListObjectVersionsInput, ListObjectsInput, ListObjectsV2Input, UploadPartCopyInput,
};
use s3s::path::S3Path;
use s3s::{S3Error, S3ErrorCode, S3Request, S3Result, s3_error};
use time::OffsetDateTime;

use super::copy::source_of;
use super::requests::{Operation, Requests};
use super::signed::Signed;
use crate::sts::{Caller, Identities, Request, SessionError};

/// Headers that ask for something that is not done here; to ignore them would be a lie.
const NOT_IMPLEMENTED: [&str; 5] = [
    "x-amz-server-side-encryption-customer-algorithm",
    "x-amz-tagging",
    "x-amz-object-lock-mode",
    "x-amz-object-lock-legal-hold",
    "x-amz-write-offset-bytes",
];

/// Gives s3s the secret of an access key id.
#[derive(Debug)]
pub(super) struct Auth(pub(super) Arc<Identities>);

#[async_trait]
impl S3Auth for Auth {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        self.0.secret(access_key).map(SecretKey::from).ok_or_else(|| s3_error!(InvalidAccessKeyId))
    }
}

/// Judges requests whose signature is good.
#[derive(Debug)]
pub(super) struct Access {
    pub(super) identities: Arc<Identities>,
    pub(super) requests: Arc<Requests>,
}

#[async_trait]
impl S3Access for Access {
    async fn check(&self, cx: &mut S3AccessContext<'_>) -> S3Result<()> {
        let name = cx.s3_op().name();
        self.requests.count(name);
        let operation = Operation::named(name)
            .ok_or_else(|| s3_error!(NotImplemented, "{name} is not implemented"))?;
        if let Some(header) =
            NOT_IMPLEMENTED.iter().find(|header| cx.headers().contains_key(**header))
        {
            return Err(s3_error!(NotImplemented, "the header {header} is not implemented"));
        }
        let caller = self.caller(cx)?;
        // Five operations are judged by more than their path, below.
        if !matches!(
            name,
            "ListObjects"
                | "ListObjectsV2"
                | "ListObjectVersions"
                | "ListMultipartUploads"
                | "DeleteObjects"
        ) {
            require(&caller, operation.action, &arn_of(cx.s3_path()), None)?;
        }
        cx.extensions_mut().insert(Arc::new(caller));
        Ok(())
    }

    async fn list_objects(&self, request: &mut S3Request<ListObjectsInput>) -> S3Result<()> {
        let input = &request.input;
        require(
            caller_of(request)?,
            "s3:ListBucket",
            &bucket_arn(&input.bucket),
            input.prefix.as_deref(),
        )
    }

    async fn list_objects_v2(&self, request: &mut S3Request<ListObjectsV2Input>) -> S3Result<()> {
        let input = &request.input;
        require(
            caller_of(request)?,
            "s3:ListBucket",
            &bucket_arn(&input.bucket),
            input.prefix.as_deref(),
        )
    }

    async fn list_object_versions(
        &self,
        request: &mut S3Request<ListObjectVersionsInput>,
    ) -> S3Result<()> {
        let input = &request.input;
        let action = "s3:ListBucketVersions";
        require(caller_of(request)?, action, &bucket_arn(&input.bucket), input.prefix.as_deref())
    }

    async fn list_multipart_uploads(
        &self,
        request: &mut S3Request<ListMultipartUploadsInput>,
    ) -> S3Result<()> {
        let input = &request.input;
        let action = "s3:ListBucketMultipartUploads";
        require(caller_of(request)?, action, &bucket_arn(&input.bucket), input.prefix.as_deref())
    }

    /// One key that may not be deleted refuses the whole request; AWS would delete the others.
    async fn delete_objects(&self, request: &mut S3Request<DeleteObjectsInput>) -> S3Result<()> {
        let caller = caller_of(request)?;
        let input = &request.input;
        let mut keys = input.delete.objects.iter().map(|object| &object.key);
        keys.try_for_each(|key| {
            require(caller, "s3:DeleteObject", &object_arn(&input.bucket, key), None)
        })
    }

    async fn copy_object(&self, request: &mut S3Request<CopyObjectInput>) -> S3Result<()> {
        require_source(caller_of(request)?, &request.input.copy_source)
    }

    async fn upload_part_copy(&self, request: &mut S3Request<UploadPartCopyInput>) -> S3Result<()> {
        require_source(caller_of(request)?, &request.input.copy_source)
    }
}

impl Access {
    fn caller(&self, cx: &S3AccessContext<'_>) -> S3Result<Caller> {
        let Some(credentials) = cx.credentials() else {
            return Err(s3_error!(AccessDenied, "Anonymous access is forbidden: sign the request"));
        };
        let signed = Signed::read(cx.uri(), cx.headers())?;
        signed.check(cx.headers())?;
        let now = OffsetDateTime::now_utc();
        let caller = self.identities.caller(&credentials.access_key, signed.token.as_deref(), now);
        caller.map_err(|error| match error {
            SessionError::Invalid => s3_error!(error, InvalidToken, "{error}"),
            SessionError::Expired => s3_error!(error, ExpiredToken, "{error}"),
        })
    }
}

/// Whom [`Access::check`] found; every later check of the request fails without it.
fn caller_of<T>(request: &S3Request<T>) -> S3Result<&Caller> {
    let caller = request.extensions.get::<Arc<Caller>>();
    caller.map(AsRef::as_ref).ok_or_else(|| s3_error!(AccessDenied))
}

/// Whether it may not learn that an object is missing: who may not list the bucket is told 403, as at AWS.
pub(super) fn hides_absence<T>(request: &S3Request<T>, bucket: &str) -> bool {
    let resource = &bucket_arn(bucket);
    let list = Request { action: "s3:ListBucket", resource, prefix: None };
    !caller_of(request).is_ok_and(|caller| caller.allows(list))
}

pub(super) fn conceal(error: S3Error, hidden: bool) -> S3Error {
    let absent = matches!(error.code(), S3ErrorCode::NoSuchKey)
        || error.status_code() == Some(StatusCode::NOT_FOUND);
    if hidden && absent { s3_error!(AccessDenied) } else { error }
}

fn require(caller: &Caller, action: &str, resource: &str, prefix: Option<&str>) -> S3Result<()> {
    if caller.allows(Request { action, resource, prefix }) {
        return Ok(());
    }
    let arn = &caller.arn;
    Err(s3_error!(
        AccessDenied,
        "User: {arn} is not authorized to perform: {action} on resource: {resource}"
    ))
}

/// A copy reads its source with the caller's rights.
fn require_source(caller: &Caller, source: &CopySource) -> S3Result<()> {
    let (bucket, key) = source_of(source)?;
    require(caller, "s3:GetObject", &object_arn(bucket, key), None)
}

fn arn_of(path: &S3Path) -> String {
    match path {
        S3Path::Root => "*".to_owned(),
        S3Path::Bucket { bucket } => bucket_arn(bucket),
        S3Path::Object { bucket, key } => object_arn(bucket, key),
    }
}

fn bucket_arn(bucket: &str) -> String {
    format!("arn:aws:s3:::{bucket}")
}

fn object_arn(bucket: &str, key: &str) -> String {
    format!("arn:aws:s3:::{bucket}/{key}")
}
