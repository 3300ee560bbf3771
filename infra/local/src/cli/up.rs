//! `darkroom up`.

use std::process::ExitCode;

use consumer::told_to_end;

use super::{banner, say};
use crate::{settings::Settings, stack::Stack};

pub(super) async fn run(settings: Settings) -> anyhow::Result<ExitCode> {
    let told_to_end = told_to_end()?;
    let stack = Box::pin(Stack::start(settings)).await?;
    if let Err(error) = say(banner::of(&stack)) {
        tracing::warn!(%error, "nobody reads what is printed; serving all the same");
    }
    stack.run(told_to_end).await;
    Ok(ExitCode::SUCCESS)
}
