//! `darkroom predict`: asks a deployed model through the API, as any client would.

use std::{io, process::ExitCode};

use anyhow::Context;
use clap::Args;
use customer::ImageId;
use serde_json::{Value, json};

use super::{
    Where, say,
    session::{Session, Who},
};

/// Asks a model about uploaded images and prints what it says of each.
#[derive(Args, Debug)]
pub(super) struct Predict {
    /// Ids of images, or files that were uploaded
    #[arg(required = true, value_name = "IMAGE")]
    images: Vec<String>,

    /// Which endpoint is asked [default: the customer's first]
    #[arg(long, value_name = "NAME")]
    endpoint: Option<String>,

    #[command(flatten)]
    who: Who,

    #[command(flatten)]
    place: Where,
}

impl Predict {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let session = Session::sign_in(&self.place, &self.who).await?;
        let mut all = true;
        for named in &self.images {
            match self.ask(&session, named).await {
                Ok(answer) => say(format_args!("{named}  {}", told(&answer)))?,
                Err(error) => {
                    all = false;
                    say(format_args!("{named}  no prediction: {error:#}"))?;
                }
            }
        }
        Ok(if all { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    async fn ask(&self, session: &Session, named: &str) -> anyhow::Result<Value> {
        let image = match named.parse::<ImageId>() {
            Ok(image) => image,
            Err(_) => file(named)?,
        };
        session.predict(image, &json!({"endpoint": self.endpoint})).await
    }
}

/// The id of an uploaded file: its bytes tell it.
fn file(path: &str) -> anyhow::Result<ImageId> {
    let bytes = std::fs::read(path);
    let bytes = match bytes {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(error).context("it is neither an image's id nor a file");
        }
        bytes => bytes?,
    };
    Ok(ImageId::of(&bytes).0)
}

/// Class and certainty of a classifier of ours; the whole answer of any other model.
fn told(answer: &Value) -> String {
    let prediction = &answer["prediction"];
    match (prediction["label"].as_str(), prediction["confidence"].as_f64()) {
        (Some(label), Some(confidence)) => format!("{label}  {confidence:.3}"),
        _ => prediction.to_string(),
    }
}
