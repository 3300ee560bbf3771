//! S3's calls, each made into code here alone.
//!
//! An async function becomes code where it is awaited. A crate that awaited one of the SDK's would have the SDK's client
//! compiled into it once more, and there are ten of them; so a plain function boxes each.

use aws_sdk_s3::{
    error::SdkError,
    operation::{
        abort_multipart_upload::{
            AbortMultipartUploadError, AbortMultipartUploadOutput,
            builders::AbortMultipartUploadFluentBuilder,
        },
        copy_object::{CopyObjectError, CopyObjectOutput, builders::CopyObjectFluentBuilder},
        create_bucket::{
            CreateBucketError, CreateBucketOutput, builders::CreateBucketFluentBuilder,
        },
        delete_bucket::{
            DeleteBucketError, DeleteBucketOutput, builders::DeleteBucketFluentBuilder,
        },
        delete_object::{
            DeleteObjectError, DeleteObjectOutput, builders::DeleteObjectFluentBuilder,
        },
        get_object::{GetObjectError, GetObjectOutput, builders::GetObjectFluentBuilder},
        head_object::{HeadObjectError, HeadObjectOutput, builders::HeadObjectFluentBuilder},
        list_multipart_uploads::{
            ListMultipartUploadsError, ListMultipartUploadsOutput,
            builders::ListMultipartUploadsFluentBuilder,
        },
        list_object_versions::{
            ListObjectVersionsError, ListObjectVersionsOutput,
            builders::ListObjectVersionsFluentBuilder,
        },
        list_objects_v2::{
            ListObjectsV2Error, ListObjectsV2Output, builders::ListObjectsV2FluentBuilder,
        },
        put_object::{PutObjectError, PutObjectOutput, builders::PutObjectFluentBuilder},
    },
    primitives::{AggregatedBytes, ByteStream, ByteStreamError},
};
use futures::future::BoxFuture;

type Sent<T, E> = BoxFuture<'static, Result<T, SdkError<E>>>;

/// Name, request, what it answers, and what it fails with.
macro_rules! calls {
    ($($call:ident($request:ty) -> $answer:ty, $error:ty;)*) => {$(
        pub(crate) fn $call(request: $request) -> Sent<$answer, $error> {
            Box::pin(request.send())
        }
    )*};
}

calls! {
    put(PutObjectFluentBuilder) -> PutObjectOutput, PutObjectError;
    get(GetObjectFluentBuilder) -> GetObjectOutput, GetObjectError;
    head(HeadObjectFluentBuilder) -> HeadObjectOutput, HeadObjectError;
    copy(CopyObjectFluentBuilder) -> CopyObjectOutput, CopyObjectError;
    delete(DeleteObjectFluentBuilder) -> DeleteObjectOutput, DeleteObjectError;
    list(ListObjectsV2FluentBuilder) -> ListObjectsV2Output, ListObjectsV2Error;
    versions(ListObjectVersionsFluentBuilder) -> ListObjectVersionsOutput, ListObjectVersionsError;
    uploads(ListMultipartUploadsFluentBuilder) -> ListMultipartUploadsOutput, ListMultipartUploadsError;
    abort(AbortMultipartUploadFluentBuilder) -> AbortMultipartUploadOutput, AbortMultipartUploadError;
    create_bucket(CreateBucketFluentBuilder) -> CreateBucketOutput, CreateBucketError;
    delete_bucket(DeleteBucketFluentBuilder) -> DeleteBucketOutput, DeleteBucketError;
}

/// All of a body.
pub(super) fn collected(
    body: ByteStream,
) -> BoxFuture<'static, Result<AggregatedBytes, ByteStreamError>> {
    Box::pin(body.collect())
}
