//! `darkroom snapshot`: a numbered dataset out of the feed, for whoever trains on it.

use std::process::ExitCode;

use clap::Args;
use consumer::{Difference, Plan, SnapshotOptions, SnapshotVerb, Snapshots};
use customer::SnapshotName;

use super::{Where, operator::Operator, progress::Progress, say};
use crate::names::FEED_BUCKET;

/// Builds the next snapshot of a dataset from all images that may be trained on: WebDataset shards, an index in Parquet,
/// manifests for SageMaker and a dataset card. Where nothing has changed since the last one, that is it.
#[derive(Args, Debug)]
pub(super) struct Snapshot {
    #[command(flatten)]
    options: SnapshotOptions,

    #[command(flatten)]
    place: Where,
}

impl Snapshot {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let operator = Operator::at(&self.place).await?;
        let snapshots = Snapshots::new(operator.buckets.clone(), operator.registry.clone());
        match &self.options.verb {
            Some(SnapshotVerb::Diff { from, to }) => compare(&snapshots, from, to).await?,
            None => self.build(&operator, &snapshots).await?,
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn build(&self, operator: &Operator, snapshots: &Snapshots) -> anyhow::Result<()> {
        let plan = self.options.plan(snapshots).await?;
        if self.options.dry_run {
            for line in plan.left_out() {
                say(line)?;
            }
            return tell(&plan);
        }
        tell(&plan)?;
        let dataset = plan.dataset().clone();
        let progress = Progress::new(plan.images());
        let built = snapshots.build(plan, |images| progress.more(images)).await;
        progress.end();
        let consumer::Snapshot { number, key, images, shards } = built?;
        say(format_args!("snapshot {number} of '{dataset}': {images} images in {shards} shards"))?;
        say(format_args!("s3://{FEED_BUCKET}/{key}"))?;
        operator.audit("snapshot", &format!("{dataset}/{number}"));
        Ok(())
    }
}

async fn compare(
    snapshots: &Snapshots,
    from: &SnapshotName,
    to: &SnapshotName,
) -> anyhow::Result<()> {
    let difference = Difference::between(snapshots, from, to).await?;
    for line in difference.lines() {
        say(line)?;
    }
    let counts: Vec<_> =
        difference.counts().iter().map(|(change, images)| format!("{change} {images}")).collect();
    say(format_args!("{from} to {to}: {}", counts.join(", ")))?;
    Ok(())
}

fn tell(plan: &Plan) -> anyhow::Result<()> {
    for (split, classes) in plan.counts() {
        let images: usize = classes.values().sum();
        let classes: Vec<_> = classes
            .iter()
            .map(|(class, images)| {
                let class = if class.is_empty() { "no one class" } else { class };
                format!("{class} {images}")
            })
            .collect();
        say(format_args!("{split}: {images} images ({})", classes.join(", ")))?;
    }
    for (reason, images) in plan.reasons() {
        say(format_args!("left out, {}: {images}", reason.replace('_', " ")))?;
    }
    Ok(())
}
