//! What a session may do, asked of S3 itself.

use std::time::Duration;

use aws_sdk_s3::types::{Delete, ObjectIdentifier};

use crate::backend::{client, refusal, status};
use crate::customer::{Customer, assume, assumed, customer};
use crate::presigned::{issued, send};

const DENIED: (u16, &str) = (403, "AccessDenied");

macro_rules! denied {
    ($request:expr) => {
        let (status, code) = refusal($request.send().await);
        assert_eq!((status, code.as_str()), DENIED, "{}", stringify!($request));
    };
}

#[tokio::test]
async fn a_session_reaches_its_prefix_and_nothing_else() {
    let Customer { embedded, bucket, other, session } = customer().await;
    session.get_object().bucket(&bucket).key("mine/a").send().await.unwrap();
    session.head_object().bucket(&bucket).key("mine/a").send().await.unwrap();
    session.put_object().bucket(&bucket).key("mine/b").send().await.unwrap();
    session.delete_object().bucket(&bucket).key("mine/b").send().await.unwrap();
    for (bucket, key) in
        [(&bucket, "yours/a"), (&other, "mine/a"), (&bucket, "mine"), (&bucket, "none")]
    {
        denied!(session.get_object().bucket(bucket).key(key));
        assert_eq!(status(session.head_object().bucket(bucket).key(key).send().await), 403);
        denied!(session.put_object().bucket(bucket).key(key));
        denied!(session.delete_object().bucket(bucket).key(key));
        denied!(session.create_multipart_upload().bucket(bucket).key(key));
        denied!(session.delete_objects().bucket(bucket).delete(keys(&["mine/a", key])));
    }
    // Its right to list holds for a prefix only, so it does not learn what is missing.
    denied!(session.get_object().bucket(&bucket).key("mine/none"));
    assert_eq!(status(session.head_object().bucket(&bucket).key("mine/none").send().await), 403);
    denied!(session.list_buckets());
    denied!(session.create_bucket().bucket("new-bucket"));
    denied!(session.delete_bucket().bucket(&bucket));
    assert_eq!(embedded.backend.get(&other, "mine/a").await, b"hello");
    assert_eq!(embedded.backend.get(&bucket, "mine/a").await, b"hello");
}

fn keys(keys: &[&str]) -> Delete {
    let object = |key: &&str| ObjectIdentifier::builder().key(*key).build().unwrap();
    Delete::builder().set_objects(Some(keys.iter().map(object).collect())).build().unwrap()
}

#[tokio::test]
async fn a_session_lists_its_prefix_and_nothing_else() {
    let Customer { embedded: _embedded, bucket, other, session } = customer().await;
    let listed = session.list_objects_v2().bucket(&bucket).prefix("mine/").send().await.unwrap();
    assert_eq!(listed.key_count, Some(1));
    denied!(session.list_objects_v2().bucket(&bucket));
    denied!(session.list_objects_v2().bucket(&bucket).prefix(""));
    denied!(session.list_objects_v2().bucket(&bucket).prefix("yours/"));
    denied!(session.list_objects_v2().bucket(&other).prefix("mine/"));
    denied!(session.list_objects().bucket(&bucket).prefix("yours/"));
    denied!(session.list_multipart_uploads().bucket(&bucket));
    assert_eq!(status(session.head_bucket().bucket(&other).send().await), 403);
}

#[tokio::test]
async fn a_copy_reads_its_source_with_the_sessions_rights() {
    let Customer { embedded: _embedded, bucket, other, session } = customer().await;
    let copy =
        |from: String| session.copy_object().bucket(&bucket).key("mine/copy").copy_source(from);
    denied!(copy(format!("{bucket}/yours/a")));
    denied!(copy(format!("{other}/mine/a")));
    denied!(copy(format!("/{other}/mine/a")));
    denied!(copy(format!("{other}%2Fmine%2Fa")));
    denied!(
        session
            .copy_object()
            .bucket(&bucket)
            .key("yours/b")
            .copy_source(format!("{bucket}/mine/a"))
    );
    copy(format!("{bucket}/mine/a")).send().await.unwrap();
    let upload = session
        .create_multipart_upload()
        .bucket(&bucket)
        .key("mine/parts")
        .send()
        .await
        .unwrap()
        .upload_id;
    let part = session
        .upload_part_copy()
        .bucket(&bucket)
        .key("mine/parts")
        .set_upload_id(upload)
        .part_number(1);
    denied!(part.copy_source(format!("{other}/mine/a")));
}

#[tokio::test]
async fn a_presigned_url_has_the_sessions_rights() {
    let Customer { embedded: _embedded, bucket, other, session } = customer().await;
    let get = async |bucket: &str, key: &str| {
        let get = session
            .get_object()
            .bucket(bucket)
            .key(key)
            .presigned(issued(Duration::ZERO))
            .await
            .unwrap();
        send(&get, b"").await
    };
    assert_eq!(get(&bucket, "mine/a").await, (200, "hello".to_owned()));
    assert_eq!(get(&bucket, "yours/a").await.0, 403);
    assert_eq!(get(&other, "mine/a").await.0, 403);
    let put = session
        .put_object()
        .bucket(&other)
        .key("mine/b")
        .presigned(issued(Duration::ZERO))
        .await
        .unwrap();
    assert_eq!(send(&put, b"x").await.0, 403);
}

#[tokio::test]
async fn a_session_policy_gives_nothing_that_the_role_does_not() {
    let Customer { embedded, bucket, other, .. } = customer().await;
    let everything =
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    let endpoint = &embedded.backend.endpoint;
    let session = client(endpoint, assumed(assume(endpoint, &bucket).policy(everything)).await);
    session.get_object().bucket(&bucket).key("yours/a").send().await.unwrap();
    denied!(session.get_object().bucket(&other).key("mine/a"));
    denied!(session.list_buckets());
}
