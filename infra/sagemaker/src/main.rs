//! The program `model`.

use clap::Parser;
use model::Command;
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    resizer::keep_memory();
    let command = Command::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into());
    tracing_subscriber::fmt().json().with_env_filter(filter).init();
    Ok(Box::pin(command.run()).await?)
}
