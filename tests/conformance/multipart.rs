//! Multipart uploads.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};

use crate::backend::{Backend, refusal, status};

const MIB: usize = 1 << 20;

async fn create(backend: &Backend, bucket: &str, key: &str) -> String {
    let create = backend.s3.create_multipart_upload().bucket(bucket).key(key);
    let created = create.content_type("image/tiff").metadata("camera", "one").send().await.unwrap();
    created.upload_id.unwrap()
}

async fn part(
    backend: &Backend,
    bucket: &str,
    key: &str,
    upload: &str,
    number: i32,
    size: usize,
) -> CompletedPart {
    let body = ByteStream::from(vec![u8::try_from(number).unwrap(); size]);
    let part = backend
        .s3
        .upload_part()
        .bucket(bucket)
        .key(key)
        .upload_id(upload)
        .part_number(number)
        .body(body);
    let part = part.send().await.unwrap();
    CompletedPart::builder().part_number(number).set_e_tag(part.e_tag).build()
}

fn parts(parts: &[CompletedPart]) -> CompletedMultipartUpload {
    CompletedMultipartUpload::builder().set_parts(Some(parts.to_vec())).build()
}

pub(crate) async fn parts_become_one_object(backend: Backend) {
    let bucket = backend.bucket("parts").await;
    let upload = create(&backend, &bucket, "a").await;
    // Part 2 twice: the second one counts.
    part(&backend, &bucket, "a", &upload, 2, 6 * MIB).await;
    let named = [
        part(&backend, &bucket, "a", &upload, 1, 5 * MIB).await,
        part(&backend, &bucket, "a", &upload, 2, 5 * MIB).await,
        part(&backend, &bucket, "a", &upload, 7, 3).await,
    ];
    let complete =
        backend.s3.complete_multipart_upload().bucket(&bucket).key("a").upload_id(&upload);
    let completed = complete.multipart_upload(parts(&named)).send().await.unwrap();
    assert!(
        completed.e_tag.as_deref().is_some_and(|etag| etag.ends_with("-3\"")),
        "{:?}",
        completed.e_tag
    );
    let got = backend.s3.get_object().bucket(&bucket).key("a").send().await.unwrap();
    assert_eq!((got.e_tag(), got.content_type()), (completed.e_tag(), Some("image/tiff")));
    assert_eq!(got.metadata().unwrap()["camera"], "one");
    let body = got.body.collect().await.unwrap().to_vec();
    assert!(
        body == [vec![1; 5 * MIB], vec![2; 5 * MIB], vec![7; 3]].concat(),
        "the parts in order"
    );
    let uploads = backend.s3.list_multipart_uploads().bucket(&bucket).send().await.unwrap();
    assert_eq!(uploads.uploads().len(), 0);
}

pub(crate) async fn parts_are_listed(backend: Backend) {
    let bucket = backend.bucket("listed").await;
    let upload = create(&backend, &bucket, "a").await;
    for (number, size) in [(7, 3), (1, 10), (2, 6), (2, 5)] {
        part(&backend, &bucket, "a", &upload, number, size).await;
    }
    let list = || backend.s3.list_parts().bucket(&bucket).key("a").upload_id(&upload);
    let listed = list().max_parts(2).send().await.unwrap();
    let sizes: Vec<_> =
        listed.parts().iter().map(|part| (part.part_number.unwrap(), part.size.unwrap())).collect();
    assert_eq!((sizes, listed.is_truncated()), (vec![(1, 10), (2, 5)], Some(true)));
    let rest =
        list().part_number_marker(listed.next_part_number_marker().unwrap()).send().await.unwrap();
    assert_eq!(
        (rest.parts().len(), rest.parts()[0].part_number, rest.is_truncated()),
        (1, Some(7), Some(false))
    );
}

pub(crate) async fn parts_are_checked_before_they_become_one(backend: Backend) {
    let bucket = backend.bucket("checked").await;
    let upload = create(&backend, &bucket, "a").await;
    let small = part(&backend, &bucket, "a", &upload, 1, 1024).await;
    let large = part(&backend, &bucket, "a", &upload, 2, 5 * MIB).await;
    let never = CompletedPart::builder()
        .part_number(3)
        .e_tag("\"0123456789abcdef0123456789abcdef\"")
        .build();
    let complete = async |named: &[CompletedPart]| {
        let complete =
            backend.s3.complete_multipart_upload().bucket(&bucket).key("a").upload_id(&upload);
        refusal(complete.multipart_upload(parts(named)).send().await).1
    };
    assert_eq!(complete(&[small.clone(), large.clone()]).await, "EntityTooSmall");
    assert_eq!(complete(&[large.clone(), never]).await, "InvalidPart");
    let other = CompletedPart::builder().part_number(2).set_e_tag(small.e_tag).build();
    assert_eq!(complete(&[other]).await, "InvalidPart");
    assert_eq!(status(backend.s3.head_object().bucket(&bucket).key("a").send().await), 404);
}

