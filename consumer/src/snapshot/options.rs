//! What a snapshot is asked for with, by either program.

use std::{io, path::PathBuf, time::Duration};

use clap::{Args, Subcommand};
use customer::{DatasetName, Recipe, RecipeError, SnapshotName};

use super::{Difference, DifferenceError, Plan, SnapshotError, Snapshots};

/// The feed takes a few seconds; an image that it cannot take for now keeps nobody longer.
const PATIENCE_SECONDS: u64 = 30;

/// Options of `consumer snapshot` and `darkroom snapshot`.
#[derive(Args, Clone, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct SnapshotOptions {
    #[command(subcommand)]
    pub verb: Option<SnapshotVerb>,

    /// Of which dataset; the first snapshot makes it
    #[arg(required = true)]
    pub dataset: Option<DatasetName>,

    /// What to take, as TOML; everything that may be trained on without it
    #[arg(long, value_name = "FILE")]
    pub recipe: Option<PathBuf>,

    /// Say what would be taken and why each other image would not, and build nothing
    #[arg(long)]
    pub dry_run: bool,

    /// How many seconds to wait for images that the feed has not come to [default: 30; 0 with --dry-run]
    #[arg(long, value_name = "SECONDS")]
    pub wait: Option<u64>,
}

/// What else can be done with snapshots.
#[derive(Clone, Debug, Subcommand)]
pub enum SnapshotVerb {
    /// Say what became of each image from one snapshot to another
    Diff {
        /// The earlier one, as DATASET/NUMBER
        from: SnapshotName,
        /// The later one, as DATASET/NUMBER
        to: SnapshotName,
    },
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotOptionsError {
    #[error("the recipe '{file}' cannot be read")]
    File { file: PathBuf, source: io::Error },
    #[error("'{file}' is no recipe")]
    Recipe { file: PathBuf, source: RecipeError },
    #[error("name a dataset")]
    NoDataset,
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    #[error(transparent)]
    Difference(#[from] DifferenceError),
}

impl SnapshotOptions {
    /// Chooses by the recipe.
    pub async fn plan(&self, snapshots: &Snapshots) -> Result<Plan, SnapshotOptionsError> {
        let dataset = self.dataset.clone().ok_or(SnapshotOptionsError::NoDataset)?;
        let patience = self.wait.unwrap_or(if self.dry_run { 0 } else { PATIENCE_SECONDS });
        let patience = Duration::from_secs(patience);
        Ok(snapshots.plan(dataset, self.recipe()?, patience).await?)
    }

    fn recipe(&self) -> Result<Recipe, SnapshotOptionsError> {
        let Some(file) = self.recipe.clone() else { return Ok(Recipe::default()) };
        match std::fs::read_to_string(&file) {
            Err(source) => Err(SnapshotOptionsError::File { file, source }),
            Ok(text) => {
                Recipe::parse(&text).map_err(|source| SnapshotOptionsError::Recipe { file, source })
            }
        }
    }

    /// Does all that is asked for, and tells of it in the log.
    pub async fn run(&self, snapshots: &Snapshots) -> Result<(), SnapshotOptionsError> {
        if let Some(SnapshotVerb::Diff { from, to }) = &self.verb {
            let difference = Difference::between(snapshots, from, to).await?;
            difference.lines().for_each(|line| tracing::info!(line, "differs"));
            tracing::info!(counts = ?difference.counts(), "compared");
            return Ok(());
        }
        let plan = self.plan(snapshots).await?;
        tracing::info!(images = plan.images(), left_out = ?plan.reasons(), "chosen");
        if self.dry_run {
            plan.left_out().for_each(|line| tracing::info!(line, "left out"));
            return Ok(());
        }
        let snapshot = snapshots.build(plan, |images| tracing::info!(images, "a shard")).await?;
        tracing::info!(?snapshot, "published");
        Ok(())
    }
}
