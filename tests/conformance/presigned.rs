//! URLs that carry their signature.

use std::time::{Duration, SystemTime};

use aws_sdk_s3::presigning::{PresignedRequest, PresigningConfig};

use crate::backend::Backend;

/// Good for a minute, from so long ago.
pub(crate) fn issued(ago: Duration) -> PresigningConfig {
    let start = SystemTime::now() - ago;
    PresigningConfig::builder()
        .start_time(start)
        .expires_in(Duration::from_mins(1))
        .build()
        .unwrap()
}

/// Sends a presigned request as a browser would, with its headers.
pub(crate) async fn send(presigned: &PresignedRequest, body: &'static [u8]) -> (u16, String) {
    send_to(presigned, presigned.uri(), body).await
}

async fn send_to(presigned: &PresignedRequest, uri: &str, body: &'static [u8]) -> (u16, String) {
    let mut request =
        reqwest::Client::new().request(presigned.method().parse().unwrap(), uri).body(body);
    for (name, value) in presigned.headers() {
        request = request.header(name, value);
    }
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

pub(crate) async fn puts_and_gets(backend: Backend) {
    let bucket = backend.bucket("presigned").await;
    let now = issued(Duration::ZERO);
    let put = backend
        .s3
        .put_object()
        .bucket(&bucket)
        .key("a b/ü")
        .content_type("image/png")
        .content_length(5);
    let put = put.presigned(now.clone()).await.unwrap();
    assert_eq!(send(&put, b"hello").await.0, 200);
    let got = backend.s3.get_object().bucket(&bucket).key("a b/ü").presigned(now).await.unwrap();
    assert_eq!(send(&got, b"").await, (200, "hello".to_owned()));
    let head = backend.s3.head_object().bucket(&bucket).key("a b/ü").send().await.unwrap();
    assert_eq!(head.content_type(), Some("image/png"));
}

pub(crate) async fn is_refused_when_it_has_expired(backend: Backend) {
    let bucket = backend.bucket("expired").await;
    backend.put(&bucket, "a", b"hello").await;
    let get = async |ago| {
        let get = backend
            .s3
            .get_object()
            .bucket(&bucket)
            .key("a")
            .presigned(issued(Duration::from_secs(ago)))
            .await;
        send(&get.unwrap(), b"").await.0
    };
    assert_eq!((get(50).await, get(61).await), (200, 403));
    let put = backend
        .s3
        .put_object()
        .bucket(&bucket)
        .key("a")
        .presigned(issued(Duration::from_secs(61)))
        .await
        .unwrap();
    assert_eq!(send(&put, b"late").await.0, 403);
    assert_eq!(backend.get(&bucket, "a").await, b"hello");
}

pub(crate) async fn is_refused_when_it_was_tampered_with(backend: Backend) {
    let bucket = backend.bucket("tampered").await;
    backend.put(&bucket, "a", b"hello").await;
    backend.put(&bucket, "b", b"other").await;
    let get = backend
        .s3
        .get_object()
        .bucket(&bucket)
        .key("a")
        .presigned(issued(Duration::ZERO))
        .await
        .unwrap();
    let changes = [
        ("/a?", "/b?"),
        ("X-Amz-Expires=60", "X-Amz-Expires=600"),
        ("X-Amz-Signature=", "X-Amz-Signature=0"),
    ];
    for (from, to) in changes {
        let uri = get.uri().replace(from, to);
        assert_ne!(uri, get.uri());
        let (status, answer) = send_to(&get, &uri, b"").await;
        assert!(
            matches!(status, 400 | 403) && !answer.contains("other"),
            "{to}: {status} {answer}"
        );
    }
    let put = backend
        .s3
        .put_object()
        .bucket(&bucket)
        .key("a")
        .content_length(5)
        .content_type("image/png");
    let put = put.presigned(issued(Duration::ZERO)).await.unwrap();
    let longer = reqwest::Client::new()
        .put(put.uri())
        .header("content-type", "image/png")
        .body("longer")
        .send()
        .await;
    assert_eq!(longer.unwrap().status(), 403);
    let other_type = reqwest::Client::new()
        .put(put.uri())
        .header("content-type", "text/html")
        .body("hello")
        .send()
        .await;
    assert_eq!(other_type.unwrap().status(), 403);
}
