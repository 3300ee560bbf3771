//! `darkroom train`: a model of a snapshot.

use std::process::ExitCode;

use clap::Args;
use model::TrainOptions;

use super::{Where, operator::Operator, say};
use crate::names::{SAGEMAKER_ROLE, TRAINING_IMAGE};

/// Trains a classifier on a snapshot, by a training job of SageMaker's API. The first time on one machine it installs
/// what the training scripts import.
#[derive(Args, Debug)]
pub(super) struct Train {
    #[command(flatten)]
    options: TrainOptions,

    #[command(flatten)]
    place: Where,
}

impl Train {
    pub(super) async fn run(mut self) -> anyhow::Result<ExitCode> {
        let operator = Operator::at(&self.place).await?;
        self.options.image.get_or_insert_with(|| TRAINING_IMAGE.to_owned());
        self.options.role.get_or_insert_with(|| SAGEMAKER_ROLE.to_owned());
        let (api, feed) = (operator.sagemaker().await?, operator.buckets.feed());
        let tell = |step: &str| tracing::info!("{step}");
        let trained = self.options.train(&api, &feed, tell).await?;
        for (metric, value) in &trained.metrics {
            say(format_args!("{metric} {value:.3}"))?;
        }
        say(format_args!("model {} of snapshot {}", trained.model, trained.snapshot))?;
        operator.audit("train", trained.model.as_str());
        Ok(ExitCode::SUCCESS)
    }
}
