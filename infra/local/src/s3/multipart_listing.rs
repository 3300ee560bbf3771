//! ListParts and ListMultipartUploads.

use std::sync::Arc;

use s3s::dto::{
    ETag, ListMultipartUploadsInput, ListMultipartUploadsOutput, ListPartsInput, ListPartsOutput,
    MultipartUpload, Part,
};
use s3s::{S3Result, s3_error};

use super::broken;
use super::checksum::set_checksum;
use super::listing::Names;
use super::multipart::open;
use super::object::timestamp;
use super::store::{Store, blocking};
use super::upload::Upload;

const PAGE_MAX: i32 = 1000;

pub(super) async fn list_parts(
    store: Arc<Store>,
    input: ListPartsInput,
) -> S3Result<ListPartsOutput> {
    let upload = open(&store, &input.bucket, &input.upload_id, &input.key).await?;
    blocking(move || {
        let max_parts = input.max_parts.unwrap_or(PAGE_MAX).clamp(0, PAGE_MAX);
        let after = input.part_number_marker.unwrap_or(0);
        let mut numbers = upload.part_numbers().map_err(broken)?;
        numbers.retain(|number| *number > after);
        let is_truncated = numbers.len() > usize::try_from(max_parts).unwrap_or(0);
        numbers.truncate(usize::try_from(max_parts).unwrap_or(0));
        Ok(ListPartsOutput {
            next_part_number_marker: numbers.last().copied().filter(|_| is_truncated),
            parts: Some(
                numbers.into_iter().map(|number| part(&upload, number)).collect::<S3Result<_>>()?,
            ),
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(input.upload_id),
            part_number_marker: Some(after),
            max_parts: Some(max_parts),
            is_truncated: Some(is_truncated),
            ..ListPartsOutput::default()
        })
    })
    .await
}

fn part(upload: &Upload, number: i32) -> S3Result<Part> {
    let (object, _) = upload.part(number)?;
    let mut part = Part {
        part_number: Some(number),
        e_tag: Some(ETag::Strong(object.etag.clone())),
        size: i64::try_from(object.size).ok(),
        last_modified: Some(object.modified()),
        ..Part::default()
    };
    set_checksum!(part, &object.checksum);
    Ok(part)
}

pub(super) async fn list_uploads(
    store: Arc<Store>,
    input: ListMultipartUploadsInput,
) -> S3Result<ListMultipartUploadsOutput> {
    blocking(move || {
        if input.delimiter.is_some() {
            return Err(s3_error!(NotImplemented, "delimiter of ListMultipartUploads"));
        }
        let names = Names::new(input.encoding_type.as_ref())?;
        let max_uploads = input.max_uploads.unwrap_or(PAGE_MAX).clamp(1, PAGE_MAX);
        let bucket = store.bucket(&input.bucket)?;
        let mut uploads = Upload::all(&bucket).map_err(broken)?;
        uploads.retain(|upload| {
            upload.plan.key.starts_with(input.prefix.as_deref().unwrap_or_default())
        });
        uploads.drain(..first_after(&uploads, &input));
        let is_truncated = uploads.len() > usize::try_from(max_uploads).unwrap_or(0);
        uploads.truncate(usize::try_from(max_uploads).unwrap_or(0));
        let last = uploads.last().filter(|_| is_truncated);
        Ok(ListMultipartUploadsOutput {
            next_key_marker: last.map(|upload| names.encode(upload.plan.key.clone())),
            next_upload_id_marker: last.map(|upload| upload.id.clone()),
            uploads: Some(uploads.into_iter().map(|upload| describe(&names, upload)).collect()),
            bucket: Some(input.bucket),
            prefix: input.prefix.map(|prefix| names.encode(prefix)),
            key_marker: input.key_marker.map(|marker| names.encode(marker)),
            upload_id_marker: input.upload_id_marker,
            encoding_type: input.encoding_type,
            max_uploads: Some(max_uploads),
            is_truncated: Some(is_truncated),
            ..ListMultipartUploadsOutput::default()
        })
    })
    .await
}

/// Where the page begins: after the marked upload of the marked key, or after all of that key when none is marked.
fn first_after(uploads: &[Upload], input: &ListMultipartUploadsInput) -> usize {
    let Some(key) = input.key_marker.as_deref() else {
        return 0;
    };
    let marked = uploads.iter().position(|upload| {
        upload.plan.key == key && input.upload_id_marker.as_deref() == Some(upload.id.as_str())
    });
    marked.map_or_else(
        || uploads.partition_point(|upload| upload.plan.key.as_str() <= key),
        |at| at + 1,
    )
}

fn describe(names: &Names, upload: Upload) -> MultipartUpload {
    MultipartUpload {
        initiated: Some(timestamp(upload.plan.initiated_ms)),
        key: Some(names.encode(upload.plan.key)),
        upload_id: Some(upload.id),
        ..MultipartUpload::default()
    }
}
