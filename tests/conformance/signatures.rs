//! Requests that are not, or not wholly, signed.

use std::time::Duration;

use aws_lc_rs::hmac::{self, HMAC_SHA1_FOR_LEGACY_USE_ONLY, Key};
use aws_sdk_s3::config::Credentials;
use data_encoding::BASE64;
use reqwest::Client;

use crate::backend::{Embedded, OPERATOR, OPERATOR_SECRET, client, refusal};
use crate::presigned::issued;

#[tokio::test]
async fn without_a_signature_nothing_is_answered() {
    let Embedded { backend, folder: _folder, .. } = Embedded::start().await;
    let bucket = backend.bucket("unsigned").await;
    backend.put(&bucket, "a", b"hello").await;
    let object = format!("{}/{bucket}/a", backend.endpoint);
    let http = Client::new();
    for request in [
        http.get(&object),
        http.head(&object),
        http.put(&object).body("x"),
        http.delete(&object),
        http.get(&backend.endpoint),
        http.get(format!("{}/{bucket}?list-type=2", backend.endpoint)),
    ] {
        assert_eq!(request.send().await.unwrap().status(), 403);
    }
    assert_eq!(backend.get(&bucket, "a").await, b"hello");
}

#[tokio::test]
async fn a_form_is_refused_before_it_is_read() {
    let Embedded { backend, folder: _folder, .. } = Embedded::start().await;
    let bucket = backend.bucket("form").await;
    let form = "--x\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\na\r\n\
                --x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nhello\r\n--x--\r\n";
    let post = Client::new().post(format!("{}/{bucket}", backend.endpoint)).body(form);
    let response =
        post.header("content-type", "multipart/form-data; boundary=x").send().await.unwrap();
    assert_eq!(response.status(), 501);
}

#[tokio::test]
async fn unknown_keys_and_wrong_secrets() {
    let Embedded { backend, folder: _folder, .. } = Embedded::start().await;
    let cases = [
        (Credentials::new("AKIANOBODY", OPERATOR_SECRET, None, None, "test"), "InvalidAccessKeyId"),
        (Credentials::new(OPERATOR, "wrong", None, None, "test"), "SignatureDoesNotMatch"),
        (
            Credentials::new(OPERATOR, OPERATOR_SECRET, Some("token".to_owned()), None, "test"),
            "InvalidToken",
        ),
        (
            Credentials::new("ASIAMADEUP", "guessed", Some("token".to_owned()), None, "test"),
            "SignatureDoesNotMatch",
        ),
    ];
    for (credentials, code) in cases {
        let listed = client(&backend.endpoint, credentials).list_buckets().send().await;
        assert_eq!(refusal(listed).1, code);
    }
}

#[tokio::test]
async fn a_presigned_put_does_not_become_a_copy() {
    let Embedded { backend, folder: _folder, .. } = Embedded::start().await;
    let bucket = backend.bucket("becomes").await;
    backend.put(&bucket, "secret", b"secret").await;
    let put = backend
        .s3
        .put_object()
        .bucket(&bucket)
        .key("incoming")
        .presigned(issued(Duration::ZERO))
        .await
        .unwrap();
    let copy = Client::new()
        .put(put.uri())
        .header("x-amz-copy-source", format!("{bucket}/secret"))
        .send()
        .await
        .unwrap();
    assert_eq!(copy.status(), 403);
    assert!(copy.text().await.unwrap().contains("not signed: x-amz-copy-source"));
    assert_eq!(
        backend.s3.list_objects_v2().bucket(&bucket).send().await.unwrap().key_count,
        Some(1)
    );
}

#[tokio::test]
async fn signature_version_2_is_refused() {
    let Embedded { backend, folder: _folder, .. } = Embedded::start().await;
    let bucket = backend.bucket("version-2").await;
    backend.put(&bucket, "a", b"hello").await;
    let date = "Sat, 01 Jan 2000 00:00:00 GMT";
    let key = Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, OPERATOR_SECRET.as_bytes());
    let text = format!("GET\n\n\n{date}\n/{bucket}/a");
    let signature = BASE64.encode(hmac::sign(&key, text.as_bytes()).as_ref());
    // The second one pretends to be presigned with version 4.
    for query in ["", "?X-Amz-SignedHeaders=host&X-Amz-Expires=60"] {
        let get = Client::new()
            .get(format!("{}/{bucket}/a{query}", backend.endpoint))
            .header("date", date);
        let response = get
            .header("authorization", format!("AWS {OPERATOR}:{signature}"))
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 403);
        let answer = response.text().await.unwrap();
        assert!(
            answer.contains("Signature Version 4"),
            "the signature itself must be good: {answer}"
        );
    }
}

#[tokio::test]
async fn what_is_not_implemented_says_so() {
    let Embedded { backend, folder: _folder, .. } = Embedded::start().await;
    let bucket = backend.bucket("not-here").await;
    let versioning = backend.s3.get_bucket_versioning().bucket(&bucket).send().await;
    assert_eq!(refusal(versioning), (501, "NotImplemented".to_owned()));
    let tagged = backend.s3.put_object().bucket(&bucket).key("a").tagging("a=b").send().await;
    assert_eq!(refusal(tagged), (501, "NotImplemented".to_owned()));
}
