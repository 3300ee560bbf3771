//! `darkroom deploy`: a trained model behind an endpoint.

use std::process::ExitCode;

use clap::Args;
use model::DeployOptions;

use super::{Where, operator::Operator, say};
use crate::names::{SAGEMAKER_ROLE, SERVING_IMAGE};

/// Has a trained model answer at an endpoint. Customers may ask it once 'darkroom customer set NAME --endpoint ENDPOINT'
/// has said so.
#[derive(Args, Debug)]
pub(super) struct Deploy {
    #[command(flatten)]
    options: DeployOptions,

    #[command(flatten)]
    place: Where,
}

impl Deploy {
    pub(super) async fn run(mut self) -> anyhow::Result<ExitCode> {
        let operator = Operator::at(&self.place).await?;
        self.options.image.get_or_insert_with(|| SERVING_IMAGE.to_owned());
        self.options.role.get_or_insert_with(|| SAGEMAKER_ROLE.to_owned());
        let api = operator.sagemaker().await?;
        let tell = |step: &str| tracing::info!("{step}");
        let deployed = self.options.deploy(&api, &operator.buckets, tell).await?;
        say(format_args!("model {} answers at endpoint {}", deployed.model, deployed.endpoint))?;
        operator.audit("deploy", &format!("{} at {}", deployed.model, deployed.endpoint));
        Ok(ExitCode::SUCCESS)
    }
}
