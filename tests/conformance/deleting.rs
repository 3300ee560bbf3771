//! DeleteObject, DeleteObjects, DeleteBucket.

use aws_sdk_s3::types::{Delete, ObjectIdentifier};

use crate::backend::{Backend, refusal};

pub(crate) async fn what_is_gone_is_gone_and_deleting_twice_is_well(backend: Backend) {
    let bucket = backend.bucket("delete").await;
    backend.put(&bucket, "a", b"hello").await;
    for _ in 0..2 {
        backend.s3.delete_object().bucket(&bucket).key("a").send().await.unwrap();
    }
    let got = backend.s3.get_object().bucket(&bucket).key("a").send().await;
    assert_eq!(refusal(got), (404, "NoSuchKey".to_owned()));
    let listed = backend.s3.list_objects_v2().bucket(&bucket).send().await.unwrap();
    assert_eq!(listed.key_count, Some(0));
}

pub(crate) async fn many_at_once(backend: Backend) {
    let bucket = backend.bucket("many").await;
    for key in ["a", "b/c", "ü", "stays"] {
        backend.put(&bucket, key, b"hello").await;
    }
    let objects = ["a", "b/c", "ü", "never was"]
        .map(|key| ObjectIdentifier::builder().key(key).build().unwrap());
    let delete = Delete::builder().set_objects(Some(objects.to_vec())).build().unwrap();
    let deleted = backend.s3.delete_objects().bucket(&bucket).delete(delete).send().await.unwrap();
    assert_eq!((deleted.deleted().len(), deleted.errors().len()), (4, 0));
    let listed = backend.s3.list_objects_v2().bucket(&bucket).send().await.unwrap();
    assert_eq!(
        listed.contents().iter().filter_map(|object| object.key()).collect::<Vec<_>>(),
        ["stays"]
    );
}

pub(crate) async fn by_the_only_version_there_is(backend: Backend) {
    let bucket = backend.bucket("versions").await;
    for key in ["a", "a.b", "b"] {
        backend.put(&bucket, key, b"hello").await;
    }
    let listed = backend.s3.list_object_versions().bucket(&bucket).prefix("a").send().await;
    let listed = listed.unwrap();
    let versions: Vec<_> = listed
        .versions()
        .iter()
        .map(|version| (version.key().unwrap(), version.version_id(), version.is_latest()))
        .collect();
    assert_eq!(versions, [("a", Some("null"), Some(true)), ("a.b", Some("null"), Some(true))]);
    assert_eq!((listed.is_truncated(), listed.delete_markers().len()), (Some(false), 0));
    let deletion = backend.s3.delete_object().bucket(&bucket).key("a");
    deletion.version_id("null").send().await.unwrap();
    let left = backend.s3.list_object_versions().bucket(&bucket).send().await.unwrap();
    let left: Vec<_> = left.versions().iter().filter_map(|version| version.key()).collect();
    assert_eq!(left, ["a.b", "b"]);
}

pub(crate) async fn a_bucket_only_when_it_is_empty(backend: Backend) {
    let bucket = backend.bucket("full").await;
    backend.put(&bucket, "a", b"hello").await;
    let refused = backend.s3.delete_bucket().bucket(&bucket).send().await;
    assert_eq!(refusal(refused), (409, "BucketNotEmpty".to_owned()));
    backend.s3.delete_object().bucket(&bucket).key("a").send().await.unwrap();
    backend.s3.delete_bucket().bucket(&bucket).send().await.unwrap();
    let put = backend.s3.put_object().bucket(&bucket).key("a").send().await;
    assert_eq!(refusal(put), (404, "NoSuchBucket".to_owned()));
}
