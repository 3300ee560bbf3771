//! CopyObject.

use aws_sdk_s3::operation::copy_object::builders::CopyObjectFluentBuilder;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::MetadataDirective;

use crate::backend::{Backend, refusal};

async fn with_source(backend: &Backend, bucket: &str) -> String {
    let put = backend
        .s3
        .put_object()
        .bucket(bucket)
        .key("source/ä b+c")
        .body(ByteStream::from_static(b"hello"));
    let put = put
        .content_type("image/png")
        .cache_control("no-store")
        .metadata("camera", "one")
        .send()
        .await
        .unwrap();
    put.e_tag.unwrap()
}

fn copy(backend: &Backend, bucket: &str, to: &str) -> CopyObjectFluentBuilder {
    let source = format!("{bucket}/source/%C3%A4%20b%2Bc");
    backend.s3.copy_object().bucket(bucket).key(to).copy_source(source)
}

pub(crate) async fn carries_bytes_and_headers(backend: Backend) {
    let bucket = backend.bucket("copies").await;
    let etag = with_source(&backend, &bucket).await;
    let copied = copy(&backend, &bucket, "to").send().await.unwrap();
    assert_eq!(copied.copy_object_result.unwrap().e_tag, Some(etag));
    let got = backend.s3.get_object().bucket(&bucket).key("to").send().await.unwrap();
    assert_eq!(got.content_type.as_deref(), Some("image/png"));
    assert_eq!(got.cache_control.as_deref(), Some("no-store"));
    assert_eq!(got.metadata.unwrap().get("camera").unwrap(), "one");
    assert_eq!(got.body.collect().await.unwrap().to_vec(), b"hello");
}

pub(crate) async fn replaces_headers_when_told(backend: Backend) {
    let bucket = backend.bucket("replaces").await;
    with_source(&backend, &bucket).await;
    let copy = copy(&backend, &bucket, "to").metadata_directive(MetadataDirective::Replace);
    copy.content_type("image/webp").metadata("lens", "two").send().await.unwrap();
    let got = backend.s3.head_object().bucket(&bucket).key("to").send().await.unwrap();
    assert_eq!(got.content_type.as_deref(), Some("image/webp"));
    assert_eq!(got.cache_control, None);
    let metadata = got.metadata.unwrap();
    assert_eq!((metadata.len(), metadata["lens"].as_str()), (1, "two"));
}

pub(crate) async fn only_if_the_source_is_the_one_meant(backend: Backend) {
    let bucket = backend.bucket("source-if").await;
    let etag = with_source(&backend, &bucket).await;
    let other = "\"0123456789abcdef0123456789abcdef\"";
    let refused = copy(&backend, &bucket, "to").copy_source_if_match(other).send().await;
    assert_eq!(refusal(refused), (412, "PreconditionFailed".to_owned()));
    let refused = copy(&backend, &bucket, "to").copy_source_if_none_match(&etag).send().await;
    assert_eq!(refusal(refused), (412, "PreconditionFailed".to_owned()));
    let nothing = backend.s3.get_object().bucket(&bucket).key("to").send().await;
    assert_eq!(refusal(nothing), (404, "NoSuchKey".to_owned()));
    copy(&backend, &bucket, "to").copy_source_if_match(&etag).send().await.unwrap();
    assert_eq!(backend.get(&bucket, "to").await, b"hello");
    let missing = backend
        .s3
        .copy_object()
        .bucket(&bucket)
        .key("to")
        .copy_source(format!("{bucket}/none"))
        .send()
        .await;
    assert_eq!(refusal(missing), (404, "NoSuchKey".to_owned()));
}

pub(crate) async fn only_if_the_destination_is_free(backend: Backend) {
    let bucket = backend.bucket("free").await;
    with_source(&backend, &bucket).await;
    copy(&backend, &bucket, "to").if_none_match("*").send().await.unwrap();
    let refused = copy(&backend, &bucket, "to").if_none_match("*").send().await;
    assert_eq!(refusal(refused), (412, "PreconditionFailed".to_owned()));
}
