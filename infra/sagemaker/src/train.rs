//! `train`: a training job of SageMaker on a snapshot, and its end.

use std::{collections::BTreeMap, io, time::Duration};

use clap::Args;
use customer::{
    Bucket, Condition, DatasetName, DatasetNameError, ObjectKey, ResourceName, ResourceNameError,
    SnapshotName, SnapshotNameError, StoreError, Timestamp, TrainedModel, TrainedOn,
};
use tokio::time::sleep;

use crate::{
    api::{
        AlgorithmSpecification, Api, ApiError, Channel, CreateTrainingJob, DataSource,
        DescribeTrainingJob, MetricDefinition, OutputDataConfig, ResourceConfig, S3DataSource,
        StoppingCondition, TrainingJob,
    },
    snapshot::{Snapshot, SnapshotError},
    source,
};

const ASKED_EVERY: Duration = Duration::from_secs(2);
/// What train.py prints, each as `train:accuracy=0.9`.
const METRICS: [&str; 3] = ["train:accuracy", "validation:accuracy", "test:accuracy"];
/// What follows a split's name in them.
const ACCURACY: &str = ":accuracy";
/// Leaves room for a snapshot's number and a time in a job's name.
const DATASET_CHARACTERS_MAX: usize = 36;
const VOLUME_GB: u32 = 50;

/// Options of `darkroom train` and `model train`.
#[derive(Args, Clone, Debug)]
pub struct TrainOptions {
    /// On what: a dataset, for its last snapshot, or a snapshot such as pets/3
    #[arg(value_name = "DATASET[/NUMBER]")]
    pub on: TrainOn,

    /// Name of the training job and of the model [default: of dataset, number and time]
    #[arg(long, value_name = "NAME")]
    pub name: Option<ResourceName>,

    /// Option of train.py, such as seed=1 or edge=96; may be given several times
    #[arg(long = "hyperparameter", value_name = "NAME=VALUE", value_parser = hyperparameter)]
    pub hyperparameters: Vec<(String, String)>,

    /// Container that trains: one with SageMaker's toolkit, such as AWS's for scikit-learn or PyTorch
    #[arg(long, env = "TRAINING_IMAGE", value_name = "URI")]
    pub image: Option<String>,

    /// Role that the training job takes on
    #[arg(long, env = "SAGEMAKER_ROLE_ARN", value_name = "ARN")]
    pub role: Option<String>,

    /// Machine that trains
    #[arg(long, env = "TRAINING_INSTANCE_TYPE", default_value = "ml.m5.xlarge")]
    pub instance_type: String,

    /// After how many seconds training is stopped
    #[arg(long, default_value_t = 3600)]
    pub seconds_max: u32,

    /// Do not wait for the end
    #[arg(long)]
    pub no_wait: bool,
}

/// What is trained on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrainOn {
    Latest(DatasetName),
    Snapshot(SnapshotName),
}

/// Where a job runs: what has no default at AWS.
#[derive(Clone, Debug)]
struct Place {
    image: String,
    role: String,
}

/// A model that was trained, or, without waiting, is being trained.
#[derive(Clone, Debug, PartialEq)]
pub struct Trained {
    pub model: ResourceName,
    pub snapshot: SnapshotName,
    /// By metric, in the order in which they are named; empty without waiting.
    pub metrics: Vec<(String, f64)>,
}

