//! `darkroom put`: uploads files through the API, as any client would.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use super::{Where, say};
use crate::demo;

/// The API takes a body of this size at once; larger files go the two-step way.
const ONE_STEP_BYTES_MAX: u64 = 4_500_000;
/// How long accept may take for an upload, and how often its ticket is asked for.
const ACCEPT_TIMEOUT: Duration = Duration::from_mins(1);
const ASKED_EVERY: Duration = Duration::from_millis(100);

/// Uploads images and prints an id and a URL for each.
#[derive(Args, Debug)]
pub(super) struct Put {
    /// Images: JPEG, PNG, WebP, AVIF, GIF, TIFF or BMP
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    #[command(flatten)]
    said: Said,

    /// Who uploads
    #[arg(long, env = "DARKROOM_USER", default_value = demo::USER)]
    user: String,

    /// The user's password [default: the demo user's, from the data folder]
    #[arg(long, env = "DARKROOM_PASSWORD", hide_env_values = true)]
    password: Option<String>,

    #[command(flatten)]
    place: Where,
}

/// What is said about all of them.
#[derive(Args, Debug)]
pub(super) struct Said {
    /// Label of all of them; may be given several times
    #[arg(long = "label", env = "DARKROOM_LABELS", value_delimiter = ',')]
    pub(super) labels: Vec<String>,

    /// Whether they may be trained on [default: the customer's]
    #[arg(long, env = "DARKROOM_CONSENT", value_enum)]
    pub(super) consent: Option<Consent>,

    /// Who may see them [default: private]
    #[arg(long, env = "DARKROOM_VISIBILITY", value_enum)]
    pub(super) visibility: Option<Visibility>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Consent {
    Training,
    None,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Visibility {
    Public,
    Private,
}

/// A signed-in user of the API.
struct Session {
    http: Client,
    url: String,
    token: String,
}

impl Put {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let session = self.sign_in().await?;
        let mut code = ExitCode::SUCCESS;
        for file in &self.files {
            match self.upload(&session, file).await {
                Ok(image) => say(format_args!(
                    "{}  {}  {} × {}  {}",
                    file.display(),
                    text(&image, "id"),
                    image["width"],
                    image["height"],
                    text(&image, "url"),
                ))?,
                Err(error) => {
                    code = ExitCode::FAILURE;
                    say(format_args!("{}  not uploaded: {error:#}", file.display()))?;
                }
            }
        }
        Ok(code)
    }

    async fn sign_in(&self) -> anyhow::Result<Session> {
        let url = self.place.connection()?.endpoint;
        let password = match &self.password {
            Some(password) => password.clone(),
            None => demo::password(&self.place.data)?,
        };
        let http = Client::new();
        let body = json!({"username": self.user, "password": password});
        let answer = call(http.post(format!("{url}/v1/session")).json(&body)).await?;
        let token = text(&answer, "id_token").to_owned();
        if token.is_empty() {
            bail!("{} has to choose a password first (POST /v1/session/challenge)", self.user);
        }
        Ok(Session { http, url, token })
    }

    async fn upload(&self, session: &Session, file: &Path) -> anyhow::Result<Value> {
        let bytes = tokio::fs::read(file).await.context("cannot be read")?;
        if bytes.len() as u64 <= ONE_STEP_BYTES_MAX {
            let post = session.request(|http, url| http.post(format!("{url}/v1/images")));
            return call(post.query(&self.declared(file)).body(bytes)).await;
        }
        let ticket = self.announce(session, file, bytes.len()).await?;
        let put = session.http.put(text(&ticket["put"], "url"));
        let media_type = text(&ticket, "type").to_owned();
        let stored = put.header("content-type", media_type).body(bytes).send().await?;
        if stored.status() != StatusCode::OK {
            bail!("the store answered {}", stored.status());
        }
        session.accepted(text(&ticket, "id")).await
    }

    async fn announce(
        &self,
        session: &Session,
        file: &Path,
        bytes: usize,
    ) -> anyhow::Result<Value> {
        let body = json!({
            "name": file_name(file),
            "bytes": bytes,
            "type": media_type(file),
            "labels": self.said.labels,
            "consent": self.said.consent.as_ref().map(word),
            "visibility": self.said.visibility.as_ref().map(word),
        });
        call(session.request(|http, url| http.post(format!("{url}/v1/uploads"))).json(&body)).await
    }

    fn declared(&self, file: &Path) -> Vec<(&'static str, String)> {
        let mut declared = vec![("name", file_name(file))];
        declared.extend(self.said.labels.iter().map(|label| ("label", label.clone())));
        declared.extend(self.said.consent.map(|consent| ("consent", word(&consent))));
        declared.extend(self.said.visibility.map(|visibility| ("visibility", word(&visibility))));
        declared
    }
}

impl Session {
    fn request(&self, request: impl FnOnce(&Client, &str) -> RequestBuilder) -> RequestBuilder {
        request(&self.http, &self.url).bearer_auth(&self.token)
    }

    /// Waits until the upload has become an image.
    async fn accepted(&self, upload: &str) -> anyhow::Result<Value> {
        let get = |path: String| call(self.request(|http, url| http.get(format!("{url}{path}"))));
        let waited = async {
            loop {
                let ticket = get(format!("/v1/uploads/{upload}")).await?;
                match text(&ticket, "state") {
                    "accepted" => {
                        return get(format!("/v1/images/{}", text(&ticket, "image"))).await;
                    }
                    "refused" => bail!("{}", text(&ticket, "reason")),
                    _ => tokio::time::sleep(ASKED_EVERY).await,
                }
            }
        };
        let in_time = tokio::time::timeout(ACCEPT_TIMEOUT, waited).await;
        in_time
            .context("it is stored, but has not been accepted yet; see GET /v1/uploads/{upload}")?
    }
}

/// The JSON of a good answer, or the sentence of a bad one.
async fn call(request: RequestBuilder) -> anyhow::Result<Value> {
    let response = request.send().await.context("darkroom does not answer; is it running?")?;
    let status = response.status();
    let body: Value = response.json().await.context("the answer is no JSON")?;
    if !status.is_success() {
        bail!("{}", text(&body, "detail"));
    }
    Ok(body)
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

fn word<T: ValueEnum>(value: &T) -> String {
    value.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
}

fn file_name(file: &Path) -> String {
    file.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// What the upload is announced as; the content decides in the end.
fn media_type(file: &Path) -> &'static str {
    let extension = file.extension().unwrap_or_default().to_ascii_lowercase();
    match extension.to_str() {
        Some("png") => "image/png",
        Some("webp") => "image/webp",
        Some("gif") => "image/gif",
        Some("tif" | "tiff") => "image/tiff",
        Some("bmp") => "image/bmp",
        _ => "image/jpeg",
    }
}

impl From<Consent> for customer::Consent {
    fn from(consent: Consent) -> Self {
        match consent {
            Consent::Training => Self::Training,
            Consent::None => Self::None,
        }
    }
}

impl From<Visibility> for customer::Visibility {
    fn from(visibility: Visibility) -> Self {
        match visibility {
            Visibility::Public => Self::Public,
            Visibility::Private => Self::Private,
        }
    }
}
