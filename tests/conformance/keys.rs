//! Keys are names, not paths.

use crate::backend::{Backend, refusal, status};

pub(crate) async fn one_that_is_the_beginning_of_another(backend: Backend) {
    let bucket = backend.bucket("beginning").await;
    let keys = ["a", "a/", "a/b", "a//b"];
    for key in keys {
        backend.put(&bucket, key, key.as_bytes()).await;
    }
    for key in keys {
        assert_eq!(backend.get(&bucket, key).await, key.as_bytes());
    }
    let listed = backend.s3.list_objects_v2().bucket(&bucket).send().await.unwrap();
    let listed: Vec<_> = listed.contents().iter().filter_map(|object| object.key()).collect();
    assert_eq!(listed, ["a", "a/", "a//b", "a/b"]);
}

pub(crate) async fn segments_of_900_bytes(backend: Backend) {
    let bucket = backend.bucket("long").await;
    for key in
        ["x".repeat(900), format!("{}/{}", "y".repeat(900), "z".repeat(123)), "ü".repeat(512)]
    {
        backend.put(&bucket, &key, b"long").await;
        assert_eq!(backend.get(&bucket, &key).await, b"long");
    }
}

pub(crate) async fn dots_and_slashes_are_part_of_the_name(backend: Backend) {
    let (mine, theirs) = (backend.bucket("dots-mine").await, backend.bucket("dots-theirs").await);
    backend.put(&theirs, "secret", b"theirs").await;
    let key = format!("../{theirs}/secret");
    let get = || backend.s3.get_object().bucket(&mine).key(&key).send();
    assert_eq!(status(get().await), 404);
    // A server may refuse such a key or take it as a name; it must not take it as a path.
    let put =
        backend.s3.put_object().bucket(&mine).key(&key).body(b"mine".to_vec().into()).send().await;
    if put.is_ok() {
        assert_eq!(backend.get(&mine, &key).await, b"mine");
    }
    assert_eq!(backend.get(&theirs, "secret").await, b"theirs");
    let listed = backend.s3.list_objects_v2().bucket(&theirs).send().await.unwrap();
    assert_eq!(listed.key_count, Some(1));
    let source = format!("{mine}/../{theirs}/secret/x");
    let copy = backend.s3.copy_object().bucket(&mine).key("copy").copy_source(source).send().await;
    assert_eq!(refusal(copy), (404, "NoSuchKey".to_owned()));
}

pub(crate) async fn odd_characters_survive_every_operation(backend: Backend) {
    let bucket = backend.bucket("odd").await;
    let keys = [
        "ä b+c%d",
        "🦀/日本語",
        "a&b=c?d#e",
        "<x>'\"",
        "%2e%2e/x",
        "a:b;c,d@e$f",
        "~!*()",
        "tail ",
    ];
    for key in keys {
        backend.put(&bucket, key, key.as_bytes()).await;
        assert_eq!(backend.get(&bucket, key).await, key.as_bytes());
    }
    let mut sorted = keys;
    sorted.sort_unstable();
    let listed = backend.s3.list_objects_v2().bucket(&bucket).send().await.unwrap();
    let listed: Vec<_> = listed.contents().iter().filter_map(|object| object.key()).collect();
    assert_eq!(listed, sorted);
    for key in keys {
        backend.s3.delete_object().bucket(&bucket).key(key).send().await.unwrap();
    }
    assert_eq!(
        backend.s3.list_objects_v2().bucket(&bucket).send().await.unwrap().key_count,
        Some(0)
    );
}

pub(crate) async fn longer_than_1024_bytes_are_refused(backend: Backend) {
    let bucket = backend.bucket("too-long").await;
    backend.put(&bucket, &"k".repeat(1024), b"longest").await;
    let put = backend
        .s3
        .put_object()
        .bucket(&bucket)
        .key("k".repeat(1025))
        .body(b"x".to_vec().into())
        .send()
        .await;
    assert_eq!(refusal(put), (400, "KeyTooLongError".to_owned()));
}

pub(crate) async fn bucket_names_are_checked(backend: Backend) {
    for name in ["ab", "Upper", "under_score", "-dash", "dot..dot", "192.168.0.1"] {
        let create = backend.s3.create_bucket().bucket(name).send().await;
        assert_eq!(refusal(create), (400, "InvalidBucketName".to_owned()), "{name}");
    }
}
