//! `darkroom put`: uploads files through the API, as any client would. Asked again, it goes on where it was cut off: what
//! is there already is not sent.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use clap::{Args, ValueEnum};
use futures::{StreamExt, stream};
use serde_json::{Value, json};

use super::{
    Where, files,
    progress::Progress,
    session::{Image, Session, Who, text},
};

/// The API takes a body of this size at once; larger files go the two-step way.
const ONE_STEP_BYTES_MAX: u64 = 4_500_000;
/// Files on their way.
const AT_ONCE: usize = 4;

/// Uploads images and prints an id and a URL for each.
#[derive(Args, Debug)]
pub(super) struct Put {
    /// Images: JPEG, PNG, WebP, AVIF, GIF, TIFF or BMP; or folders of them
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    #[command(flatten)]
    said: Said,

    #[command(flatten)]
    who: Who,

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

impl Put {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let session = Session::sign_in(&self.place, &self.who).await?;
        let files = files::named(&self.files)?;
        let progress = Progress::new(files.len());
        let (mut sent, mut there, mut failed) = (0, 0, 0);
        let upload = async |file: PathBuf| (self.upload(&session, &file).await, file);
        let mut uploads = stream::iter(files).map(upload).buffered(AT_ONCE);
        while let Some((uploaded, file)) = uploads.next().await {
            match &uploaded {
                Ok(Image { existing: true, .. }) => there += 1,
                Ok(_) => sent += 1,
                Err(_) => failed += 1,
            }
            progress.say(told(&file, uploaded))?;
            progress.one_more();
        }
        progress.end();
        writeln!(std::io::stderr(), "{sent} uploaded, {there} were there, {failed} not uploaded")?;
        Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    async fn upload(&self, session: &Session, file: &Path) -> anyhow::Result<Image> {
        let bytes = tokio::fs::read(file).await.context("cannot be read")?;
        // Consent that is withdrawn has to be told.
        let is_withdrawn = matches!(self.said.consent, Some(Consent::None));
        if !is_withdrawn && let Some(image) = session.find(&bytes).await? {
            return Ok(image);
        }
        if bytes.len() as u64 <= ONE_STEP_BYTES_MAX {
            return session.post(&self.declared(file), bytes).await;
        }
        let ticket = session.announce(&self.announcement(file, bytes.len())).await?;
        session.put(&ticket, bytes).await
    }

    fn announcement(&self, file: &Path, bytes: usize) -> Value {
        json!({
            "name": file_name(file),
            "bytes": bytes,
            "type": media_type(file),
            "labels": self.said.labels,
            "consent": self.said.consent.as_ref().map(word),
            "visibility": self.said.visibility.as_ref().map(word),
        })
    }

    fn declared(&self, file: &Path) -> Vec<(&'static str, String)> {
        let mut declared = vec![("name", file_name(file))];
        declared.extend(self.said.labels.iter().map(|label| ("label", label.clone())));
        declared.extend(self.said.consent.map(|consent| ("consent", word(&consent))));
        declared.extend(self.said.visibility.map(|visibility| ("visibility", word(&visibility))));
        declared
    }
}

/// The line about a file.
fn told(file: &Path, uploaded: anyhow::Result<Image>) -> String {
    let file = file.display();
    match uploaded {
        Err(error) => format!("{file}  not uploaded: {error:#}"),
        Ok(Image { view, .. }) => format!(
            "{file}  {}  {} × {}  {}",
            text(&view, "id"),
            view["width"],
            view["height"],
            text(&view, "url"),
        ),
    }
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
        Some("avif") => "image/avif",
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
