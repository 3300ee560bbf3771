//! A signed-in user of the API.

use std::{path::Path, time::Duration};

use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

use crate::darkroom::{Darkroom, PASSWORD};

/// Nothing here takes as long on the slowest machine that still passes.
const PATIENCE: Duration = Duration::from_mins(1);

#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) http: reqwest::Client,
    pub(crate) url: String,
    pub(crate) id_token: String,
    pub(crate) refresh_token: String,
    pub(crate) cookie: String,
}

impl Client {
    /// Signs the demo user in.
    pub(crate) async fn demo(darkroom: &Darkroom) -> Self {
        let body = json!({"username": "demo@example.com", "password": PASSWORD});
        Self::of(darkroom, sign_in(darkroom, "/v1/session", &body).await).await
    }

    /// Takes tokens and cookie out of the answer to a sign-in.
    pub(crate) async fn of(darkroom: &Darkroom, answer: Response) -> Self {
        assert_eq!(answer.status(), StatusCode::OK);
        let cookie = answer.headers()["set-cookie"].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        let tokens: Value = answer.json().await.unwrap();
        let text = |name: &str| tokens[name].as_str().unwrap_or_default().to_owned();
        Self {
            http: reqwest::Client::new(),
            url: darkroom.url.clone(),
            id_token: text("id_token"),
            refresh_token: text("refresh_token"),
            cookie,
        }
    }

    /// `GET path` with the ID token.
    pub(crate) async fn get(&self, path: &str) -> Response {
        let url = format!("{}{path}", self.url);
        self.http.get(url).bearer_auth(&self.id_token).send().await.unwrap()
    }

    /// `GET path` as an `<img>` asks: with the cookie alone.
    pub(crate) async fn image(&self, path: &str) -> Response {
        let url = format!("{}{path}", self.url);
        self.http.get(url).header("cookie", &self.cookie).send().await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: impl Into<reqwest::Body>) -> Response {
        let request = self.http.post(format!("{}{path}", self.url)).bearer_auth(&self.id_token);
        request.body(body).send().await.unwrap()
    }

    pub(crate) async fn post_json(&self, path: &str, body: &Value) -> Response {
        let request = self.http.post(format!("{}{path}", self.url)).bearer_auth(&self.id_token);
        request.json(body).send().await.unwrap()
    }

    /// Uploads a file of `fixtures/` in one step.
    pub(crate) async fn upload(&self, fixture: &str, parameters: &str) -> (StatusCode, Value) {
        let answer = self.post(&format!("/v1/images?{parameters}"), read(fixture)).await;
        (answer.status(), answer.json().await.unwrap())
    }

    /// Asks for `path` until `ready` says so.
    pub(crate) async fn wait(&self, path: &str, ready: impl Fn(&Value) -> bool) -> Value {
        let waited = async {
            loop {
                let value: Value = self.get(path).await.json().await.unwrap();
                if ready(&value) {
                    return value;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(PATIENCE, waited).await.expect("it never came to be")
    }
}

pub(crate) async fn sign_in(darkroom: &Darkroom, path: &str, body: &Value) -> Response {
    let url = format!("{}{path}", darkroom.url);
    reqwest::Client::new().post(url).json(body).send().await.unwrap()
}

/// A file of `fixtures/`.
pub(crate) fn read(fixture: &str) -> Vec<u8> {
    std::fs::read(path(fixture)).unwrap()
}

pub(crate) fn path(fixture: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures").join(fixture)
}
