//! The API, as a user who has signed in asks it.

use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use customer::ImageId;
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use super::Where;
use crate::demo;

/// How long accept may take for an upload, and how often its ticket is asked for.
const ACCEPT_TIMEOUT: Duration = Duration::from_mins(1);
const ASKED_EVERY: Duration = Duration::from_millis(100);

/// Who signs in.
#[derive(Args, Debug)]
pub(super) struct Who {
    /// User of the API
    #[arg(long, env = "DARKROOM_USER", default_value = demo::USER)]
    user: String,

    /// The user's password [default: the demo user's, from the data folder]
    #[arg(long, env = "DARKROOM_PASSWORD", hide_env_values = true)]
    password: Option<String>,
}

/// A signed-in user of the API.
pub(super) struct Session {
    http: Client,
    url: String,
    token: String,
}

/// An image that is there.
pub(super) struct Image {
    /// As the API shows it.
    pub(super) view: Value,
    /// It was there before.
    pub(super) existing: bool,
}

impl Session {
    pub(super) async fn sign_in(place: &Where, who: &Who) -> anyhow::Result<Self> {
        let Who { user, password } = who;
        let url = place.connection()?.endpoint;
        let of_demo = || demo::password(&place.data);
        let password = password.clone().map_or_else(of_demo, Ok)?;
        let http = Client::new();
        let body = json!({"username": user, "password": password});
        let answer = call(http.post(format!("{url}/v1/session")).json(&body)).await?;
        let token = text(&answer, "id_token").to_owned();
        if token.is_empty() {
            bail!("{user} has to choose a password first (POST /v1/session/challenge)");
        }
        Ok(Self { http, url, token })
    }

    /// The image that these bytes are, if it is there and not deleted.
    pub(super) async fn find(&self, bytes: &[u8]) -> anyhow::Result<Option<Image>> {
        let (image, _) = ImageId::of(bytes);
        let get = self.request(|http, url| http.get(format!("{url}/v1/images/{image}")));
        let answer = get.send().await.context(NO_ANSWER)?;
        if answer.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let view = read(answer).await?;
        Ok((view["state"] == "live").then_some(Image { view, existing: true }))
    }

    /// Uploads in one step.
    pub(super) async fn post(
        &self,
        declared: &[(&'static str, String)],
        bytes: Vec<u8>,
    ) -> anyhow::Result<Image> {
        let post = self.request(|http, url| http.post(format!("{url}/v1/images")));
        let view = call(post.query(declared).body(bytes)).await?;
        let existing = view["existing"] == true;
        Ok(Image { view, existing })
    }

    /// What a model says of an image.
    pub(super) async fn predict(&self, image: ImageId, asked: &Value) -> anyhow::Result<Value> {
        let post = |http: &Client, url: &str| {
            http.post(format!("{url}/v1/images/{image}/predictions")).json(asked)
        };
        call(self.request(post)).await
    }

    /// A ticket for what is to come.
    pub(super) async fn announce(&self, announcement: &Value) -> anyhow::Result<Value> {
        let post = self.request(|http, url| http.post(format!("{url}/v1/uploads")));
        call(post.json(announcement)).await
    }

    /// Puts what the ticket is for, and waits until it has become an image.
    pub(super) async fn put(&self, ticket: &Value, bytes: Vec<u8>) -> anyhow::Result<Image> {
        let put = self.http.put(text(&ticket["put"], "url"));
        let stored = put.header("content-type", text(ticket, "type")).body(bytes).send().await?;
        if stored.status() != StatusCode::OK {
            bail!("the store answered {}", stored.status());
        }
        let in_time = tokio::time::timeout(ACCEPT_TIMEOUT, self.accepted(text(ticket, "id"))).await;
        let view = in_time
            .context("it is stored, but has not been accepted yet; see GET /v1/uploads/{upload}")?;
        Ok(Image { view: view?, existing: false })
    }

    async fn accepted(&self, upload: &str) -> anyhow::Result<Value> {
        let get = |path: String| call(self.request(|http, url| http.get(format!("{url}{path}"))));
        loop {
            let ticket = get(format!("/v1/uploads/{upload}")).await?;
            match text(&ticket, "state") {
                "accepted" => return get(format!("/v1/images/{}", text(&ticket, "image"))).await,
                "refused" => bail!("{}", text(&ticket, "reason")),
                _ => tokio::time::sleep(ASKED_EVERY).await,
            }
        }
    }

    fn request(&self, request: impl FnOnce(&Client, &str) -> RequestBuilder) -> RequestBuilder {
        request(&self.http, &self.url).bearer_auth(&self.token)
    }
}

const NO_ANSWER: &str = "darkroom does not answer; is it running?";

/// The JSON of a good answer, or the sentence of a bad one.
async fn call(request: RequestBuilder) -> anyhow::Result<Value> {
    read(request.send().await.context(NO_ANSWER)?).await
}

async fn read(response: reqwest::Response) -> anyhow::Result<Value> {
    let status = response.status();
    let body: Value = response.json().await.context("the answer is no JSON")?;
    if !status.is_success() {
        bail!("{}", text(&body, "detail"));
    }
    Ok(body)
}

pub(super) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}
