use http::Method;
use serde_json::json;
use tests::client::Client;

use crate::machine::Machine;

const ROTATE: [&str; 4] = ["customer", "key", "rotate", "demo"];

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_key_leaves_what_it_signed_good_and_the_edge_asks_anew() {
    let machine = Machine::start(&[]).await;
    let path = machine.upload(1, "private").await;
    let signed = machine.sign(&path, &json!({})).await;
    let by_url = format!("{path}?sig={}", signed["sig"].as_str().unwrap());
    for came in ["miss", "hit"] {
        assert_eq!(machine.member(&path).await.outcome(), (200, came));
    }
    machine.darkroom.verb(&ROTATE);
    assert_eq!(machine.registered().await["edge_keys"].as_array().unwrap().len(), 2);
    assert_eq!(machine.member(&path).await.outcome(), (200, "miss"), "all is forgotten");
    for came in ["miss", "hit"] {
        assert_eq!(machine.anybody(&by_url).await.outcome(), (200, came));
    }
    let client = Client::demo(&machine.darkroom).await;
    let cookie = [("cookie", &*client.cookie)];
    assert_eq!(machine.ask(Method::GET, &path, &cookie).await.outcome(), (200, "hit"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_revoked_key_signed_is_refused_when_the_command_ends() {
    let machine = Machine::start(&[]).await;
    let [private, public] = [machine.upload(1, "private").await, machine.upload(2, "public").await];
    let signed = machine.sign(&private, &json!({})).await;
    let by_url = format!("{private}?sig={}", signed["sig"].as_str().unwrap());
    for came in ["miss", "hit"] {
        assert_eq!(machine.member(&private).await.outcome(), (200, came));
        assert_eq!(machine.anybody(&by_url).await.outcome(), (200, came));
    }
    assert_eq!(machine.anybody(&public).await.outcome(), (200, "miss"));
    machine.darkroom.verb(&[&ROTATE[..], &["--revoke"]].concat());
    assert_eq!(machine.member(&private).await.problem().0, 401);
    assert_eq!(machine.anybody(&by_url).await.problem(), (401, "credential_refused".to_owned()));
    assert_eq!(machine.member(&public).await.outcome(), (200, "miss"), "as anybody");

    let client = Client::demo(&machine.darkroom).await;
    assert_ne!(client.cookie, machine.client.cookie);
    let cookie = [("cookie", &*client.cookie)];
    assert_eq!(machine.ask(Method::GET, &private, &cookie).await.outcome(), (200, "miss"));
    let signed = machine.sign(&private, &json!({})).await;
    let by_url = format!("{private}?sig={}", signed["sig"].as_str().unwrap());
    for came in ["miss", "hit"] {
        assert_eq!(machine.anybody(&by_url).await.outcome(), (200, came));
    }
}
