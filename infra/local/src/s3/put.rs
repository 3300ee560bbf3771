//! PutObject: body to disk, sums checked, condition decided, object named, listeners told.

use std::sync::Arc;

use s3s::dto::{ETag, PutObjectInput, PutObjectOutput};
use s3s::{S3Request, S3Result};

use super::checksum::{Checksum, checksum_of, set_checksum};
use super::condition::WriteCondition;
use super::created::Reason;
use super::object::{Object, headers_of};
use super::receive::{Declared, receive};
use super::store::{Store, blocking, now_ms};

pub(super) async fn put_object(
    store: Arc<Store>,
    mut request: S3Request<PutObjectInput>,
) -> S3Result<PutObjectOutput> {
    let body = request.input.body.take();
    let input = &request.input;
    let bucket = store.bucket(&input.bucket)?;
    let condition = WriteCondition::new(input.if_match.clone(), input.if_none_match.clone())?;
    let declared = Declared {
        length: input.content_length,
        md5: input.content_md5.clone(),
        checksum: checksum_of!(input)?,
        ..Declared::default()
    };
    let mut temp = store.temp()?;
    let received =
        receive(body, &mut temp, declared.with_trailer(&request.headers, request.trailing_headers))
            .await?;
    let object = Object {
        key: input.key.clone(),
        size: received.size,
        etag: received.etag(),
        modified_ms: now_ms(),
        checksum: received.checksum,
        headers: headers_of!(input),
    };
    let mut output = PutObjectOutput {
        e_tag: Some(ETag::Strong(object.etag.clone())),
        ..PutObjectOutput::default()
    };
    set_checksum!(output, &object.checksum);
    output.checksum_type = object.checksum.as_ref().map(Checksum::kind);
    blocking(move || {
        bucket.put(&object, temp, &condition)?;
        store.announce(&bucket, &object, Reason::PutObject);
        Ok(())
    })
    .await?;
    Ok(output)
}
