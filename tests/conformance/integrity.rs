//! What is stored is what was sent, and comes back with what was said about it.

use aws_sdk_s3::primitives::{ByteStream, DateTime};
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumMode};

use crate::backend::{Backend, refusal, status};

pub(crate) async fn a_wrong_content_md5_is_refused(backend: Backend) {
    let bucket = backend.bucket("md5").await;
    let put = |md5: &str| {
        backend
            .s3
            .put_object()
            .bucket(&bucket)
            .key("a")
            .content_md5(md5)
            .body(ByteStream::from_static(b"hello"))
            .send()
    };
    assert_eq!(refusal(put("AAAAAAAAAAAAAAAAAAAAAA==").await), (400, "BadDigest".to_owned()));
    assert_eq!(refusal(put("AAAA").await), (400, "InvalidDigest".to_owned()));
    assert_eq!(status(backend.s3.head_object().bucket(&bucket).key("a").send().await), 404);
    let etag = put("XUFAKrxLKna5cZ2REBfFkg==").await.unwrap().e_tag;
    assert_eq!(etag.as_deref(), Some("\"5d41402abc4b2a76b9719d911017c592\""));
}

pub(crate) async fn a_wrong_checksum_is_refused(backend: Backend) {
    let bucket = backend.bucket("sums").await;
    let put = |sum: &str| {
        let put = backend.s3.put_object().bucket(&bucket).key("a").checksum_sha256(sum);
        put.body(ByteStream::from_static(b"hello")).send()
    };
    let refused = put("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").await;
    assert_eq!(refusal(refused), (400, "BadDigest".to_owned()));
    assert_eq!(status(backend.s3.head_object().bucket(&bucket).key("a").send().await), 404);
    put("LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=").await.unwrap();
}

pub(crate) async fn checksums_come_back_when_asked_for(backend: Backend) {
    let bucket = backend.bucket("sums-back").await;
    let put = backend
        .s3
        .put_object()
        .bucket(&bucket)
        .key("a")
        .checksum_algorithm(ChecksumAlgorithm::Sha256);
    put.body(ByteStream::from_static(b"hello")).send().await.unwrap();
    let got = backend
        .s3
        .get_object()
        .bucket(&bucket)
        .key("a")
        .checksum_mode(ChecksumMode::Enabled)
        .send()
        .await
        .unwrap();
    assert_eq!(got.checksum_sha256(), Some("LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="));
    let head = backend
        .s3
        .head_object()
        .bucket(&bucket)
        .key("a")
        .checksum_mode(ChecksumMode::Enabled)
        .send()
        .await
        .unwrap();
    assert_eq!(head.checksum_sha256(), Some("LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="));
}

pub(crate) async fn headers_and_metadata_come_back(backend: Backend) {
    let bucket = backend.bucket("headers").await;
    let put =
        backend.s3.put_object().bucket(&bucket).key("a").body(ByteStream::from_static(b"hello"));
    let put =
        put.content_type("image/avif").cache_control("public, max-age=60").content_language("de");
    let put = put
        .content_disposition("inline")
        .content_encoding("identity")
        .expires(DateTime::from_secs(2_000_000_000));
    put.metadata("upload", "42").metadata("name", "plain").send().await.unwrap();
    let got = backend.s3.get_object().bucket(&bucket).key("a").send().await.unwrap();
    assert_eq!(got.content_type(), Some("image/avif"));
    assert_eq!(got.cache_control(), Some("public, max-age=60"));
    assert_eq!(got.content_language(), Some("de"));
    assert_eq!(got.content_disposition(), Some("inline"));
    assert_eq!(got.content_encoding(), Some("identity"));
    assert_eq!(got.expires_string(), Some("Wed, 18 May 2033 03:33:20 GMT"));
    assert_eq!(got.e_tag(), Some("\"5d41402abc4b2a76b9719d911017c592\""));
    let metadata = got.metadata().unwrap();
    assert_eq!(
        (metadata["upload"].as_str(), metadata["name"].as_str(), metadata.len()),
        ("42", "plain", 2)
    );
    backend.put(&bucket, "empty", b"").await;
    let empty = backend.s3.get_object().bucket(&bucket).key("empty").send().await.unwrap();
    assert_eq!((empty.content_length(), empty.metadata().unwrap().len()), (Some(0), 0));
    assert_eq!(empty.e_tag(), Some("\"d41d8cd98f00b204e9800998ecf8427e\""));
}
