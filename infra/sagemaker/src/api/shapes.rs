//! Requests and answers, with the members' names of AWS's service model (sagemaker 2017-07-24).

#![allow(clippy::struct_field_names, reason = "members have the names that AWS gave them")]

use std::collections::BTreeMap;

use customer::ResourceName;
use serde::{Deserialize, Serialize};

/// `CreateTrainingJob`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateTrainingJob {
    pub training_job_name: ResourceName,
    #[serde(default)]
    pub hyper_parameters: BTreeMap<String, String>,
    pub algorithm_specification: AlgorithmSpecification,
    pub role_arn: String,
    #[serde(default)]
    pub input_data_config: Vec<Channel>,
    pub output_data_config: OutputDataConfig,
    pub resource_config: ResourceConfig,
    pub stopping_condition: StoppingCondition,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AlgorithmSpecification {
    pub training_image: String,
    pub training_input_mode: String,
    #[serde(default)]
    pub metric_definitions: Vec<MetricDefinition>,
}

/// How a number is found in what a script prints.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct MetricDefinition {
    pub name: String,
    pub regex: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Channel {
    pub channel_name: String,
    pub data_source: DataSource,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DataSource {
    pub s3_data_source: S3DataSource,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct S3DataSource {
    /// `ManifestFile` or `S3Prefix`.
    pub s3_data_type: String,
    pub s3_uri: String,
    #[serde(default = "fully_replicated")]
    pub s3_data_distribution_type: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct OutputDataConfig {
    pub s3_output_path: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ResourceConfig {
    pub instance_type: String,
    pub instance_count: u32,
    #[serde(rename = "VolumeSizeInGB")]
    pub volume_size_in_gb: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct StoppingCondition {
    pub max_runtime_in_seconds: u32,
}

/// What `DescribeTrainingJob` is asked with.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeTrainingJob {
    pub training_job_name: ResourceName,
}

/// What it answers, as far as it is read here.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TrainingJob {
    /// `InProgress`, `Completed`, `Failed`, `Stopping` or `Stopped`.
    pub training_job_status: String,
    #[serde(default)]
    pub secondary_status: String,
    pub failure_reason: Option<String>,
    pub model_artifacts: Option<ModelArtifacts>,
    #[serde(default)]
    pub final_metric_data_list: Vec<Metric>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ModelArtifacts {
    pub s3_model_artifacts: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Metric {
    pub metric_name: String,
    pub value: f64,
    /// Seconds since 1970.
    pub timestamp: f64,
}

/// `CreateModel`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateModel {
    pub model_name: ResourceName,
    pub primary_container: ContainerDefinition,
    pub execution_role_arn: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ContainerDefinition {
    pub image: String,
    pub model_data_url: String,
}

/// What `DescribeModel` and `DeleteModel` are asked with.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeModel {
    pub model_name: ResourceName,
}

/// `CreateEndpointConfig`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateEndpointConfig {
    pub endpoint_config_name: ResourceName,
    pub production_variants: Vec<ProductionVariant>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ProductionVariant {
    pub variant_name: ResourceName,
    pub model_name: ResourceName,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initial_instance_count: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_type: Option<String>,
}

/// What `DescribeEndpointConfig` and `DeleteEndpointConfig` are asked with.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeEndpointConfig {
    pub endpoint_config_name: ResourceName,
}

/// `CreateEndpoint` and `UpdateEndpoint`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PlaceEndpoint {
    pub endpoint_name: ResourceName,
    pub endpoint_config_name: ResourceName,
}

/// What `DescribeEndpoint` and `DeleteEndpoint` are asked with.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeEndpoint {
    pub endpoint_name: ResourceName,
}

/// What `DescribeEndpoint` answers, as far as it is read here.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Endpoint {
    pub endpoint_config_name: ResourceName,
    /// What an update is on its way to.
    pub pending_deployment_summary: Option<PendingDeployment>,
    /// `Creating`, `Updating`, `InService`, `Failed` and others.
    pub endpoint_status: String,
    pub failure_reason: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PendingDeployment {
    pub endpoint_config_name: ResourceName,
}

fn fully_replicated() -> String {
    "FullyReplicated".to_owned()
}
