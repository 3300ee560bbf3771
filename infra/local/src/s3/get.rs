//! GetObject and HeadObject: conditions, ranges, and a body read from its file as the client takes it.

use std::ops;
use std::sync::Arc;

use http::{HeaderMap, HeaderValue, header};
use s3s::dto::{
    ChecksumMode, ETag, GetObjectInput, GetObjectOutput, HeadObjectInput, HeadObjectOutput, Range,
};
use s3s::{S3Error, S3ErrorCode, S3Result, s3_error};

use super::body;
use super::broken;
use super::bucket::Bucket;
use super::checksum::set_checksum;
use super::condition::{ReadCondition, Unmet};
use super::object::{Object, timestamp};
use super::store::{Store, blocking};

/// What GET and HEAD ask for, with the same names in both inputs.
struct Wanted {
    bucket: String,
    key: String,
    condition: ReadCondition,
    range: Option<Range>,
    checksum: bool,
}

macro_rules! wanted {
    ($input:expr) => {{
        let input = $input;
        if input.part_number.is_some() {
            return Err(s3_error!(NotImplemented, "partNumber of a read; ask for a Range"));
        }
        Wanted {
            bucket: input.bucket,
            key: input.key,
            condition: ReadCondition {
                if_match: input.if_match,
                if_none_match: input.if_none_match,
                if_modified_since: input.if_modified_since,
                if_unmodified_since: input.if_unmodified_since,
            },
            range: input.range,
            checksum: input
                .checksum_mode
                .is_some_and(|mode| mode.as_str() == ChecksumMode::ENABLED),
        }
    }};
}

pub(super) async fn get_object(
    store: Arc<Store>,
    input: GetObjectInput,
) -> S3Result<GetObjectOutput> {
    let wanted = wanted!(input);
    let bucket = bucket_of(&store, &wanted)?;
    blocking(move || {
        let (object, file) = bucket.get(&wanted.key)?;
        let range = choose(&object, &wanted)?;
        let body = body::stream(file, range.clone()).map_err(broken)?;
        Ok(GetObjectOutput { body: Some(body), ..describe(object, range, &wanted) })
    })
    .await
}

pub(super) async fn head_object(
    store: Arc<Store>,
    input: HeadObjectInput,
) -> S3Result<HeadObjectOutput> {
    let wanted = wanted!(input);
    let bucket = bucket_of(&store, &wanted)?;
    blocking(move || {
        let (object, _) = bucket.get(&wanted.key)?;
        let range = choose(&object, &wanted)?;
        Ok(without_body(describe(object, range, &wanted)))
    })
    .await
}

/// What is not there costs no turn of another thread.
fn bucket_of(store: &Store, wanted: &Wanted) -> S3Result<Arc<Bucket>> {
    let bucket = store.bucket(&wanted.bucket)?;
    if bucket.surely_lacks(&wanted.key) { Err(s3_error!(NoSuchKey)) } else { Ok(bucket) }
}

/// The bytes to answer with, once the conditions hold.
fn choose(object: &Object, wanted: &Wanted) -> S3Result<ops::Range<u64>> {
    match wanted.condition.check(&object.etag, &object.modified()) {
        Err(Unmet::Precondition) => return Err(s3_error!(PreconditionFailed)),
        Err(Unmet::NotModified) => return Err(not_modified(object)),
        Ok(()) => {}
    }
    let Some(range) = wanted.range else {
        return Ok(0..object.size);
    };
    range.check(object.size).map_err(|source| unsatisfiable(object, source))
}

fn describe(object: Object, range: ops::Range<u64>, wanted: &Wanted) -> GetObjectOutput {
    let headers = object.headers;
    let content_range =
        format!("bytes {}-{}/{}", range.start, range.end.saturating_sub(1), object.size);
    let mut output = GetObjectOutput {
        accept_ranges: Some("bytes".to_owned()),
        cache_control: headers.cache_control,
        content_disposition: headers.content_disposition,
        content_encoding: headers.content_encoding,
        content_language: headers.content_language,
        content_length: i64::try_from(range.end - range.start).ok(),
        content_range: wanted.range.map(|_| content_range),
        content_type: headers.content_type.or_else(|| Some("binary/octet-stream".to_owned())),
        e_tag: Some(ETag::Strong(object.etag)),
        expires: headers.expires.map(|seconds| timestamp(seconds * 1000)),
        last_modified: Some(timestamp(object.modified_ms)),
        metadata: Some(headers.metadata.into_iter().collect()),
        ..GetObjectOutput::default()
    };
    // Of a range it would be the wrong one, and clients check what they get.
    if wanted.checksum && wanted.range.is_none() {
        set_checksum!(output, &object.checksum);
        output.checksum_type = object.checksum.map(|checksum| checksum.kind());
    }
    output
}

fn without_body(got: GetObjectOutput) -> HeadObjectOutput {
    HeadObjectOutput {
        accept_ranges: got.accept_ranges,
        cache_control: got.cache_control,
        checksum_crc32: got.checksum_crc32,
        checksum_crc32c: got.checksum_crc32c,
        checksum_crc64nvme: got.checksum_crc64nvme,
        checksum_sha1: got.checksum_sha1,
        checksum_sha256: got.checksum_sha256,
        checksum_type: got.checksum_type,
        content_disposition: got.content_disposition,
        content_encoding: got.content_encoding,
        content_language: got.content_language,
        content_length: got.content_length,
        content_range: got.content_range,
        content_type: got.content_type,
        e_tag: got.e_tag,
        expires: got.expires,
        last_modified: got.last_modified,
        metadata: got.metadata,
        ..HeadObjectOutput::default()
    }
}

/// A 304 names the `ETag` that the client may go on using (RFC 9110, section 15.4.5).
fn not_modified(object: &Object) -> S3Error {
    with_header(s3_error!(NotModified), header::ETAG, &format!("\"{}\"", object.etag))
}

fn unsatisfiable(
    object: &Object,
    source: impl std::error::Error + Send + Sync + 'static,
) -> S3Error {
    let error = S3Error::with_source(S3ErrorCode::InvalidRange, Box::new(source));
    with_header(error, header::CONTENT_RANGE, &format!("bytes */{}", object.size))
}

fn with_header(mut error: S3Error, name: header::HeaderName, value: &str) -> S3Error {
    if let Ok(value) = HeaderValue::from_str(value) {
        error.set_headers(HeaderMap::from_iter([(name, value)]));
    }
    error
}
