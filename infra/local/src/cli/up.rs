//! `darkroom up`.

use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};

use super::{banner, say};
use crate::{settings::Settings, stack::Stack};

pub(super) async fn run(settings: Settings) -> anyhow::Result<ExitCode> {
    let mut terminated = signal(SignalKind::terminate())?;
    let stack = Box::pin(Stack::start(settings)).await?;
    if let Err(error) = say(banner::of(&stack)) {
        tracing::warn!(%error, "nobody reads what is printed; serving all the same");
    }
    stack
        .run(async {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminated.recv() => {}
            }
        })
        .await;
    Ok(ExitCode::SUCCESS)
}
