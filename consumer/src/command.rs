//! What the program `consumer` can be told to do.

use std::{io, time::Duration};

use clap::Parser;
use customer::{Buckets, Registry};
use futures::future::LocalBoxFuture;

use crate::{
    Config, ConfigError, Consumer, ErasePassError, ReconcileError, RepairError, RequestsError,
    RunError, Settled, SnapshotOptions, SnapshotOptionsError, Snapshots, build_requested, erase,
    reconcile, repair, told_to_end,
};

/// What is being staged takes seconds. Containers are often killed half a minute after they are told to end.
const ENDED_WITHIN: Duration = Duration::from_secs(25);

/// Stages consented images from Kafka into the training feed. The README lists the environment.
#[derive(Debug, Parser)]
pub enum Command {
    /// Consume until told to stop.
    Run,
    /// Announce again what the feed has never seen, once.
    Reconcile,
    /// Take in what the feed has skipped and Kafka still has, once.
    Repair,
    /// Build a dataset for training out of the feed.
    Snapshot(SnapshotOptions),
    /// Erase from the feed what was erased from customers' buckets, once.
    Erase,
    /// Build the snapshots that were asked for through the API, once.
    Requested,
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("signals cannot be waited for")]
    Signals(#[source] io::Error),
    #[error("the feed stopped")]
    Run(#[from] RunError),
    #[error(transparent)]
    Reconcile(#[from] ReconcileError),
    #[error(transparent)]
    Repair(#[from] RepairError),
    #[error(transparent)]
    Snapshot(#[from] SnapshotOptionsError),
    #[error(transparent)]
    Erase(#[from] ErasePassError),
    #[error(transparent)]
    Requested(#[from] RequestsError),
}

impl Command {
    pub fn run(
        self,
        buckets: Buckets,
        registry: Registry,
    ) -> LocalBoxFuture<'static, Result<(), CommandError>> {
        Box::pin(async move {
            match self {
                Self::Run => {
                    let consumer = Consumer::new(Config::from_env()?, buckets, registry);
                    let told = told_to_end(ENDED_WITHIN).map_err(CommandError::Signals)?;
                    consumer.run(Box::pin(told)).await?;
                }
                Self::Reconcile => drop(reconcile(&buckets, &registry).await?),
                Self::Repair => drop(repair(&Config::from_env()?, buckets, registry).await?),
                Self::Snapshot(options) => {
                    Box::pin(options.run(&Snapshots::new(buckets, registry))).await?;
                }
                Self::Erase => drop(erase(&buckets.feed(), Settled::default()).await?),
                Self::Requested => {
                    Box::pin(build_requested(&Snapshots::new(buckets, registry))).await?;
                }
            }
            Ok(())
        })
    }
}
