//! `darkroom env`.

use std::process::ExitCode;

use clap::Args;

use super::{Where, say};

/// What is printed.
#[derive(Args, Debug)]
pub(super) struct Env {
    /// Also what 'consumer run' needs; 'darkroom up' must not be started where that is set
    #[arg(long)]
    consumer: bool,

    #[command(flatten)]
    place: Where,
}

impl Env {
    pub(super) fn run(&self) -> anyhow::Result<ExitCode> {
        let connection = self.place.connection()?;
        let consumers = self.consumer.then(|| connection.consumers_environment());
        for (name, value) in
            connection.environment().into_iter().chain(consumers.into_iter().flatten())
        {
            say(format_args!("export {name}='{}'", value.replace('\'', r"'\''")))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
