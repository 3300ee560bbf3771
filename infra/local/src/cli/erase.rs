//! `darkroom erase`: nothing in the feed shows what was erased.

use std::{process::ExitCode, time::Duration};

use clap::Args;
use consumer::{Erased, SETTLED_AFTER, Settled};

use super::{Where, operator::Operator, say};

/// How often it is looked whether an order has settled.
const ASKED_EVERY: Duration = Duration::from_secs(1);

/// Rewrites segments and snapshots without the images that were erased from customers' buckets, removes what they were in
/// before, and waits until each has its receipt. 'darkroom up' does it by itself, too.
#[derive(Args, Debug)]
pub(super) struct Erase {
    /// Seconds after an order until its receipt: until all has ended that was begun before it
    #[arg(long, value_name = "SECONDS", default_value_t = SETTLED_AFTER.as_secs())]
    settled: u64,

    #[command(flatten)]
    place: Where,
}

impl Erase {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let operator = Operator::at(&self.place).await?;
        let feed = operator.buckets.feed();
        let settled = Settled { orders: Duration::from_secs(self.settled), ..Settled::default() };
        loop {
            let Erased { segments, snapshots, shards, receipts, waiting } =
                consumer::erase(&feed, settled).await?;
            say(format_args!(
                "{segments} segments, {snapshots} snapshots and {shards} shards gone; {receipts} receipts, {waiting} images wait for theirs"
            ))?;
            if waiting == 0 {
                operator.audit("erase", "feed");
                return Ok(ExitCode::SUCCESS);
            }
            tokio::time::sleep(ASKED_EVERY).await;
        }
    }
}
