//! `darkroom customer remove`: erases a customer. May be cut off anywhere and asked for again.

use std::{process::ExitCode, time::Duration};

use anyhow::{Context, ensure};
use clap::Args;
use customer::{Bucket, Customer, CustomerId, ObjectKey, Registry, Status};

use super::super::{Where, operator::Operator, say, user};
use crate::names;

/// The sweep erases the images; it comes by every few seconds.
const ASKED_EVERY: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_mins(10);
/// While anything lies here, an image is not yet erased or Kafka has not heard of it. Tombstones tell
/// nothing: one of an earlier deletion is not due for days.
const UNFINISHED: [&str; 2] = [ObjectKey::RECORDS, ObjectKey::OUTBOX];

#[derive(Args, Debug)]
pub(crate) struct Remove {
    /// The customer's name
    name: CustomerId,

    /// Erase without asking
    #[arg(long)]
    yes: bool,

    #[command(flatten)]
    place: Where,
}

impl Remove {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let name = &self.name;
        ensure!(self.yes, "this erases all images and users of '{name}' for good: say --yes");
        let operator = Operator::at(&self.place).await?;
        let removing = |customer: &mut Customer| customer.status = Status::Removing;
        let customer = operator.registry.update(name, removing).await?;
        let users = user::remove_all_of(&operator, name).await?;
        say(format_args!("{users} users removed"))?;
        let bucket = operator.buckets.of(&customer).await;
        say(
            "waiting until nobody is let in any more, every image is erased and Kafka has heard of it",
        )?;
        tokio::time::sleep(Registry::SETTLED_AFTER).await;
        let erased = tokio::time::timeout(PATIENCE, until_erased(&bucket)).await;
        erased.context("not all is erased yet; is darkroom running? Ask again")??;
        for prefix in ObjectKey::CUSTOMER_PREFIXES {
            for found in bucket.list_all(prefix).await? {
                bucket.delete_named(&found.key).await?;
            }
        }
        if customer.bucket == names::bucket_of(name) {
            operator.buckets.remove(&customer.bucket).await?;
        }
        operator.registry.remove(name).await?;
        operator.audit("customer remove", name.as_str());
        say(format_args!(
            "customer {name} is erased; what the feed has to forget is under erasure/orders/{name}/"
        ))?;
        Ok(ExitCode::SUCCESS)
    }
}

async fn until_erased(bucket: &Bucket) -> anyhow::Result<()> {
    loop {
        let mut left = false;
        for prefix in UNFINISHED {
            left |= !bucket.list(prefix, None, 1).await?.found.is_empty();
        }
        if !left {
            return Ok(());
        }
        tokio::time::sleep(ASKED_EVERY).await;
    }
}
