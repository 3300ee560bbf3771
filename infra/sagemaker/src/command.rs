//! What the program `model` can be told to do.

use clap::Parser;
use customer::{Buckets, BucketsConfig, EnvironmentError, HttpClient};
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    DeployError, DeployOptions, ServeError, ServeOptions, TrainError, TrainOptions,
    api::{Api, ApiError},
};

/// Trains and deploys models of snapshots by SageMaker, and is what SageMaker runs to serve them.
#[derive(Debug, Parser)]
pub enum Command {
    /// Train a model on a snapshot
    Train(TrainOptions),
    /// Have a trained model answer at an endpoint
    Deploy(DeployOptions),
    /// Answer for the model in a folder, by the contract of SageMaker's containers
    Serve(ServeOptions),
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    #[error(transparent)]
    Api(#[from] ApiError),
    #[error(transparent)]
    Train(#[from] TrainError),
    #[error(transparent)]
    Deploy(#[from] DeployError),
    #[error(transparent)]
    Serve(#[from] ServeError),
    #[error("signals cannot be heard")]
    Signal(#[source] std::io::Error),
}

impl Command {
    pub async fn run(self) -> Result<(), CommandError> {
        let tell = |step: &str| tracing::info!("{step}");
        match self {
            Self::Train(options) => {
                let (api, buckets) = clients().await?;
                let trained = options.train(&api, &buckets.feed(), tell).await?;
                tracing::info!(?trained, "trained");
            }
            Self::Deploy(options) => {
                let (api, buckets) = clients().await?;
                let deployed = options.deploy(&api, &buckets, tell).await?;
                tracing::info!(?deployed, "deployed");
            }
            Self::Serve(options) => {
                let mut stop = signal(SignalKind::terminate()).map_err(CommandError::Signal)?;
                options.run(async move { stop.recv().await.unwrap_or_default() }).await?;
            }
        }
        Ok(())
    }
}

async fn clients() -> Result<(Api, Buckets), CommandError> {
    let sdk = HttpClient::new().sdk().await;
    let api = Api::new(&sdk)?;
    Ok((api, Buckets::new(sdk, BucketsConfig::from_env()?)))
}
