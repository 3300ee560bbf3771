//! Multipart uploads but for their completion: create, upload a part, copy a part, abort, list.

use std::sync::Arc;

use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, ChecksumType, CopyPartResult,
    CreateMultipartUploadInput, CreateMultipartUploadOutput, ETag, Range, UploadPartCopyInput,
    UploadPartCopyOutput, UploadPartInput, UploadPartOutput,
};
use s3s::{S3Request, S3Result, s3_error};

use super::broken;
use super::checksum::{Algorithm, checksum_of, set_checksum};
use super::copy::{open_source, source_condition};
use super::object::{Headers, Object, headers_of};
use super::receive::{Declared, Received, Sums, receive, transfer};
use super::store::{Store, blocking, now_ms};
use super::upload::{Plan, Upload};

pub(super) async fn create(
    store: Arc<Store>,
    input: CreateMultipartUploadInput,
) -> S3Result<CreateMultipartUploadOutput> {
    blocking(move || {
        let algorithm = input
            .checksum_algorithm
            .as_ref()
            .map(|name| Algorithm::parse(name.as_str()))
            .transpose()?;
        let plan = Plan {
            key: input.key.clone(),
            initiated_ms: now_ms(),
            algorithm,
            full_object: full_object(algorithm, input.checksum_type.as_ref())?,
            headers: headers_of!(input),
        };
        let bucket = store.bucket(&input.bucket)?;
        let upload = Upload::create(&store, &bucket, plan).map_err(broken)?;
        Ok(CreateMultipartUploadOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(upload.id),
            checksum_algorithm: input.checksum_algorithm,
            checksum_type: input.checksum_type,
            ..CreateMultipartUploadOutput::default()
        })
    })
    .await
}

pub(super) async fn upload_part(
    store: Arc<Store>,
    mut request: S3Request<UploadPartInput>,
) -> S3Result<UploadPartOutput> {
    let body = request.input.body.take();
    let input = &request.input;
    let upload = open(&store, &input.bucket, &input.upload_id, &input.key).await?;
    let declared = Declared {
        length: input.content_length,
        md5: input.content_md5.clone(),
        checksum: checksum_of!(input)?,
        algorithm: upload.plan.algorithm,
        ..Declared::default()
    };
    let mut temp = store.temp()?;
    let received =
        receive(body, &mut temp, declared.with_trailer(&request.headers, request.trailing_headers))
            .await?;
    let part = part(&upload, received);
    let mut output = UploadPartOutput {
        e_tag: Some(ETag::Strong(part.etag.clone())),
        ..UploadPartOutput::default()
    };
    set_checksum!(output, &part.checksum);
    let number = input.part_number;
    blocking(move || upload.put_part(number, &part, temp)).await?;
    Ok(output)
}

pub(super) async fn upload_part_copy(
    store: Arc<Store>,
    input: UploadPartCopyInput,
) -> S3Result<UploadPartCopyOutput> {
    let upload = open(&store, &input.bucket, &input.upload_id, &input.key).await?;
    let result = blocking(move || copy_part(&store, &upload, &input)).await?;
    Ok(UploadPartCopyOutput { copy_part_result: Some(result), ..UploadPartCopyOutput::default() })
}

pub(super) async fn abort(
    store: Arc<Store>,
    input: AbortMultipartUploadInput,
) -> S3Result<AbortMultipartUploadOutput> {
    let upload = open(&store, &input.bucket, &input.upload_id, &input.key).await?;
    blocking(move || upload.remove(&store).map_err(broken)).await?;
    Ok(AbortMultipartUploadOutput::default())
}

/// Finds an upload without blocking the caller's thread.
pub(super) async fn open(
    store: &Arc<Store>,
    bucket: &str,
    id: &str,
    key: &str,
) -> S3Result<Upload> {
    let bucket = store.bucket(bucket)?;
    let (id, key) = (id.to_owned(), key.to_owned());
    blocking(move || Upload::open(&bucket, &id, &key)).await
}

fn copy_part(
    store: &Store,
    upload: &Upload,
    input: &UploadPartCopyInput,
) -> S3Result<CopyPartResult> {
    let (source, file) = open_source(store, &input.copy_source, &source_condition!(input))?;
    let range = match &input.copy_source_range {
        None => 0..source.size,
        Some(range) => Range::parse(range)
            .map_err(|source| {
                s3_error!(
                    source,
                    InvalidArgument,
                    "x-amz-copy-source-range must be bytes=first-last"
                )
            })?
            .check(source.size)
            .map_err(|source| s3_error!(source, InvalidRange))?,
    };
    let mut temp = store.temp()?;
    let mut sums = Sums::new(upload.plan.algorithm);
    transfer(&file, range.start, range.end - range.start, &mut temp, &mut sums).map_err(broken)?;
    let part = part(upload, sums.finish());
    upload.put_part(input.part_number, &part, temp)?;
    let mut result = CopyPartResult {
        e_tag: Some(ETag::Strong(part.etag.clone())),
        last_modified: Some(part.modified()),
        ..CopyPartResult::default()
    };
    set_checksum!(result, &part.checksum);
    Ok(result)
}

fn part(upload: &Upload, received: Received) -> Object {
    Object {
        key: upload.plan.key.clone(),
        size: received.size,
        etag: received.etag(),
        modified_ms: now_ms(),
        checksum: received.checksum,
        headers: Headers::default(),
    }
}

/// CRC-64 exists only of whole objects, the SHAs only of parts; the other two are of parts unless asked otherwise.
fn full_object(algorithm: Option<Algorithm>, kind: Option<&ChecksumType>) -> S3Result<bool> {
    let full = kind.map(|kind| kind.as_str() == ChecksumType::FULL_OBJECT);
    match (algorithm, full) {
        (Some(Algorithm::Crc64nvme), Some(false)) => {
            Err(s3_error!(InvalidRequest, "CRC64NVME is of the FULL_OBJECT"))
        }
        (Some(Algorithm::Sha1 | Algorithm::Sha256), Some(true)) => {
            Err(s3_error!(InvalidRequest, "SHA checksums are COMPOSITE"))
        }
        (Some(Algorithm::Crc64nvme), None) => Ok(true),
        (_, full) => Ok(full.unwrap_or(false)),
    }
}
