//! Ranges, and what is not there.

use crate::backend::{Backend, refusal, status};

pub(crate) async fn ranges(backend: Backend) {
    let bucket = backend.bucket("ranges").await;
    let body: Vec<u8> = (0..600_000_u32).map(|i| (i % 251) as u8).collect();
    backend.put(&bucket, "a", &body).await;
    let cases = [
        ("bytes=0-0", 0..1),
        ("bytes=10-19", 10..20),
        ("bytes=250000-530000", 250_000..530_001),
        ("bytes=599990-", 599_990..600_000),
        ("bytes=599990-700000", 599_990..600_000),
        ("bytes=-5", 599_995..600_000),
        ("bytes=-700000", 0..600_000),
    ];
    for (range, expected) in cases {
        let got =
            backend.s3.get_object().bucket(&bucket).key("a").range(range).send().await.unwrap();
        let described = format!("bytes {}-{}/600000", expected.start, expected.end - 1);
        assert_eq!(got.content_range.as_deref(), Some(described.as_str()), "{range}");
        assert_eq!(got.content_length, Some(i64::try_from(expected.len()).unwrap()), "{range}");
        assert!(got.body.collect().await.unwrap().to_vec() == body[expected], "bytes of {range}");
    }
    let past = backend.s3.get_object().bucket(&bucket).key("a").range("bytes=600000-").send().await;
    assert_eq!(refusal(past), (416, "InvalidRange".to_owned()));
    let head = backend
        .s3
        .head_object()
        .bucket(&bucket)
        .key("a")
        .range("bytes=10-19")
        .send()
        .await
        .unwrap();
    assert_eq!(head.content_length, Some(10));
}

pub(crate) async fn what_is_not_there(backend: Backend) {
    let bucket = backend.bucket("missing").await;
    let get = |bucket: &str| backend.s3.get_object().bucket(bucket).key("a").send();
    assert_eq!(refusal(get(&bucket).await), (404, "NoSuchKey".to_owned()));
    assert_eq!(refusal(get("no-such-bucket").await), (404, "NoSuchBucket".to_owned()));
    assert_eq!(status(backend.s3.head_object().bucket(&bucket).key("a").send().await), 404);
    assert_eq!(status(backend.s3.head_bucket().bucket("no-such-bucket").send().await), 404);
    backend.s3.head_bucket().bucket(&bucket).send().await.unwrap();
    let buckets = backend.s3.list_buckets().send().await.unwrap();
    assert!(buckets.buckets().iter().any(|known| known.name() == Some(&bucket)));
    let location = backend.s3.get_bucket_location().bucket(&bucket).send().await.unwrap();
    assert_eq!(
        location.location_constraint.map(|region| region.as_str().to_owned()).unwrap_or_default(),
        ""
    );
}
