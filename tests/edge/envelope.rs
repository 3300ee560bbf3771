use http::Method;
use serde_json::json;

use crate::{machine::Machine, wire};

const ELSEWHERE: &str = "elsewhere.example";

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_are_too_large_are_told_so_and_leave_nothing() {
    let machine = Machine::start(&[]).await;
    let path = format!("{}?w=8", machine.upload(1, "public").await);
    let headers = machine.ask(Method::GET, &path, &[("x-padding", &"a".repeat(20_480))]).await;
    assert_eq!(headers.problem(), (431, "headers_too_large".to_owned()));
    let url = machine.anybody(&format!("{path}&utm={}", "a".repeat(8_192))).await;
    assert_eq!(url.problem(), (414, "url_too_long".to_owned()));
    let largest = format!("{path}&utm={}", "a".repeat(8_192 - path.len() - "&utm=".len()));
    let headers = ("x-padding", &*"a".repeat(12_000));
    assert_eq!(machine.ask(Method::GET, &largest, &[headers]).await.outcome(), (200, "miss"));
    assert_eq!(machine.anybody(&path).await.outcome(), (200, "hit"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_has_one_host() {
    let machine = Machine::start(&[]).await;
    let path = format!("{}?w=8", machine.upload(1, "public").await);
    let get = format!("GET {path} HTTP/1.1");
    let (own, other) = ("Host: images.example", "Host: elsewhere.example");
    for lines in [&[&*get, own, other][..], &[&get, own, own], &[&get]] {
        let (status, answer) = wire::send(&machine, lines).await;
        assert_eq!(status, 400, "{lines:?}: {answer}");
        assert!(answer.contains("\"code\":\"bad_host\""), "{answer}");
    }
    assert_eq!(machine.anybody(&path).await.outcome(), (200, "miss"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_of_elsewhere_gets_into_no_answer() {
    let machine = Machine::start(&[]).await;
    let path = format!("{}?w=8", machine.upload(1, "public").await);
    let absolute = format!("GET http://{ELSEWHERE}{path} HTTP/1.1");
    let relative = format!("GET {path} HTTP/1.1");
    let (own, other) = ("Host: images.example", "Host: elsewhere.example");
    for lines in [[&*absolute, own], [&absolute, other], [&relative, other]] {
        let (status, answer) = wire::send(&machine, &lines).await;
        assert_eq!(status, 200, "{lines:?}");
        assert!(!answer.contains(ELSEWHERE), "{lines:?}: {answer}");
    }
    let next = machine.anybody(&path).await;
    assert_eq!(next.outcome(), (200, "hit"));
    assert!(!format!("{next:?}").contains(ELSEWHERE));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_url_is_under_the_configured_address_whatever_host_was_asked() {
    let machine = Machine::start(&[]).await;
    let path = machine.upload(1, "private").await;
    let signed_urls = path.replace("/demo/", "/v1/images/") + "/signed-urls";
    for name in ["host", "x-forwarded-host", "forwarded", "x-original-host"] {
        let request = machine.client.request(Method::POST, &signed_urls).json(&json!({}));
        let answer = request.header(name, ELSEWHERE).send().await.unwrap();
        let signed = answer.text().await.unwrap();
        let url = format!("{}{path}?sig=", machine.darkroom.url);
        assert!(signed.contains(&url) && !signed.contains(ELSEWHERE), "{name}: {signed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parameter_that_is_given_twice_is_refused_and_leaves_nothing() {
    let machine = Machine::start(&[]).await;
    let path = machine.upload(1, "public").await;
    for query in ["w=8&w=9", "w=9&w=8", "w=8&w=8", "w=8&%77=9", "w=8&sig=&sig=", "w=8&h=%E9"] {
        let seen = machine.anybody(&format!("{path}?{query}")).await;
        assert_eq!(seen.problem(), (400, "bad_parameter".to_owned()), "{query}");
    }
    for query in ["w=8", "w=9"] {
        let seen = machine.anybody(&format!("{path}?{query}")).await;
        assert_eq!(seen.outcome(), (200, "miss"), "{query}");
    }
    let unknown = machine.anybody(&format!("{path}?utm=1&w=8&utm=2")).await;
    assert_eq!(unknown.outcome(), (200, "hit"));
}
