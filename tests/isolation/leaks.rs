use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::{
    client::{Client, sign_in},
    darkroom::PASSWORD,
};

use crate::{
    machine::{CHOSEN, Machine, email},
    picture::picture,
    secrets::Secrets,
};

/// Everything is logged but the traces of these: they are not ours, and print what they sign and send.
const FILTER: &str = "trace,s3s=info,aws_smithy_runtime=debug,aws_sigv4=debug";
const WRONG: &str = "Wrong-horse-7";
const MISPLACED: &str = "Misplaced-horse-7";

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_in_the_log_whatever_is_asked() {
    let machine = Machine::start_logging(FILTER).await;
    let mut secrets = Secrets::default();
    let demo = sessions(&machine, &mut secrets).await;
    let image = images(&machine, &demo, &mut secrets).await;
    tickets(&demo, &mut secrets).await;
    strangers(&machine, &image, &mut secrets).await;
    let machine = machine.restart().await;
    administration(&machine, &mut secrets).await;
    secrets.keep_machine(&machine).await;

    let log = machine.log();
    for audited in ["customer add", "customer key rotate", "user add", "user reset"] {
        assert!(log.contains(&format!("act=\"{audited}\"")), "the log tells of: {audited}");
    }
    let leaked = secrets.leaked_in(&log);
    assert!(leaked.is_empty(), "{leaked:#?}");
}

/// Signing in, in vain and not; renewing; signing out.
async fn sessions(machine: &Machine, secrets: &mut Secrets) -> Client {
    let darkroom = &machine.darkroom;
    secrets.keep("password", PASSWORD);
    let user = "demo@example.com";
    for password in [WRONG, MISPLACED] {
        secrets.keep("wrong password", password);
    }
    let wrong = json!({"username": user, "password": WRONG});
    assert_eq!(sign_in(darkroom, "/v1/session", &wrong).await.status(), StatusCode::UNAUTHORIZED);
    for body in [json!({"username": user, "secret": MISPLACED}), json!([MISPLACED])] {
        let misplaced = sign_in(darkroom, "/v1/session", &body).await;
        assert_eq!(misplaced.status(), StatusCode::BAD_REQUEST);
    }
    let body = json!({"username": user, "password": PASSWORD});
    let tokens: Value = sign_in(darkroom, "/v1/session", &body).await.json().await.unwrap();
    secrets.keep_text("id token", &tokens["id_token"]);
    secrets.keep_text("access token", &tokens["access_token"]);
    secrets.keep_text("refresh token", &tokens["refresh_token"]);
    let refresh = json!({"refresh_token": tokens["refresh_token"]});
    let renewed = sign_in(darkroom, "/v1/session/refresh", &refresh).await;
    secrets.keep_session(&Client::of(darkroom, renewed).await);
    let gone = darkroom_delete(machine, &tokens["access_token"]).await;
    assert_eq!(gone, StatusCode::NO_CONTENT);
    let ended = sign_in(darkroom, "/v1/session/refresh", &refresh).await;
    assert_eq!(ended.status(), StatusCode::UNAUTHORIZED);
    let demo = Client::demo(darkroom).await;
    secrets.keep_session(&demo);
    demo
}

async fn darkroom_delete(machine: &Machine, access_token: &Value) -> StatusCode {
    let url = format!("{}/v1/session", machine.darkroom.url);
    let body = json!({"access_token": access_token});
    reqwest::Client::new().delete(url).json(&body).send().await.unwrap().status()
}

/// Uploading, looking in each way, predicting in vain, changing, deleting. The image stays.
async fn images(machine: &Machine, demo: &Client, secrets: &mut Secrets) -> String {
    let (_, image) = demo.upload("images/coffee.jpg", "consent=training").await;
    let id = image["id"].as_str().unwrap();
    let signed = demo.post(&format!("/v1/images/{id}/signed-urls"), "").await;
    let signed: Value = signed.json().await.unwrap();
    let sig = signed["sig"].as_str().unwrap();
    secrets.keep_credential("sig", sig);
    let mut tampered = sig.to_owned();
    tampered.replace_range(..8, "00000000");
    secrets.keep("sig of no key", &tampered);
    let url = &machine.darkroom.url;
    for (sig, expected) in [(sig, StatusCode::OK), (&tampered, StatusCode::UNAUTHORIZED)] {
        let got = reqwest::get(format!("{url}/demo/{id}?w=9&sig={sig}")).await.unwrap();
        assert_eq!(got.status(), expected);
        let elsewhere = reqwest::get(format!("{url}/nobody/{id}?w=9&sig={sig}")).await.unwrap();
        assert!(elsewhere.status().is_client_error());
    }
    assert_eq!(demo.image(&format!("/demo/{id}?w=8")).await.status(), StatusCode::OK);
    assert_eq!(demo.get(&format!("/demo/{id}?w=7")).await.status(), StatusCode::OK);
    let prediction = demo.post(&format!("/v1/images/{id}/predictions"), "").await;
    assert_eq!(prediction.status(), StatusCode::SERVICE_UNAVAILABLE);
    demo.patch(id, &json!({"labels": ["cup"]})).await;
    demo.wait(&format!("/v1/images/{id}"), |image| image["feed"] == "staged").await;
    let (_, other) = demo.upload("images/gray.jpg", "").await;
    demo.delete(other["id"].as_str().unwrap()).await;
    id.to_owned()
}

