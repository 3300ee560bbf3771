//! The consumer as a process of its own.

use aws_config::BehaviorVersion;
use clap::Parser;
use consumer::Command;
use customer::{Buckets, BucketsConfig, Registry};
use tracing_subscriber::EnvFilter;

// Waiting for S3 and Kafka costs least on one thread; what renders and hashes has its own.
#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let command = Command::parse();
    let quiet = |_| "info,librdkafka=off,rdkafka=off".into();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(quiet);
    tracing_subscriber::fmt().json().with_env_filter(filter).init();
    let sdk = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let buckets = Buckets::new(sdk, BucketsConfig::from_env()?);
    let registry = Registry::new(buckets.service());
    Ok(command.run(buckets, registry).await?)
}
