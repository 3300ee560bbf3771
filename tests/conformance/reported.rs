//! What the server tells its own process: new objects, and how often it was asked for what.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use local::s3::Reason;

use crate::backend::Embedded;

#[tokio::test]
async fn every_object_that_was_stored_and_no_other() {
    let Embedded { backend, mut created, folder: _folder, .. } = Embedded::start().await;
    let bucket = backend.bucket("events").await;
    backend.put(&bucket, "incoming/ü", b"hello").await;
    let refused =
        backend.s3.put_object().bucket(&bucket).key("incoming/ü").if_none_match("*").send().await;
    refused.unwrap_err();
    backend
        .s3
        .copy_object()
        .bucket(&bucket)
        .key("copy")
        .copy_source(format!("{bucket}/incoming/%C3%BC"))
        .send()
        .await
        .unwrap();
    let upload = backend
        .s3
        .create_multipart_upload()
        .bucket(&bucket)
        .key("parts")
        .send()
        .await
        .unwrap()
        .upload_id;
    let upload = upload.unwrap();
    let part =
        backend.s3.upload_part().bucket(&bucket).key("parts").upload_id(&upload).part_number(1);
    let part = part.body(ByteStream::from_static(b"part")).send().await.unwrap();
    let part = CompletedPart::builder().part_number(1).set_e_tag(part.e_tag).build();
    let complete =
        backend.s3.complete_multipart_upload().bucket(&bucket).key("parts").upload_id(&upload);
    complete
        .multipart_upload(CompletedMultipartUpload::builder().parts(part).build())
        .send()
        .await
        .unwrap();
    backend.s3.delete_object().bucket(&bucket).key("copy").send().await.unwrap();

    let mut told = Vec::new();
    while let Ok(event) = created.try_recv() {
        assert_eq!(event.bucket, bucket);
        told.push((event.key, event.size, event.reason));
        if told.len() == 1 {
            assert_eq!(event.etag, "5d41402abc4b2a76b9719d911017c592");
        }
    }
    let expected = [
        ("incoming/ü".to_owned(), 5, Reason::PutObject),
        ("copy".to_owned(), 5, Reason::CopyObject),
        ("parts".to_owned(), 4, Reason::CompleteMultipartUpload),
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn requests_by_operation() {
    let Embedded { backend, server, folder: _folder, .. } = Embedded::start().await;
    let bucket = backend.bucket("counted").await;
    for _ in 0..3 {
        backend.s3.list_objects_v2().bucket(&bucket).send().await.unwrap();
    }
    backend.put(&bucket, "a", b"hello").await;
    backend.s3.get_object().bucket("no-such-bucket").key("a").send().await.unwrap_err();
    let counts: Vec<_> = server.requests().all().filter(|(_, count)| *count > 0).collect();
    assert_eq!(
        counts,
        [("CreateBucket", 1), ("GetObject", 1), ("ListObjectsV2", 3), ("PutObject", 1)]
    );
    assert_eq!(server.requests().of("ListObjectsV2"), 3);
}