/// A ticket, a URL that was tampered with, and one that was not.
async fn tickets(demo: &Client, secrets: &mut Secrets) {
    // So short that it is sent before a refusal comes.
    let bytes = picture(4, 4, [9, 9, 9]);
    let asked = json!({"type": "image/bmp", "bytes": bytes.len()});
    let ticket: Value = demo.post_json("/v1/uploads", &asked).await.json().await.unwrap();
    let url = ticket["put"]["url"].as_str().unwrap();
    let mut signature = "";
    for pair in url.split(['?', '&']) {
        let (name, value) = pair.split_once('=').unwrap_or_default();
        match name {
            "X-Amz-Signature" => signature = value,
            "X-Amz-Security-Token" => secrets.keep("session token", value),
            _ => {}
        }
    }
    secrets.keep("signature", signature);
    let other_date = url.replace("X-Amz-Date=2", "X-Amz-Date=3");
    for (url, media_type, status) in
        [(url, "image/png", 403), (&other_date, "image/bmp", 403), (url, "image/bmp", 200)]
    {
        let put = demo.http.put(url).header("content-type", media_type).body(bytes.clone());
        assert_eq!(put.send().await.unwrap().status().as_u16(), status, "{media_type} to {url}");
    }
    let path = format!("/v1/uploads/{}", ticket["id"].as_str().unwrap());
    demo.wait(&path, |ticket| ticket["state"] == "accepted").await;
}

/// Somebody else's user, and nobody's token.
async fn strangers(machine: &Machine, image: &str, secrets: &mut Secrets) {
    let acme = machine.customer("acme", &[]).await;
    secrets.keep("chosen password", CHOSEN);
    secrets.keep_session(&acme);
    let theirs = format!("/demo/{image}?w=9");
    for answer in [acme.get(&theirs).await, acme.image(&theirs).await] {
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    }
    let mut forged = Client { id_token: acme.id_token.clone(), ..acme.clone() };
    forged.id_token.truncate(forged.id_token.len() - 8);
    forged.id_token.push_str("AAAAAAAA");
    secrets.keep("forged token", &forged.id_token);
    for path in [&theirs, "/v1/images"] {
        assert_eq!(forged.get(path).await.status(), StatusCode::UNAUTHORIZED);
    }
    let basic = acme.http.request(Method::GET, format!("{}/v1/images", acme.url));
    secrets.keep("password of another scheme", "QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    let basic = basic.header("authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    assert_eq!(basic.send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
}

/// What the operator does, by verbs whose log is collected too.
async fn administration(machine: &Machine, secrets: &mut Secrets) {
    let darkroom = &machine.darkroom;
    machine.s3.create_bucket().bucket("photos").send().await.unwrap();
    darkroom.verb(&["customer", "add", "beta", "--bucket", "photos", "--source=photos/"]);
    for revoke in [&[][..], &["--revoke"]] {
        secrets.keep_customers(machine).await;
        darkroom.verb(&[&["customer", "key", "rotate", "acme"], revoke].concat());
    }
    darkroom.attempt(&["customer", "check", "beta"]);
    let ada = email("acme", "viewer");
    let added = darkroom.verb(&["user", "add", &ada, "--customer", "acme", "--role", "viewer"]);
    let temporary = added.trim().rsplit(' ').next().unwrap();
    secrets.keep("temporary password", temporary);
    let body = json!({"username": ada, "password": temporary});
    let invited: Value = sign_in(darkroom, "/v1/session", &body).await.json().await.unwrap();
    secrets.keep_text("session of the challenge", &invited["session"]);
    secrets.keep_session(&machine.choose(&ada, temporary).await);
    let reset = darkroom.verb(&["user", "reset", &ada]);
    secrets.keep("temporary password", reset.trim().rsplit(' ').next().unwrap());
    darkroom.verb(&["user", "remove", &ada]);
    darkroom.verb(&["customer", "suspend", "acme"]);
}
