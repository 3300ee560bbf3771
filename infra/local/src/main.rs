//! `darkroom`: everything on one machine.

use std::process::ExitCode;

use clap::Parser;
use local::cli::Cli;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    resizer::keep_memory();
    run()
}

#[tokio::main]
async fn run() -> ExitCode {
    let cli = Cli::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(QUIET));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match cli.run().await {
        Ok(code) => code,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// What is logged unless `RUST_LOG` says otherwise. While brokers are down librdkafka complains many
/// times a second; what fails for that reason says so itself.
const QUIET: &str = "info,librdkafka=off,rdkafka=off,s3s=warn,s3s::ops=off";
