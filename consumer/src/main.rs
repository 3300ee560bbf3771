//! The consumer as a process of its own.

use clap::Parser;
use consumer::Command;
use customer::{Buckets, BucketsConfig, HttpClient, Registry};
use telemetry::{Log, Telemetry};

// Waiting for S3 and Kafka costs least on one thread; what renders and hashes has its own.
#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let command = Command::parse();
    let telemetry = Telemetry::start("darkroom-consumer", Log::Json)?;
    let sdk = HttpClient::new().sdk().await;
    let buckets = Buckets::new(sdk, BucketsConfig::from_env()?);
    let registry = Registry::new(buckets.service());
    let ended = command.run(buckets, registry).await;
    telemetry.end().await;
    Ok(ended?)
}
