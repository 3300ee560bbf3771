//! The operations on buckets themselves.

use std::sync::Arc;

use s3s::S3Result;
use s3s::dto::{
    self, BucketLocationConstraint, CreateBucketInput, CreateBucketOutput, DeleteBucketInput,
    DeleteBucketOutput, GetBucketLocationInput, GetBucketLocationOutput, HeadBucketInput,
    HeadBucketOutput, ListBucketsOutput, Owner,
};

use super::object::timestamp;
use super::store::{Store, blocking};

/// The region whose `LocationConstraint` is empty.
const REGION_WITHOUT_NAME: &str = "us-east-1";

pub(super) async fn create(
    store: Arc<Store>,
    input: CreateBucketInput,
) -> S3Result<CreateBucketOutput> {
    let location = Some(format!("/{}", input.bucket));
    blocking(move || store.create_bucket(&input.bucket)).await?;
    Ok(CreateBucketOutput { location })
}

pub(super) fn head(store: &Store, input: &HeadBucketInput) -> S3Result<HeadBucketOutput> {
    store.bucket(&input.bucket)?;
    Ok(HeadBucketOutput {
        bucket_region: Some(store.region.clone()),
        ..HeadBucketOutput::default()
    })
}

pub(super) fn location(
    store: &Store,
    input: &GetBucketLocationInput,
) -> S3Result<GetBucketLocationOutput> {
    store.bucket(&input.bucket)?;
    let named = Some(store.region.clone()).filter(|region| region != REGION_WITHOUT_NAME);
    Ok(GetBucketLocationOutput { location_constraint: named.map(BucketLocationConstraint::from) })
}

pub(super) fn list(store: &Store) -> ListBucketsOutput {
    let describe = |bucket: Arc<super::bucket::Bucket>| dto::Bucket {
        name: Some(bucket.name.clone()),
        creation_date: Some(timestamp(bucket.created_ms)),
        ..dto::Bucket::default()
    };
    ListBucketsOutput {
        buckets: Some(store.buckets().into_iter().map(describe).collect()),
        owner: Some(Owner { id: Some("darkroom".to_owned()), display_name: None }),
        ..ListBucketsOutput::default()
    }
}

pub(super) async fn delete(
    store: Arc<Store>,
    input: DeleteBucketInput,
) -> S3Result<DeleteBucketOutput> {
    blocking(move || store.delete_bucket(&input.bucket)).await?;
    Ok(DeleteBucketOutput {})
}
