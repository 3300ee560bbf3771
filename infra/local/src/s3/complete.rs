//! CompleteMultipartUpload: the named parts, checked and put together, become one object.

use std::fs::File;
use std::sync::Arc;

use data_encoding::HEXLOWER;
use md5::{Digest, Md5};
use s3s::dto::{CompleteMultipartUploadInput, CompleteMultipartUploadOutput, CompletedPart, ETag};
use s3s::{S3Result, s3_error};

use super::broken;
use super::checksum::{Checksum, checksum_of, set_checksum};
use super::condition::WriteCondition;
use super::created::Reason;
use super::multipart::open;
use super::object::Object;
use super::receive::{Sums, transfer};
use super::store::{Store, blocking, now_ms};
use super::temp::Temp;
use super::upload::Upload;

/// Only the last part may be smaller.
const PART_BYTES_MIN: u64 = 5 << 20;

type Part = (Object, File);

pub(super) async fn complete(
    store: Arc<Store>,
    input: CompleteMultipartUploadInput,
) -> S3Result<CompleteMultipartUploadOutput> {
    let upload = open(&store, &input.bucket, &input.upload_id, &input.key).await?;
    blocking(move || {
        let condition = WriteCondition::new(input.if_match.clone(), input.if_none_match.clone())?;
        let parts = named_parts(&upload, &input)?;
        let mut temp = store.temp()?;
        let object = assemble(&upload, &parts, &mut temp)?;
        check_checksum(&object, checksum_of!(input)?)?;
        let bucket = store.bucket(&input.bucket)?;
        bucket.put(&object, temp, &condition)?;
        store.announce(&bucket, &object, Reason::CompleteMultipartUpload);
        upload.remove(&store).map_err(broken)?;
        Ok(output(input, &object))
    })
    .await
}

/// Opens the parts that the client names: in order, as it knows them, and large enough.
fn named_parts(upload: &Upload, input: &CompleteMultipartUploadInput) -> S3Result<Vec<Part>> {
    let named = input
        .multipart_upload
        .as_ref()
        .and_then(|upload| upload.parts.as_deref())
        .unwrap_or_default();
    if named.is_empty() {
        return Err(s3_error!(MalformedXML, "You must specify at least one part"));
    }
    if !named.is_sorted_by(|a, b| a.part_number < b.part_number) {
        return Err(s3_error!(InvalidPartOrder));
    }
    let parts = named.iter().map(|part| named_part(upload, part)).collect::<S3Result<Vec<_>>>()?;
    match parts.split_last() {
        Some((_, others)) if others.iter().any(|(part, _)| part.size < PART_BYTES_MIN) => {
            Err(s3_error!(EntityTooSmall))
        }
        _ => Ok(parts),
    }
}

fn named_part(upload: &Upload, named: &CompletedPart) -> S3Result<Part> {
    let (part, file) = upload.part(named.part_number.unwrap_or_default())?;
    if named.e_tag.as_ref().map(ETag::value) != Some(part.etag.as_str()) {
        return Err(s3_error!(
            InvalidPart,
            "a part's ETag is not the one of the part that was uploaded"
        ));
    }
    match (checksum_of!(named)?, &part.checksum) {
        (Some(sent), Some(kept))
            if sent.algorithm == kept.algorithm && sent.value != kept.value =>
        {
            Err(s3_error!(
                InvalidPart,
                "a part's checksum is not the one of the part that was uploaded"
            ))
        }
        _ => Ok((part, file)),
    }
}

fn assemble(upload: &Upload, parts: &[Part], temp: &mut Temp) -> S3Result<Object> {
    let plan = &upload.plan;
    let mut sums = Sums::new(plan.algorithm.filter(|_| plan.full_object));
    for (part, file) in parts {
        transfer(file, 0, part.size, temp, &mut sums).map_err(broken)?;
    }
    let whole = sums.finish();
    Ok(Object {
        key: plan.key.clone(),
        size: whole.size,
        etag: etag(parts).ok_or_else(|| s3_error!(InternalError))?,
        modified_ms: now_ms(),
        checksum: if plan.full_object { whole.checksum } else { composite(parts) },
        headers: plan.headers.clone(),
    })
}

/// S3's `ETag` of a multipart object: MD5 of the parts' MD5s, and their number.
fn etag(parts: &[Part]) -> Option<String> {
    let mut md5 = Md5::new();
    for (part, _) in parts {
        md5.update(HEXLOWER.decode(part.etag.as_bytes()).ok()?);
    }
    Some(format!("{}-{}", HEXLOWER.encode(&md5.finalize()), parts.len()))
}

fn composite(parts: &[Part]) -> Option<Checksum> {
    let sums: Option<Vec<_>> = parts.iter().map(|(part, _)| part.checksum.clone()).collect();
    Checksum::composite(&sums?)
}

fn check_checksum(object: &Object, sent: Option<Checksum>) -> S3Result {
    match (sent, &object.checksum) {
        (Some(sent), Some(made))
            if sent.algorithm == made.algorithm && !made.agrees_with(&sent.value) =>
        {
            Err(Checksum::mismatch(made.algorithm))
        }
        _ => Ok(()),
    }
}

fn output(input: CompleteMultipartUploadInput, object: &Object) -> CompleteMultipartUploadOutput {
    let mut output = CompleteMultipartUploadOutput {
        location: Some(format!("/{}/{}", input.bucket, input.key)),
        bucket: Some(input.bucket),
        key: Some(input.key),
        e_tag: Some(ETag::Strong(object.etag.clone())),
        checksum_type: object.checksum.as_ref().map(Checksum::kind),
        ..CompleteMultipartUploadOutput::default()
    };
    set_checksum!(output, &object.checksum);
    output
}
