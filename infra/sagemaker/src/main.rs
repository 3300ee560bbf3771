//! The program `model`.

use clap::Parser;
use model::Command;
use telemetry::{Log, Telemetry};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    resizer::keep_memory();
    let command = Command::parse();
    let telemetry = Telemetry::start("darkroom-model", Log::Json)?;
    let ended = Box::pin(command.run()).await;
    telemetry.end().await;
    Ok(ended?)
}
