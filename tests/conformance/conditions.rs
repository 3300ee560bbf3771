//! `If-Match`, `If-None-Match` and the dates: one winner, and nothing changed by the losers.

use aws_sdk_s3::operation::put_object::builders::PutObjectFluentBuilder;
use aws_sdk_s3::primitives::{ByteStream, DateTime};
use tokio::task::JoinSet;

use crate::backend::{Backend, refusal, status};

const RACERS: u8 = 16;

pub(crate) async fn of_sixteen_racing_creators_one_wins(backend: Backend) {
    let bucket = backend.bucket("creators").await;
    for round in 0..4 {
        let key = format!("round-{round}");
        let winners = race(|racer| {
            let put = backend.s3.put_object().bucket(&bucket).key(&key).if_none_match("*");
            put.body(ByteStream::from(vec![racer]))
        })
        .await;
        assert_eq!(winners.len(), 1, "winners of {key}");
        assert_eq!(backend.get(&bucket, &key).await, winners);
    }
}

pub(crate) async fn of_sixteen_racing_writers_with_the_same_etag_one_wins(backend: Backend) {
    let bucket = backend.bucket("writers").await;
    for round in 0..4 {
        let key = format!("round-{round}");
        let etag = backend.put(&bucket, &key, b"first").await;
        let winners = race(|racer| {
            let put = backend.s3.put_object().bucket(&bucket).key(&key).if_match(&etag);
            put.body(ByteStream::from(vec![racer]))
        })
        .await;
        assert_eq!(winners.len(), 1, "winners of {key}");
        assert_eq!(backend.get(&bucket, &key).await, winners);
    }
}

pub(crate) async fn a_write_that_names_an_etag_needs_it(backend: Backend) {
    let bucket = backend.bucket("if-match").await;
    let first = backend.put(&bucket, "a", b"first").await;
    let put = |key: &str, etag: &str| {
        backend
            .s3
            .put_object()
            .bucket(&bucket)
            .key(key)
            .if_match(etag)
            .body(ByteStream::from_static(b"next"))
            .send()
    };
    put("a", &first).await.unwrap();
    assert_eq!(refusal(put("a", &first).await), (412, "PreconditionFailed".to_owned()));
    assert_eq!(refusal(put("missing", &first).await), (404, "NoSuchKey".to_owned()));
}

pub(crate) async fn a_failed_condition_changes_nothing(backend: Backend) {
    let bucket = backend.bucket("unchanged").await;
    let first = backend.put(&bucket, "a", b"first").await;
    let put =
        || backend.s3.put_object().bucket(&bucket).key("a").body(ByteStream::from_static(b"next"));
    assert_eq!(refusal(put().if_none_match("*").send().await).0, 412);
    assert_eq!(refusal(put().if_match("\"0123456789abcdef0123456789abcdef\"").send().await).0, 412);
    let head = backend.s3.head_object().bucket(&bucket).key("a").send().await.unwrap();
    assert_eq!(head.e_tag, Some(first));
    assert_eq!(backend.get(&bucket, "a").await, b"first");
}

pub(crate) async fn reads_with_etags_and_dates(backend: Backend) {
    let bucket = backend.bucket("reads").await;
    let etag = backend.put(&bucket, "a", b"first").await;
    let modified = backend
        .s3
        .head_object()
        .bucket(&bucket)
        .key("a")
        .send()
        .await
        .unwrap()
        .last_modified
        .unwrap();
    let hour_ago = DateTime::from_secs(modified.secs() - 3600);
    let get = || backend.s3.get_object().bucket(&bucket).key("a");
    let other = "\"0123456789abcdef0123456789abcdef\"";
    assert_eq!(get().if_match(&etag).send().await.unwrap().e_tag, Some(etag.clone()));
    assert_eq!(refusal(get().if_match(other).send().await), (412, "PreconditionFailed".to_owned()));
    assert_eq!(status(get().if_none_match(&etag).send().await), 304);
    assert_eq!(get().if_none_match(other).send().await.unwrap().e_tag, Some(etag.clone()));
    assert_eq!(status(get().if_modified_since(modified).send().await), 304);
    assert_eq!(get().if_modified_since(hour_ago).send().await.unwrap().e_tag, Some(etag.clone()));
    assert_eq!(status(get().if_unmodified_since(hour_ago).send().await), 412);
    assert_eq!(get().if_unmodified_since(modified).send().await.unwrap().e_tag, Some(etag.clone()));
    let head = || backend.s3.head_object().bucket(&bucket).key("a");
    assert_eq!(status(head().if_none_match(&etag).send().await), 304);
    assert_eq!(status(head().if_match(other).send().await), 412);
}

/// Sends one put for each racer at once; what the winners sent.
async fn race(put: impl Fn(u8) -> PutObjectFluentBuilder) -> Vec<u8> {
    let mut racers = JoinSet::new();
    for racer in 0..RACERS {
        let put = put(racer);
        racers.spawn(async move { (racer, put.send().await) });
    }
    let mut winners = Vec::new();
    for (racer, outcome) in racers.join_all().await {
        match outcome {
            Ok(_) => winners.push(racer),
            Err(error) => assert!(matches!(status::<(), _>(Err(error)), 409 | 412)),
        }
    }
    winners
}
