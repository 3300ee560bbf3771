//! `deploy`: a trained model behind an endpoint of SageMaker's.

use std::time::Duration;

use clap::Args;
use customer::{
    Buckets, DeployedModel, ResourceName, ResourceNameError, StoreError, Timestamp, TrainedModel,
};
use serde::Serialize;
use tokio::time::sleep;

use crate::{
    api::{
        Api, ApiError, ContainerDefinition, CreateEndpointConfig, CreateModel, DescribeEndpoint,
        DescribeEndpointConfig, DescribeModel, DescribeTrainingJob, Endpoint, ModelArtifacts,
        PlaceEndpoint, ProductionVariant, TrainingJob,
    },
    artifact::{ArtifactError, Card},
};

const ASKED_EVERY: Duration = Duration::from_secs(1);

/// Options of `darkroom deploy` and `model deploy`.
#[derive(Args, Clone, Debug)]
pub struct DeployOptions {
    /// The model, by the name of its training job
    pub model: ResourceName,

    /// Endpoint that it answers at from now on; made if there is none [default: the dataset's name]
    #[arg(long, value_name = "NAME")]
    pub endpoint: Option<ResourceName>,

    /// Container that serves: one that runs 'model serve'
    #[arg(long, env = "SERVING_IMAGE", value_name = "URI")]
    pub image: Option<String>,

    /// Role that the container takes on
    #[arg(long, env = "SAGEMAKER_ROLE_ARN", value_name = "ARN")]
    pub role: Option<String>,

    /// Machine that serves
    #[arg(long, env = "SERVING_INSTANCE_TYPE", default_value = "ml.m5.large")]
    pub instance_type: String,

    /// How many of them
    #[arg(long, default_value_t = 1)]
    pub instances: u32,
}

