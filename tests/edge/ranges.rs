use http::Method;

use crate::machine::Machine;

#[tokio::test(flavor = "multi_thread")]
async fn a_part_is_the_same_from_the_origin_and_from_the_cache() {
    let machine = Machine::start(&[]).await;
    let whole = machine.anybody(&machine.upload(0, "public").await).await.bytes;
    let bytes = whole.len();
    for (number, (range, part)) in (1..).zip([
        ("bytes=0-0", 0..1),
        ("bytes=2-5", 2..6),
        ("bytes=10-", 10..bytes),
        ("bytes=-5", bytes - 5..bytes),
        ("bytes=7-99999999", 7..bytes),
    ]) {
        let path = machine.upload(number, "public").await;
        for came in ["miss", "hit"] {
            let seen = machine.ask(Method::GET, &path, &[("range", range)]).await;
            assert_eq!(seen.outcome(), (206, came), "{range}");
            assert_eq!(seen.bytes, whole.slice(part.clone()), "{range}");
            let of = format!("bytes {}-{}/{bytes}", part.start, part.end - 1);
            assert_eq!(seen.header("content-range"), of);
            assert_eq!(seen.header("content-length"), part.len().to_string(), "{range}");
            assert_eq!(seen.header("accept-ranges"), "bytes");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_of_something_else_is_the_whole() {
    let machine = Machine::start(&[]).await;
    let path = machine.upload(1, "public").await;
    let whole = machine.anybody(&path).await;
    let etag = whole.header("etag");
    for (condition, status) in [
        (("if-range", etag), 206),
        (("if-range", "\"another\""), 200),
        (("if-range", &*format!("W/{etag}")), 200),
        (("if-range", "Fri, 01 Jan 2100 00:00:00 GMT"), 200),
        (("if-none-match", etag), 304),
        (("if-none-match", "\"another\""), 206),
    ] {
        let headers = [("range", "bytes=2-5"), condition];
        let seen = machine.ask(Method::GET, &path, &headers).await;
        assert_eq!(seen.status, status, "{condition:?}");
        let expected = match status {
            206 => whole.bytes.slice(2..6),
            200 => whole.bytes.clone(),
            _ => axum::body::Bytes::new(),
        };
        assert_eq!(seen.bytes, expected, "{condition:?}");
    }
    for several in ["bytes=0-1,4-5", "pages=1-2", "bytes=5-1"] {
        let seen = machine.ask(Method::GET, &path, &[("range", several)]).await;
        assert_eq!((seen.status, &seen.bytes), (200, &whole.bytes), "{several}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_behind_the_end_is_refused_with_the_length() {
    let machine = Machine::start(&[]).await;
    let path = machine.upload(1, "public").await;
    let whole = machine.anybody(&path).await;
    let bytes = whole.bytes.len();
    let range = format!("bytes={bytes}-");
    let seen = machine.ask(Method::GET, &path, &[("range", &range)]).await;
    assert_eq!(seen.problem(), (416, "range_not_satisfiable".to_owned()));
    assert_eq!(seen.header("content-range"), format!("bytes */{bytes}"));
    assert_eq!(machine.anybody(&path).await.bytes, whole.bytes);
}

/// A range has a meaning for GET alone (RFC 9110, 14.2).
#[tokio::test(flavor = "multi_thread")]
async fn head_tells_of_the_whole_whatever_range_is_asked() {
    let machine = Machine::start(&[]).await;
    let whole = machine.anybody(&machine.upload(0, "public").await).await.bytes;
    let path = machine.upload(1, "public").await;
    for came in ["miss", "hit"] {
        let seen = machine.ask(Method::HEAD, &path, &[("range", "bytes=2-5")]).await;
        assert_eq!(seen.outcome(), (200, came));
        assert_eq!(seen.header("content-length"), whole.len().to_string());
        assert_eq!((seen.header("content-range"), seen.bytes.len()), ("", 0));
    }
    let get = machine.anybody(&path).await;
    assert_eq!((get.outcome(), &get.bytes), ((200, "hit"), &whole));
}
