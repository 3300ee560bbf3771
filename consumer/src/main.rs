//! The consumer as a process of its own.

use aws_config::BehaviorVersion;
use clap::Parser;
use consumer::{Config, Consumer, SnapshotOptions, Snapshots, reconcile, repair};
use customer::{Buckets, BucketsConfig, Registry};
use tracing_subscriber::EnvFilter;

/// Stages consented images from Kafka into the training feed. The README lists the environment.
#[derive(Debug, Parser)]
enum Command {
    /// Consume until told to stop.
    Run,
    /// Announce again what the feed has never seen, once.
    Reconcile,
    /// Take in what the feed has skipped and Kafka still has, once.
    Repair,
    /// Build a dataset for training out of the feed.
    Snapshot(SnapshotOptions),
}

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
    match command {
        Command::Run => {
            let stopped = async { drop(tokio::signal::ctrl_c().await) };
            Consumer::new(Config::from_env()?, buckets, registry).run(stopped).await?;
        }
        Command::Reconcile => reconcile(&buckets, &registry).await.map(drop)?,
        Command::Snapshot(options) => {
            options.run(&Snapshots::new(buckets, registry)).await.map(drop)?;
        }
        Command::Repair => repair(&Config::from_env()?, buckets, registry).await.map(drop)?,
    }
    Ok(())
}