/// Why the model is not deployed.
#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    #[error("name the container that serves with --image or SERVING_IMAGE")]
    NoImage,
    #[error("name the role of the endpoint with --role or SAGEMAKER_ROLE_ARN")]
    NoRole,
    #[error("training job '{job}' is {status}; only what is Completed can be deployed")]
    NotTrained { job: ResourceName, status: String },
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    #[error("no endpoint can have the name of the dataset; name one with --endpoint")]
    Name(#[from] ResourceNameError),
    #[error("endpoint '{endpoint}' is {status}: {reason}")]
    Failed { endpoint: ResourceName, status: String, reason: String },
    #[error(transparent)]
    Api(#[from] ApiError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl DeployOptions {
    /// Deploys and waits until the endpoint answers; what was done already is not done again.
    pub async fn deploy(
        &self,
        api: &Api,
        buckets: &Buckets,
        mut tell: impl FnMut(&str),
    ) -> Result<DeployedModel, DeployError> {
        let model = self.model.clone();
        let artifacts = self.trained(api).await?.s3_model_artifacts;
        let card = Card::of(&buckets.feed(), &model, &artifacts).await?;
        let of_dataset = || card.snapshot_id.dataset.as_str().parse();
        let endpoint = self.endpoint.clone().map_or_else(of_dataset, Ok)?;
        self.create_model(api, artifacts).await?;
        self.configure(api).await?;
        self.place(api, &endpoint).await?;
        tell(&format!("endpoint '{endpoint}': {model}"));
        self.wait(api, &endpoint, tell).await?;
        let Card { snapshot_id: snapshot, classes, rendition, accuracy } = card;
        let trained_at = Timestamp::now();
        let accuracy = accuracy.into_iter().filter_map(|(split, right)| Some((split, right?)));
        let (name, of) = (model.clone(), snapshot.clone());
        let measured =
            TrainedModel { model: name, snapshot: of, trained_at, accuracy: accuracy.collect() };
        measured.put(&buckets.feed()).await?;
        let deployed = DeployedModel { endpoint, model, snapshot, rendition, classes };
        deployed.put(&buckets.service()).await?;
        Ok(deployed)
    }

    async fn trained(&self, api: &Api) -> Result<ModelArtifacts, DeployError> {
        let request = DescribeTrainingJob { training_job_name: self.model.clone() };
        let job: TrainingJob = api.call("DescribeTrainingJob", &request).await?;
        let status = job.training_job_status;
        let completed = job.model_artifacts.filter(|_| status == "Completed");
        completed.ok_or_else(|| DeployError::NotTrained { job: self.model.clone(), status })
    }

    async fn create_model(&self, api: &Api, artifacts: String) -> Result<(), DeployError> {
        let request = CreateModel {
            model_name: self.model.clone(),
            primary_container: ContainerDefinition {
                image: self.image.clone().ok_or(DeployError::NoImage)?,
                model_data_url: artifacts,
            },
            execution_role_arn: self.role.clone().ok_or(DeployError::NoRole)?,
        };
        let described = DescribeModel { model_name: self.model.clone() };
        unless_there(api, ("DescribeModel", &described), ("CreateModel", &request)).await
    }

    /// An endpoint's configuration is named by its model, its variant too: so each answer tells whose it is.
    async fn configure(&self, api: &Api) -> Result<(), DeployError> {
        let request = CreateEndpointConfig {
            endpoint_config_name: self.model.clone(),
            production_variants: vec![ProductionVariant {
                variant_name: self.model.clone(),
                model_name: self.model.clone(),
                initial_instance_count: Some(self.instances),
                instance_type: Some(self.instance_type.clone()),
            }],
        };
        let described = DescribeEndpointConfig { endpoint_config_name: self.model.clone() };
        let create = ("CreateEndpointConfig", &request);
        unless_there(api, ("DescribeEndpointConfig", &described), create).await
    }

    async fn place(&self, api: &Api, endpoint: &ResourceName) -> Result<(), DeployError> {
        let request = PlaceEndpoint {
            endpoint_name: endpoint.clone(),
            endpoint_config_name: self.model.clone(),
        };
        let operation = match described(api, endpoint).await {
            Ok(there) if there.endpoint_status == "Failed" => {
                // What has never been in service can only be deleted.
                delete(api, endpoint).await?;
                "CreateEndpoint"
            }
            Ok(there) if self.is_placed(&there) => return Ok(()),
            Ok(_) => "UpdateEndpoint",
            Err(error) if error.is_unknown_name() => "CreateEndpoint",
            Err(error) => return Err(error.into()),
        };
        api.call::<serde_json::Value>(operation, &request).await?;
        Ok(())
    }

    /// Whether the endpoint has this model, or is being updated to it.
    fn is_placed(&self, endpoint: &Endpoint) -> bool {
        let pending = endpoint.pending_deployment_summary.as_ref();
        let next =
            pending.map_or(&endpoint.endpoint_config_name, |next| &next.endpoint_config_name);
        *next == self.model
    }

    async fn wait(
        &self,
        api: &Api,
        endpoint: &ResourceName,
        mut tell: impl FnMut(&str),
    ) -> Result<(), DeployError> {
        let mut told = String::new();
        loop {
            let now = described(api, endpoint).await?;
            if now.endpoint_status != told {
                told.clone_from(&now.endpoint_status);
                tell(&format!("{endpoint}: {told}"));
            }
            match now.endpoint_status.as_str() {
                "InService" if now.endpoint_config_name == self.model => return Ok(()),
                "Creating" | "Updating" | "SystemUpdating" => sleep(ASKED_EVERY).await,
                // An update that failed leaves the endpoint in service as it was before.
                status => {
                    let endpoint = endpoint.clone();
                    let reason =
                        now.failure_reason.unwrap_or_else(|| "no reason is given".to_owned());
                    return Err(DeployError::Failed {
                        endpoint,
                        status: status.to_owned(),
                        reason,
                    });
                }
            }
        }
    }
}

async fn described(api: &Api, endpoint: &ResourceName) -> Result<Endpoint, ApiError> {
    let request = DescribeEndpoint { endpoint_name: endpoint.clone() };
    api.call("DescribeEndpoint", &request).await
}

/// Deletes an endpoint, and waits until it is gone.
async fn delete(api: &Api, endpoint: &ResourceName) -> Result<(), ApiError> {
    let request = DescribeEndpoint { endpoint_name: endpoint.clone() };
    api.call::<serde_json::Value>("DeleteEndpoint", &request).await?;
    loop {
        match described(api, endpoint).await {
            Err(error) if error.is_unknown_name() => return Ok(()),
            Err(error) => return Err(error),
            Ok(_) => sleep(ASKED_EVERY).await,
        }
    }
}

/// Creates what a description does not find.
async fn unless_there(
    api: &Api,
    (describe, described): (&'static str, &impl Serialize),
    (create, request): (&'static str, &impl Serialize),
) -> Result<(), DeployError> {
    match api.call::<serde_json::Value>(describe, described).await {
        Ok(_) => return Ok(()),
        Err(error) if error.is_unknown_name() => {}
        Err(error) => return Err(error.into()),
    }
    api.call::<serde_json::Value>(create, request).await?;
    Ok(())
}
