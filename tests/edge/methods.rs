use http::Method;
use serde_json::Value;

use crate::machine::{Machine, id_in};

#[tokio::test(flavor = "multi_thread")]
async fn other_methods_are_refused_and_leave_nothing() {
    let machine = Machine::start(&[]).await;
    let path = format!("{}?w=8", machine.upload(1, "public").await);
    let purge = Method::from_bytes(b"PURGE").unwrap();
    let methods =
        [Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS, purge];
    for before in ["miss", "hit"] {
        for method in &methods {
            for headers in [&[][..], &[("cookie", &*machine.client.cookie)]] {
                let seen = machine.ask(method.clone(), &path, headers).await;
                assert_eq!(seen.outcome(), (405, "pass"), "{method}");
                assert_eq!(seen.header("content-type"), "application/problem+json", "{method}");
                assert_eq!(seen.header("cache-control"), "no-store", "{method}");
            }
        }
        assert_eq!(machine.anybody(&path).await.outcome(), (200, before));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_or_parameter_that_claims_another_method_does_nothing() {
    let machine = Machine::start(&[]).await;
    let claims = ["x-http-method-override", "x-http-method", "x-method-override"];
    for (number, name) in (1..).zip(claims) {
        for (round, method) in (0..).zip(["DELETE", "HEAD", "POST", "PURGE"]) {
            let path = machine.upload(number * 10 + round, "public").await;
            let claimed = machine.ask(Method::GET, &path, &[(name, method)]).await;
            assert_eq!(claimed.outcome(), (200, "miss"), "{name}: {method}");
            let next = machine.anybody(&path).await;
            assert_eq!((next.outcome(), &next.bytes), ((200, "hit"), &claimed.bytes));
            let posted = machine.ask(Method::POST, &path, &[(name, "GET")]).await;
            assert_eq!(posted.status, 405, "{name}");
        }
    }
    let path = machine.upload(100, "public").await;
    let claimed = machine.anybody(&format!("{path}?_method=DELETE")).await;
    assert_eq!(claimed.outcome(), (200, "miss"));
    assert_eq!(machine.anybody(&path).await.outcome(), (200, "hit"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_takes_a_request_for_what_it_is() {
    let machine = Machine::start(&[]).await;
    let path = machine.upload(1, "public").await;
    let image = format!("/v1/images/{}?_method=DELETE", id_in(&path));
    for name in ["x-http-method-override", "x-method-override"] {
        let request = machine.client.request(Method::GET, &image).header(name, "DELETE");
        let shown: Value = request.send().await.unwrap().json().await.unwrap();
        assert_eq!((&shown["id"], &shown["version"]), (&id_in(&path).into(), &1.into()));
    }
    assert_eq!(machine.anybody(&path).await.status, 200);
}
