//! DeleteObject and DeleteObjects.

use std::sync::Arc;

use s3s::S3Result;
use s3s::dto::{
    DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput, DeletedObject,
    ETagCondition, Error, ObjectIdentifier,
};
use s3s::{S3Error, s3_error};

use super::bucket::Bucket;
use super::condition::WriteCondition;
use super::store::{Store, blocking};
use super::versions;

/// S3's own limit of one request.
const KEYS_MAX: usize = 1000;

pub(super) async fn delete_object(
    store: Arc<Store>,
    input: DeleteObjectInput,
) -> S3Result<DeleteObjectOutput> {
    blocking(move || {
        versions::check(input.version_id.as_deref())?;
        let condition = WriteCondition::new(input.if_match, None)?;
        store.bucket(&input.bucket)?.delete(&input.key, &condition)?;
        Ok(DeleteObjectOutput::default())
    })
    .await
}

pub(super) async fn delete_objects(
    store: Arc<Store>,
    input: DeleteObjectsInput,
) -> S3Result<DeleteObjectsOutput> {
    blocking(move || {
        let bucket = store.bucket(&input.bucket)?;
        if input.delete.objects.len() > KEYS_MAX {
            return Err(s3_error!(MalformedXML, "at most {KEYS_MAX} keys in one request"));
        }
        let (mut deleted, mut errors) = (Vec::new(), Vec::new());
        for object in input.delete.objects {
            let key = Some(object.key.clone());
            match delete_one(&bucket, object) {
                Ok(()) => deleted.push(DeletedObject { key, ..DeletedObject::default() }),
                Err(error) => errors.push(describe(key, &error)),
            }
        }
        let quiet = input.delete.quiet.unwrap_or(false);
        let deleted = (!quiet).then_some(deleted);
        Ok(DeleteObjectsOutput { deleted, errors: Some(errors), ..DeleteObjectsOutput::default() })
    })
    .await
}

fn delete_one(bucket: &Bucket, object: ObjectIdentifier) -> S3Result {
    versions::check(object.version_id.as_deref())?;
    let condition = WriteCondition::new(object.e_tag.map(ETagCondition::ETag), None)?;
    bucket.delete(&object.key, &condition)
}

fn describe(key: Option<String>, error: &S3Error) -> Error {
    Error {
        code: Some(error.code().as_str().to_owned()),
        key,
        message: error.message().map(str::to_owned),
        ..Error::default()
    }
}
