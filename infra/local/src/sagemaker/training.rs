//! Training jobs: begun, one at a time run, taken up again after a restart.

use std::{
    collections::HashMap,
    io,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use customer::{Bucket, ResourceName};
use model::api::{CreateTrainingJob, Metric};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::{
    control::seconds,
    job::{Job, JobError},
    resources::{Description, Kind, Resources},
};

/// Bytes that SageMaker keeps of a reason.
const REASON_CHARACTERS_MAX: usize = 1024;

/// What runs them. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Training {
    resources: Arc<Resources>,
    feed: Bucket,
    folder: PathBuf,
    python: Option<PathBuf>,
    /// A job takes all the processors that it finds.
    turn: Arc<Semaphore>,
    running: Arc<Mutex<HashMap<ResourceName, CancellationToken>>>,
}

/// How a job ended.
enum End {
    Completed(Vec<Metric>),
    Failed(String),
    Stopped,
}

impl Training {
    pub(super) fn new(
        resources: Arc<Resources>,
        feed: Bucket,
        folder: PathBuf,
        python: Option<PathBuf>,
    ) -> Self {
        let (turn, running) = (Arc::new(Semaphore::new(1)), Arc::default());
        Self { resources, feed, folder, python, turn, running }
    }

    /// What is added to a request to describe the job that it begins.
    pub(super) fn begun(description: &mut Description, now: f64) {
        description.insert("LastModifiedTime".to_owned(), now.into());
        description.insert("TrainingJobStatus".to_owned(), "InProgress".into());
        description.insert("SecondaryStatus".to_owned(), "Starting".into());
    }

    /// Runs again what was running when this machine was stopped.
    pub(super) fn resume(&self) -> io::Result<()> {
        // What a killed job left.
        match std::fs::remove_dir_all(self.folder.join("jobs")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        for (job, description) in self.resources.all(Kind::TrainingJob)? {
            match description.get("TrainingJobStatus").and_then(Value::as_str) {
                Some("InProgress") => self.start(job),
                Some("Stopping") => self.end(&job, End::Stopped),
                _ => {}
            }
        }
        Ok(())
    }

    pub(super) fn start(&self, job: ResourceName) {
        let (training, stop) = (self.clone(), CancellationToken::new());
        self.running().insert(job.clone(), stop.clone());
        tokio::spawn(async move {
            let end = tokio::select! {
                () = stop.cancelled() => End::Stopped,
                end = training.run(&job) => end,
            };
            training.end(&job, end);
            training.running().remove(&job);
        });
    }

    /// A job that has ended stays as it is.
    pub(super) fn stop(&self, job: &ResourceName) -> io::Result<()> {
        let Some(running) = self.running().get(job).cloned() else { return Ok(()) };
        self.resources.change(Kind::TrainingJob, job, |description| {
            description.insert("TrainingJobStatus".to_owned(), "Stopping".into());
            description.insert("SecondaryStatus".to_owned(), "Stopping".into());
        })?;
        running.cancel();
        Ok(())
    }

    fn running(&self) -> std::sync::MutexGuard<'_, HashMap<ResourceName, CancellationToken>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn run(&self, job: &ResourceName) -> End {
        let _turn = self.turn.acquire().await;
        match self.try_to_run(job).await {
            Ok(metrics) => End::Completed(metrics),
            Err(reason) => End::Failed(reason),
        }
    }

    async fn try_to_run(&self, name: &ResourceName) -> Result<Vec<Metric>, String> {
        let described =
            self.resources.get(Kind::TrainingJob, name).map_err(|error| error.to_string())?;
        let described = Value::Object(described.unwrap_or_default());
        let request: CreateTrainingJob =
            serde_json::from_value(described).map_err(|error| error.to_string())?;
        let job = Job {
            request,
            feed: self.feed.clone(),
            folder: self.folder.clone(),
            python: self.python.clone(),
        };
        let ran = job.run(|step| self.tell(name, step)).await;
        ran.map_err(|error| reason(&error))
    }

    fn tell(&self, job: &ResourceName, step: &'static str) {
        self.write(job, |description| {
            description.insert("SecondaryStatus".to_owned(), step.into());
            if step == "Training" {
                description.insert("TrainingStartTime".to_owned(), seconds().into());
            }
        });
    }

    fn end(&self, job: &ResourceName, end: End) {
        let artifact = customer::ObjectKey::ModelArtifact(job.clone());
        let artifact = format!("s3://{}/{artifact}", self.feed.name());
        self.write(job, |description| {
            let status = match end {
                End::Completed(metrics) => {
                    let artifacts = json!({"S3ModelArtifacts": artifact});
                    description.insert("ModelArtifacts".to_owned(), artifacts);
                    description.insert("FinalMetricDataList".to_owned(), json!(metrics));
                    "Completed"
                }
                End::Failed(reason) => {
                    tracing::warn!(%job, reason, "training failed");
                    description.insert("FailureReason".to_owned(), reason.into());
                    "Failed"
                }
                End::Stopped => "Stopped",
            };
            description.insert("TrainingJobStatus".to_owned(), status.into());
            description.insert("SecondaryStatus".to_owned(), status.into());
            description.insert("TrainingEndTime".to_owned(), seconds().into());
        });
    }

    fn write(&self, job: &ResourceName, change: impl FnOnce(&mut Description)) {
        let written = self.resources.change(Kind::TrainingJob, job, |description| {
            description.insert("LastModifiedTime".to_owned(), seconds().into());
            change(description);
        });
        if let Err(error) = written {
            tracing::error!(%job, %error, "nobody knows how the job is");
        }
    }
}

/// As SageMaker words it: whether the script or its surroundings failed.
fn reason(error: &JobError) -> String {
    let kind = match error {
        JobError::Script(_) | JobError::TimedOut(_) => "AlgorithmError",
        JobError::NoScript(_) | JobError::Metrics(_) | JobError::Layout(_) => "ClientError",
        _ => "InternalServerError",
    };
    let mut told = format!("{kind}: {error}");
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        told = format!("{told}: {error}");
        source = error.source();
    }
    told.chars().take(REASON_CHARACTERS_MAX).collect()
}
