//! A signed-in user of the API.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

use crate::darkroom::{Darkroom, PASSWORD};

/// Nothing here takes as long on the slowest machine that still passes.
const PATIENCE: Duration = Duration::from_mins(1);

/// Tokens, cookie and address.
#[derive(Clone, Debug)]
pub struct Client {
    pub http: reqwest::Client,
    pub url: String,
    pub id_token: String,
    pub refresh_token: String,
    pub cookie: String,
}

impl Client {
    /// Signs the demo user in.
    pub async fn demo(darkroom: &Darkroom) -> Self {
        let body = json!({"username": "demo@example.com", "password": PASSWORD});
        Self::of(darkroom, sign_in(darkroom, "/v1/session", &body).await).await
    }

    /// Takes tokens and cookie out of the answer to a sign-in.
    pub async fn of(darkroom: &Darkroom, answer: Response) -> Self {
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

    /// A request with the ID token.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url)).bearer_auth(&self.id_token)
    }

    /// `GET path` with the ID token.
    pub async fn get(&self, path: &str) -> Response {
        self.request(Method::GET, path).send().await.unwrap()
    }

    /// `GET path` as an `<img>` asks: with the cookie alone.
    pub async fn image(&self, path: &str) -> Response {
        let url = format!("{}{path}", self.url);
        self.http.get(url).header("cookie", &self.cookie).send().await.unwrap()
    }

    pub async fn post(&self, path: &str, body: impl Into<reqwest::Body>) -> Response {
        self.request(Method::POST, path).body(body).send().await.unwrap()
    }

    pub async fn post_json(&self, path: &str, body: &Value) -> Response {
        self.request(Method::POST, path).json(body).send().await.unwrap()
    }

    /// Uploads a file of `fixtures/` in one step.
    pub async fn upload(&self, fixture: &str, parameters: &str) -> (StatusCode, Value) {
        self.upload_bytes(read(fixture), parameters).await
    }

    /// Uploads in one step.
    pub async fn upload_bytes(&self, bytes: Vec<u8>, parameters: &str) -> (StatusCode, Value) {
        read_json(self.post(&format!("/v1/images?{parameters}"), bytes).await).await
    }

    /// What `GET /v1/images/{image}` says.
    pub async fn show(&self, image: &str) -> (StatusCode, Value) {
        read_json(self.get(&format!("/v1/images/{image}")).await).await
    }

    /// Changes an image, whatever version it has.
    pub async fn patch(&self, image: &str, change: &Value) -> (StatusCode, Value) {
        let request = self.request(Method::PATCH, &format!("/v1/images/{image}")).json(change);
        read_json(request.send().await.unwrap()).await
    }

    /// Changes an image that is at `version`.
    pub async fn patch_at(&self, image: &str, version: u64, change: &Value) -> (StatusCode, Value) {
        let request = self.request(Method::PATCH, &format!("/v1/images/{image}")).json(change);
        let request = request.header("if-match", format!("\"{version}\""));
        read_json(request.send().await.unwrap()).await
    }

    /// Deletes an image.
    pub async fn delete(&self, image: &str) -> (StatusCode, Value) {
        let request = self.request(Method::DELETE, &format!("/v1/images/{image}"));
        read_json(request.send().await.unwrap()).await
    }

    /// Asks for `path` until `ready` says so.
    pub async fn wait(&self, path: &str, ready: impl Fn(&Value) -> bool) -> Value {
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

/// Posts `body` to `path` as somebody who has no token yet.
pub async fn sign_in(darkroom: &Darkroom, path: &str, body: &Value) -> Response {
    let url = format!("{}{path}", darkroom.url);
    reqwest::Client::new().post(url).json(body).send().await.unwrap()
}

/// A file of `fixtures/`.
pub fn read(fixture: &str) -> Vec<u8> {
    std::fs::read(path(fixture)).unwrap()
}

/// Where a file of `fixtures/` is.
pub fn path(fixture: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures").join(fixture)
}

pub async fn read_json(answer: Response) -> (StatusCode, Value) {
    (answer.status(), answer.json().await.unwrap())
}
