//! `darkroom`: everything on one machine.

use std::process::ExitCode;

use clap::Parser;
use local::cli::Cli;
use telemetry::{Log, Telemetry};

fn main() -> anyhow::Result<ExitCode> {
    resizer::keep_memory();
    run()
}

#[tokio::main]
async fn run() -> anyhow::Result<ExitCode> {
    let cli = Cli::parse();
    let telemetry = Telemetry::start("darkroom", Log::Text)?;
    let code = cli.run().await.unwrap_or_else(|error| {
        tracing::error!("{error:#}");
        ExitCode::FAILURE
    });
    telemetry.end().await;
    Ok(code)
}