/// Why nothing was trained.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    #[error("name the container that trains with --image or TRAINING_IMAGE")]
    NoImage,
    #[error("name the role of the training job with --role or SAGEMAKER_ROLE_ARN")]
    NoRole,
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    #[error(transparent)]
    Name(#[from] ResourceNameError),
    #[error("there is a model '{0}' already; give another --name")]
    Taken(ResourceName),
    #[error("the scripts cannot be packed")]
    Source(#[source] io::Error),
    #[error("training job '{job}' ended as {status}: {reason}")]
    Failed { job: ResourceName, status: String, reason: String },
    #[error(transparent)]
    Api(#[from] ApiError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl TrainOptions {
    /// Starts the job and, unless told otherwise, waits for its end; `tell` hears of each step.
    pub async fn train(
        &self,
        api: &Api,
        feed: &Bucket,
        mut tell: impl FnMut(&str),
    ) -> Result<Trained, TrainError> {
        let place = self.place()?;
        let snapshot = self.snapshot(feed).await?;
        let model = match &self.name {
            Some(name) => name.clone(),
            None => name_of(&snapshot.name, Timestamp::now())?,
        };
        note(feed, &model, &snapshot.name).await?;
        // An erasure that did not see the note has replaced the snapshot by now.
        let snapshot = Snapshot::named(feed, snapshot.name).await?;
        let source = source::archive().map_err(TrainError::Source)?;
        feed.put(&ObjectKey::TrainingSource(model.clone()), source, None, Condition::Always)
            .await?;
        let job = self.job(feed, &model, &snapshot, place);
        api.call::<serde_json::Value>("CreateTrainingJob", &job).await?;
        tell(&format!("training job '{model}' on snapshot {}", snapshot.name));
        let snapshot = snapshot.name;
        if self.no_wait {
            return Ok(Trained { model, snapshot, metrics: Vec::new() });
        }
        let metrics = wait(api, &model, tell).await?;
        let trained = Trained { model, snapshot, metrics };
        trained.measured().put(feed).await?;
        Ok(trained)
    }

    fn place(&self) -> Result<Place, TrainError> {
        let image = self.image.clone().ok_or(TrainError::NoImage)?;
        Ok(Place { image, role: self.role.clone().ok_or(TrainError::NoRole)? })
    }

    async fn snapshot(&self, feed: &Bucket) -> Result<Snapshot, SnapshotError> {
        match self.on.clone() {
            TrainOn::Latest(dataset) => Snapshot::latest(feed, dataset).await,
            TrainOn::Snapshot(name) => Snapshot::named(feed, name).await,
        }
    }

    fn job(
        &self,
        feed: &Bucket,
        model: &ResourceName,
        snapshot: &Snapshot,
        place: Place,
    ) -> CreateTrainingJob {
        let uri = |key: &str| format!("s3://{}/{key}", feed.name());
        let metric_definitions = METRICS.map(|name| MetricDefinition {
            name: name.to_owned(),
            regex: format!("{name}=([0-9.]+)"),
        });
        let source = uri(&ObjectKey::TrainingSource(model.clone()).to_string());
        let mut hyper_parameters: BTreeMap<_, _> = self.hyperparameters.iter().cloned().collect();
        hyper_parameters.insert("sagemaker_program".to_owned(), source::PROGRAM.to_owned());
        hyper_parameters.insert("sagemaker_submit_directory".to_owned(), source);
        hyper_parameters.insert("snapshot-number".to_owned(), snapshot.name.number.to_string());
        CreateTrainingJob {
            training_job_name: model.clone(),
            hyper_parameters,
            algorithm_specification: AlgorithmSpecification {
                training_image: place.image,
                training_input_mode: "File".to_owned(),
                metric_definitions: metric_definitions.into(),
            },
            role_arn: place.role,
            input_data_config: channels(feed, snapshot),
            output_data_config: OutputDataConfig {
                s3_output_path: uri(ObjectKey::MODELS.trim_end_matches('/')),
            },
            resource_config: ResourceConfig {
                instance_type: self.instance_type.clone(),
                instance_count: 1,
                volume_size_in_gb: VOLUME_GB,
            },
            stopping_condition: StoppingCondition { max_runtime_in_seconds: self.seconds_max },
        }
    }
}

impl Trained {
    fn measured(&self) -> TrainedModel {
        let of_split =
            |(name, value): &(String, f64)| Some((name.strip_suffix(ACCURACY)?.to_owned(), *value));
        TrainedModel {
            model: self.model.clone(),
            snapshot: self.snapshot.clone(),
            trained_at: Timestamp::now(),
            accuracy: self.metrics.iter().filter_map(of_split).collect(),
        }
    }
}

/// A channel of shards for each split, and one of the snapshot's description.
fn channels(feed: &Bucket, snapshot: &Snapshot) -> Vec<Channel> {
    let channel = |name: &str, kind: &str, uri: String| Channel {
        channel_name: name.to_owned(),
        data_source: DataSource {
            s3_data_source: S3DataSource {
                s3_data_type: kind.to_owned(),
                s3_uri: uri,
                s3_data_distribution_type: "FullyReplicated".to_owned(),
            },
        },
    };
    let split = |split: &&str| {
        channel(split, "ManifestFile", snapshot.uri(feed, &format!("{split}.manifest")))
    };
    let description = channel("snapshot", "S3Prefix", snapshot.description(feed));
    snapshot.splits.iter().map(split).chain([description]).collect()
}

/// Writes down what the model is trained on, before it can be.
async fn note(
    feed: &Bucket,
    model: &ResourceName,
    snapshot: &SnapshotName,
) -> Result<(), TrainError> {
    let trained_on = TrainedOn { model: model.clone(), snapshot: snapshot.clone() };
    match trained_on.put(feed).await {
        Err(StoreError::PreconditionFailed { .. }) => Err(TrainError::Taken(model.clone())),
        put => Ok(put?),
    }
}

/// `pets-3-20261122-093000`.
fn name_of(snapshot: &SnapshotName, now: Timestamp) -> Result<ResourceName, ResourceNameError> {
    let SnapshotName { dataset, number } = snapshot;
    let dataset: String = dataset.as_str().chars().take(DATASET_CHARACTERS_MAX).collect();
    let now: String = now.to_string().chars().filter(char::is_ascii_digit).take(14).collect();
    let (day, time) = now.split_at(8);
    format!("{dataset}-{number}-{day}-{time}").parse()
}

async fn wait(
    api: &Api,
    job: &ResourceName,
    mut tell: impl FnMut(&str),
) -> Result<Vec<(String, f64)>, TrainError> {
    let request = DescribeTrainingJob { training_job_name: job.clone() };
    let mut told = String::new();
    loop {
        let now: TrainingJob = api.call("DescribeTrainingJob", &request).await?;
        if now.secondary_status != told {
            told = now.secondary_status;
            tell(&format!("{job}: {told}"));
        }
        match now.training_job_status.as_str() {
            "InProgress" | "Stopping" => sleep(ASKED_EVERY).await,
            "Completed" => {
                let metrics = now.final_metric_data_list.into_iter();
                return Ok(metrics.map(|metric| (metric.metric_name, metric.value)).collect());
            }
            status => {
                let reason = now.failure_reason.unwrap_or_else(|| "no reason is given".to_owned());
                let status = status.to_owned();
                return Err(TrainError::Failed { job: job.clone(), status, reason });
            }
        }
    }
}

fn hyperparameter(text: &str) -> Result<(String, String), &'static str> {
    let (name, value) = text.split_once('=').ok_or("a hyperparameter is NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

impl std::str::FromStr for TrainOn {
    type Err = SnapshotNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.contains('/') {
            return text.parse().map(Self::Snapshot);
        }
        let dataset = text.parse::<DatasetName>();
        dataset.map(Self::Latest).map_err(|error: DatasetNameError| error.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_named_by_what_it_is_trained_on_and_when() {
        let noon = Timestamp::from_ms(1_795_348_800_000);
        let name = |snapshot: String| name_of(&snapshot.parse().unwrap(), noon).unwrap();
        assert_eq!(name("pets/3".to_owned()).as_str(), "pets-3-20261122-120000");
        let longest = name(format!("{}/{}", "a".repeat(63), u32::MAX));
        assert!(longest.as_str().len() <= ResourceName::CHARACTERS_MAX);
        let hyphens = name(format!("{}-b/1", "a".repeat(35)));
        assert!(hyphens.as_str().starts_with(&"a".repeat(35)));
    }

    #[test]
    fn a_dataset_means_its_last_snapshot() {
        assert_eq!("pets".parse(), Ok(TrainOn::Latest("pets".parse().unwrap())));
        assert_eq!("pets/3".parse(), Ok(TrainOn::Snapshot("pets/3".parse().unwrap())));
        assert!("pets/x".parse::<TrainOn>().is_err());
    }
}
