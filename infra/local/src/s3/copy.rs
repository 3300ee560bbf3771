//! CopyObject: one object's bytes, and its headers unless others are given, under another key.

use std::fs::File;
use std::sync::Arc;

use http::HeaderMap;
use http::header::{HeaderName, IF_MATCH, IF_NONE_MATCH};
use s3s::dto::{
    CopyObjectInput, CopyObjectOutput, CopyObjectResult, CopySource, ETag, ETagCondition,
    MetadataDirective,
};
use s3s::{S3Request, S3Result, s3_error};

use super::broken;
use super::bucket::Bucket;
use super::checksum::{Algorithm, set_checksum};
use super::condition::{ReadCondition, WriteCondition};
use super::created::Reason;
use super::object::{Object, headers_of};
use super::receive::{Sums, transfer};
use super::store::{Store, blocking, now_ms};

/// Collects what a copy demands of its source.
macro_rules! source_condition {
    ($input:expr) => {
        $crate::s3::condition::ReadCondition {
            if_match: $input.copy_source_if_match.clone(),
            if_none_match: $input.copy_source_if_none_match.clone(),
            if_modified_since: $input.copy_source_if_modified_since.clone(),
            if_unmodified_since: $input.copy_source_if_unmodified_since.clone(),
        }
    };
}
pub(super) use source_condition;

pub(super) async fn copy_object(
    store: Arc<Store>,
    request: S3Request<CopyObjectInput>,
) -> S3Result<CopyObjectOutput> {
    let condition = destination_condition(&request.headers)?;
    let input = request.input;
    let result = blocking(move || copy(&store, &input, &condition)).await?;
    Ok(CopyObjectOutput { copy_object_result: Some(result), ..CopyObjectOutput::default() })
}

/// Bucket and key of a copy's source; other forms of source belong to services that are not here.
pub(super) fn source_of(source: &CopySource) -> S3Result<(&str, &str)> {
    match source {
        CopySource::Bucket { bucket, key, version_id: None } => Ok((bucket, key)),
        _ => Err(s3_error!(
            NotImplemented,
            "x-amz-copy-source must be bucket/key, without a version"
        )),
    }
}

/// Opens a copy's source, whose conditions must hold.
pub(super) fn open_source(
    store: &Store,
    source: &CopySource,
    condition: &ReadCondition,
) -> S3Result<(Object, File)> {
    let (bucket, key) = source_of(source)?;
    let (object, file) = store.bucket(bucket)?.get(key)?;
    let met = condition.check(&object.etag, &object.modified());
    met.map_err(|_| s3_error!(PreconditionFailed, "the copy source does not meet its condition"))?;
    Ok((object, file))
}

fn copy(
    store: &Store,
    input: &CopyObjectInput,
    condition: &WriteCondition,
) -> S3Result<CopyObjectResult> {
    let bucket = store.bucket(&input.bucket)?;
    let (source, file) = open_source(store, &input.copy_source, &source_condition!(input))?;
    let replaces = input
        .metadata_directive
        .as_ref()
        .is_some_and(|directive| directive.as_str() == MetadataDirective::REPLACE);
    if !replaces && source_of(&input.copy_source)? == (bucket.name.as_str(), input.key.as_str()) {
        return Err(s3_error!(
            InvalidRequest,
            "a copy onto itself must change something: send x-amz-metadata-directive: REPLACE"
        ));
    }
    let headers = if replaces { headers_of!(input) } else { source.headers.clone() };
    let object = Object { key: input.key.clone(), headers, ..source };
    store_copy(store, &bucket, object, &file, algorithm(input)?, condition)
}

fn store_copy(
    store: &Store,
    bucket: &Bucket,
    source: Object,
    file: &File,
    algorithm: Option<Algorithm>,
    condition: &WriteCondition,
) -> S3Result<CopyObjectResult> {
    let mut temp = store.temp()?;
    let mut sums =
        Sums::new(algorithm.or(source.checksum.as_ref().map(|checksum| checksum.algorithm)));
    transfer(file, 0, source.size, &mut temp, &mut sums).map_err(broken)?;
    let received = sums.finish();
    let object = Object {
        etag: received.etag(),
        checksum: received.checksum,
        modified_ms: now_ms(),
        ..source
    };
    bucket.put(&object, temp, condition)?;
    store.announce(bucket, &object, Reason::CopyObject);
    let mut result = CopyObjectResult {
        e_tag: Some(ETag::Strong(object.etag.clone())),
        last_modified: Some(object.modified()),
        ..CopyObjectResult::default()
    };
    set_checksum!(result, &object.checksum);
    Ok(result)
}

fn algorithm(input: &CopyObjectInput) -> S3Result<Option<Algorithm>> {
    input.checksum_algorithm.as_ref().map(|name| Algorithm::parse(name.as_str())).transpose()
}

/// s3s does not read these two of a copy.
fn destination_condition(headers: &HeaderMap) -> S3Result<WriteCondition> {
    let read = |name: HeaderName| -> S3Result<Option<ETagCondition>> {
        let parsed =
            headers.get(&name).map(|value| ETagCondition::parse_http_header(value.as_bytes()));
        parsed
            .transpose()
            .map_err(|source| s3_error!(source, InvalidArgument, "{name} is not an ETag"))
    };
    WriteCondition::new(read(IF_MATCH)?, read(IF_NONE_MATCH)?)
}
