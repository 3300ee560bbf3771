//! Whoever asks first may send what no cache key has. The next visitor gets what everybody gets.

use http::Method;

use crate::{machine::Machine, seen::Seen};

/// In every value that must not come back.
const MARK: &str = "elsewhere";

#[tokio::test(flavor = "multi_thread")]
async fn headers_that_name_another_place_change_nothing_for_the_next_visitor() {
    let headers = [
        ("x-forwarded-host", "elsewhere.example"),
        ("x-forwarded-proto", "elsewhere"),
        ("x-forwarded-prefix", "/elsewhere"),
        ("x-forwarded-for", "elsewhere.example"),
        ("forwarded", "host=elsewhere.example;proto=elsewhere"),
        ("x-host", "elsewhere.example"),
        ("x-original-url", "/demo/elsewhere"),
        ("x-rewrite-url", "/demo/elsewhere"),
        ("origin", "https://elsewhere.example"),
        ("referer", "https://elsewhere.example/"),
        ("host", "elsewhere.example"),
        ("x-request-id", "elsewhere"),
    ];
    leave_nothing_behind(&headers, 200).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_that_tell_of_the_client_change_nothing_for_the_next_visitor() {
    let headers = [
        ("accept-language", "tlh-elsewhere"),
        ("accept-encoding", "gzip, br"),
        ("user-agent", "elsewhere/1.0"),
        ("cookie", "theme=elsewhere"),
        ("authorization", "Basic ZWxzZXdoZXJlOmVsc2V3aGVyZQ=="),
        ("cache-control", "no-store"),
        ("pragma", "no-cache"),
        ("connection", "x-cache, etag"),
        ("width", "2"),
        ("dpr", "3"),
        ("save-data", "on"),
    ];
    leave_nothing_behind(&headers, 200).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_the_edge_may_say_changes_nothing_when_a_viewer_says_it() {
    let headers = [
        ("x-darkroom-viewer", "customer"),
        ("x-darkroom-edge", "customer.9999999999.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        ("x-darkroom-browser-cache-control", "public, max-age=elsewhere"),
        ("cache-tag", "i:elsewhere"),
    ];
    leave_nothing_behind(&headers, 200).await;
    let machine = Machine::start(&[]).await;
    let private = machine.upload(1, "private").await;
    assert_eq!(machine.member(&private).await.outcome(), (200, "miss"));
    for header in headers {
        let forged = machine.ask(Method::GET, &private, &[header]).await;
        assert_eq!(forged.problem(), (401, "credential_missing".to_owned()), "{header:?}");
        // Handed through, for the sake of the token.
        let token = format!("Bearer {}", machine.client.id_token);
        let with_token = [header, ("authorization", &*token)];
        let seen = machine.ask(Method::GET, &private, &with_token).await;
        assert_eq!(seen.outcome(), (200, "pass"), "{header:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_visitor_who_wants_less_leaves_the_whole() {
    leave_nothing_behind(&[("range", "bytes=0-3"), ("range", "bytes=-1")], 206).await;
    leave_nothing_behind(&[("range", "bytes=99999999-")], 416).await;
    leave_nothing_behind(&[("if-none-match", "*")], 304).await;
    let headers = [
        ("if-none-match", "\"elsewhere\""),
        ("if-modified-since", "Fri, 01 Jan 2100 00:00:00 GMT"),
        ("if-range", "\"elsewhere\""),
    ];
    leave_nothing_behind(&headers, 200).await;
}

/// For each header an image of its own, shown first to somebody who sends it: that one gets
/// `status`, and the next visitor what the next visitor of an image gets that nobody attacked.
async fn leave_nothing_behind(headers: &[(&str, &str)], status: u16) {
    let machine = Machine::start(&[]).await;
    let unharmed = shown(&machine, 0, &[]).await.1;
    assert_eq!(unharmed.outcome(), (200, "hit"));
    for (number, &header) in (1..).zip(headers) {
        let (attacked, next) = shown(&machine, number, &[header]).await;
        assert_eq!(attacked.status, status, "{header:?}");
        assert!(!format!("{attacked:?}").contains(MARK), "{header:?}: {attacked:?}");
        assert_eq!(next, unharmed, "{header:?}");
    }
}

/// What the first visitor of picture `number` gets, with these headers, and what the next one.
async fn shown(machine: &Machine, number: u32, headers: &[(&str, &str)]) -> (Seen, Seen) {
    let path = format!("{}?w=8&auto=format", machine.upload(number, "public").await);
    let first = machine.ask(Method::GET, &path, headers).await;
    (first, machine.anybody(&path).await.without_time_and_name())
}
