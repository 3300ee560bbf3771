use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use tests::client::{Client, sign_in};

use crate::machine::{CHOSEN, Machine, email};

const ADA: (&str, &str) = ("acme", "uploader");

#[tokio::test(flavor = "multi_thread")]
async fn an_invited_user_chooses_a_password_and_gets_in_with_it_alone() {
    let machine = Machine::start().await;
    machine.darkroom.verb(&["customer", "add", "acme"]);
    let ada = email(ADA.0, ADA.1);
    let invitation = ["user", "add", &ada, "--customer", "acme", "--role", "uploader"];
    let printed = machine.darkroom.verb(&invitation);
    let (before, temporary) = printed.trim().rsplit_once(' ').unwrap();
    assert_eq!(before, format!("user {ada} invited; temporary password:"));
    let twice = machine.darkroom.attempt(&invitation);
    assert_ne!(twice.code, Some(0), "and the first invitation stands");
    let client = machine.choose(&ada, temporary).await;
    assert_eq!(client.get("/v1/images").await.status(), StatusCode::OK);
    refused(password(&machine, &ada, temporary).await, "wrong_password").await;
    assert_eq!(password(&machine, &ada, CHOSEN).await.status(), StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_ends_the_old_password_and_all_sessions() {
    let machine = Machine::start().await;
    machine.darkroom.verb(&["customer", "add", "acme"]);
    let (client, ada) = (machine.user(ADA.0, ADA.1).await, email(ADA.0, ADA.1));
    let other = Client::of(&machine.darkroom, password(&machine, &ada, CHOSEN).await).await;
    assert_eq!(refresh(&machine, &client).await.status(), StatusCode::OK);

    let printed = machine.darkroom.verb(&["user", "reset", &ada]);
    let (before, temporary) = printed.trim().rsplit_once(' ').unwrap();
    assert_eq!(before, format!("temporary password of {ada}:"));
    refused(password(&machine, &ada, CHOSEN).await, "wrong_password").await;
    for session in [&client, &other] {
        refused(refresh(&machine, session).await, "session_ended").await;
    }
    let again = machine.choose(&ada, temporary).await;
    assert_eq!(refresh(&machine, &again).await.status(), StatusCode::OK);
    refused(refresh(&machine, &client).await, "session_ended").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_user_gets_in_no_more_and_others_do() {
    let machine = Machine::start().await;
    machine.darkroom.verb(&["customer", "add", "acme"]);
    let (client, ada) = (machine.user(ADA.0, ADA.1).await, email(ADA.0, ADA.1));
    machine.user("acme", "viewer").await;
    machine.darkroom.verb(&["user", "remove", &ada]);
    refused(password(&machine, &ada, CHOSEN).await, "wrong_password").await;
    refused(refresh(&machine, &client).await, "session_ended").await;
    for verb in ["remove", "reset"] {
        let ended = machine.darkroom.attempt(&["user", verb, &ada]);
        assert_ne!(ended.code, Some(0), "{verb}");
        assert!(ended.log.contains(&ada), "{}", ended.log);
    }
    let viewer = password(&machine, &email("acme", "viewer"), CHOSEN).await;
    assert_eq!(viewer.status(), StatusCode::OK);

    let anew = machine.user(ADA.0, ADA.1).await;
    refused(refresh(&machine, &client).await, "session_ended").await;
    let upload = anew.request(Method::POST, "/v1/uploads").json(&json!({})).send().await.unwrap();
    assert_eq!(upload.status(), StatusCode::BAD_REQUEST, "an uploader again");
}

async fn password(machine: &Machine, email: &str, password: &str) -> Response {
    let body = json!({"username": email, "password": password});
    sign_in(&machine.darkroom, "/v1/session", &body).await
}

async fn refresh(machine: &Machine, client: &Client) -> Response {
    let body = json!({"refresh_token": client.refresh_token});
    sign_in(&machine.darkroom, "/v1/session/refresh", &body).await
}

async fn refused(answer: Response, code: &str) {
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{code}");
    let problem: Value = answer.json().await.unwrap();
    assert_eq!(problem["code"], code);
}
