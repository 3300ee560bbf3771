//! What a snapshot is asked for with, by either program.

use std::{io, path::PathBuf};

use clap::Args;
use customer::DatasetName;

use super::{Plan, Recipe, RecipeError, Snapshot, SnapshotError, Snapshots};

/// Options of `consumer snapshot` and `darkroom snapshot`.
#[derive(Args, Clone, Debug)]
pub struct SnapshotOptions {
    /// Of which dataset; the first snapshot makes it
    pub dataset: DatasetName,

    /// What to take, as TOML; everything that may be trained on without it
    #[arg(long, value_name = "FILE")]
    pub recipe: Option<PathBuf>,

    /// Say what would be taken and why each other image would not, and build nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Why there is no snapshot.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotOptionsError {
    #[error("the recipe '{file}' cannot be read")]
    File { file: PathBuf, source: io::Error },
    #[error("'{file}' is no recipe")]
    Recipe { file: PathBuf, source: RecipeError },
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
}

impl SnapshotOptions {
    /// Chooses by the recipe.
    pub async fn plan(&self, snapshots: &Snapshots) -> Result<Plan, SnapshotOptionsError> {
        let recipe = match &self.recipe {
            None => Recipe::default(),
            Some(file) => {
                let (read, refused) = (file.clone(), file.clone());
                let text = std::fs::read_to_string(file)
                    .map_err(|source| SnapshotOptionsError::File { file: read, source })?;
                Recipe::parse(&text)
                    .map_err(|source| SnapshotOptionsError::Recipe { file: refused, source })?
            }
        };
        Ok(snapshots.plan(self.dataset.clone(), recipe).await?)
    }

    /// Does all that is asked for, and tells of it in the log.
    pub async fn run(
        &self,
        snapshots: &Snapshots,
    ) -> Result<Option<Snapshot>, SnapshotOptionsError> {
        let plan = self.plan(snapshots).await?;
        tracing::info!(images = plan.images(), left_out = ?plan.reasons(), "chosen");
        if self.dry_run {
            plan.left_out().for_each(|line| tracing::info!(line, "left out"));
            return Ok(None);
        }
        let snapshot = snapshots.build(plan, |images| tracing::info!(images, "a shard")).await?;
        tracing::info!(?snapshot, "published");
        Ok(Some(snapshot))
    }
}
