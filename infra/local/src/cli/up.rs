//! `darkroom up`.

use std::{process::ExitCode, time::Duration};

use consumer::told_to_end;

use super::{banner, say};
use crate::{serve::SHUTDOWN_TIMEOUT, settings::Settings, stack::Stack};

/// What is being answered at the end has its time, and then the broker has some.
const ENDED_WITHIN: Duration = SHUTDOWN_TIMEOUT.saturating_add(Duration::from_secs(18));

pub(super) async fn run(settings: Settings) -> anyhow::Result<ExitCode> {
    let told_to_end = told_to_end(ENDED_WITHIN)?;
    let stack = Box::pin(Stack::start(settings)).await?;
    if let Err(error) = say(banner::of(&stack)) {
        tracing::warn!(%error, "nobody reads what is printed; serving all the same");
    }
    stack.run(told_to_end).await;
    Ok(ExitCode::SUCCESS)
}