pub(crate) async fn parts_must_be_named_in_order(backend: Backend) {
    let bucket = backend.bucket("order").await;
    let upload = create(&backend, &bucket, "a").await;
    let first = part(&backend, &bucket, "a", &upload, 1, 5 * MIB).await;
    let second = part(&backend, &bucket, "a", &upload, 2, 5 * MIB).await;
    let complete =
        backend.s3.complete_multipart_upload().bucket(&bucket).key("a").upload_id(&upload);
    let refused = complete.multipart_upload(parts(&[second, first])).send().await;
    assert_eq!(refusal(refused), (400, "InvalidPartOrder".to_owned()));
}

pub(crate) async fn completion_can_be_conditional(backend: Backend) {
    let bucket = backend.bucket("complete-if").await;
    backend.put(&bucket, "taken", b"first").await;
    for (key, expected) in [("free", None), ("taken", Some(412))] {
        let upload = create(&backend, &bucket, key).await;
        let named = [part(&backend, &bucket, key, &upload, 1, 10).await];
        let complete =
            backend.s3.complete_multipart_upload().bucket(&bucket).key(key).upload_id(upload);
        let completed = complete.if_none_match("*").multipart_upload(parts(&named)).send().await;
        assert_eq!(completed.is_err().then(|| status(completed)), expected, "{key}");
    }
    assert_eq!(backend.get(&bucket, "taken").await, b"first");
    assert_eq!(backend.get(&bucket, "free").await, [1; 10]);
}

pub(crate) async fn uploads_are_listed_and_aborted(backend: Backend) {
    let bucket = backend.bucket("uploads").await;
    let first = create(&backend, &bucket, "in/a").await;
    let second = create(&backend, &bucket, "in/b").await;
    create(&backend, &bucket, "out/c").await;
    let listed =
        backend.s3.list_multipart_uploads().bucket(&bucket).prefix("in/").send().await.unwrap();
    let listed: Vec<_> = listed
        .uploads()
        .iter()
        .map(|upload| (upload.key().unwrap(), upload.upload_id().unwrap()))
        .collect();
    assert_eq!(listed, [("in/a", first.as_str()), ("in/b", second.as_str())]);
    part(&backend, &bucket, "in/a", &first, 1, 10).await;
    backend
        .s3
        .abort_multipart_upload()
        .bucket(&bucket)
        .key("in/a")
        .upload_id(&first)
        .send()
        .await
        .unwrap();
    let listed =
        backend.s3.list_multipart_uploads().bucket(&bucket).prefix("in/").send().await.unwrap();
    assert_eq!(listed.uploads().len(), 1);
}

pub(crate) async fn an_aborted_upload_takes_no_part(backend: Backend) {
    let bucket = backend.bucket("aborted").await;
    let upload = create(&backend, &bucket, "a").await;
    backend
        .s3
        .abort_multipart_upload()
        .bucket(&bucket)
        .key("a")
        .upload_id(&upload)
        .send()
        .await
        .unwrap();
    let late = backend.s3.upload_part().bucket(&bucket).key("a").upload_id(&upload).part_number(1);
    let late = late.body(ByteStream::from_static(b"late")).send().await;
    assert_eq!(refusal(late), (404, "NoSuchUpload".to_owned()));
}

pub(crate) async fn a_part_can_be_copied(backend: Backend) {
    let bucket = backend.bucket("part-copy").await;
    backend.put(&bucket, "source", b"0123456789").await;
    let upload = create(&backend, &bucket, "a").await;
    let copy =
        backend.s3.upload_part_copy().bucket(&bucket).key("a").upload_id(&upload).part_number(1);
    let copied = copy
        .copy_source(format!("{bucket}/source"))
        .copy_source_range("bytes=2-5")
        .send()
        .await
        .unwrap();
    let etag = copied.copy_part_result.unwrap().e_tag;
    let named = [CompletedPart::builder().part_number(1).set_e_tag(etag).build()];
    let complete =
        backend.s3.complete_multipart_upload().bucket(&bucket).key("a").upload_id(&upload);
    complete.multipart_upload(parts(&named)).send().await.unwrap();
    assert_eq!(backend.get(&bucket, "a").await, b"2345");
}
