//! One training job from its scripts to its model.

use std::{
    collections::VecDeque,
    io,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use customer::{Bucket, Condition, ObjectKey, StoreError};
use model::api::{CreateTrainingJob, Metric};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

use super::{
    control::seconds,
    layout::{Layout, LayoutError},
    metrics::Metrics,
    python::{self, PythonError},
};

/// Hyperparameters that are for SageMaker's toolkit and not for the script.
const FOR_TOOLKIT: &str = "sagemaker_";
const PROGRAM: &str = "sagemaker_program";
const SOURCE: &str = "sagemaker_submit_directory";
/// Lines of its log that tell why a script failed.
const LINES_TOLD: usize = 5;
/// What a script finds of this machine's environment: nothing that is secret.
const PASSED_ON: [&str; 4] = ["PATH", "HOME", "LANG", "TMPDIR"];

/// A job that is to be run, and by what.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) request: CreateTrainingJob,
    pub(super) feed: Bucket,
    pub(super) folder: PathBuf,
    pub(super) python: Option<PathBuf>,
}

/// Why a job left no model.
#[derive(Debug, thiserror::Error)]
pub(super) enum JobError {
    #[error(
        "HyperParameters: '{0}' is missing; SageMaker's toolkit wants it for a script of one's own"
    )]
    NoScript(&'static str),
    #[error("MetricDefinitions: {0}")]
    Metrics(#[from] regex::Error),
    #[error(transparent)]
    Python(#[from] PythonError),
    #[error(transparent)]
    Layout(#[from] LayoutError),
    #[error("the script cannot be started: is there a program 'setpriv'?")]
    Process(#[source] io::Error),
    #[error("the script was stopped after {0} seconds")]
    TimedOut(u32),
    #[error("{0}")]
    Script(String),
    #[error("what the script left cannot be packed")]
    Archive(#[source] io::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the job was cut off")]
    Interrupted(#[from] tokio::task::JoinError),
}

impl Job {
    /// Runs it; `tell` hears of each step, by SageMaker's words for them.
    pub(super) async fn run(self, tell: impl Fn(&'static str)) -> Result<Vec<Metric>, JobError> {
        let mut metrics = Metrics::new(&self.request.algorithm_specification.metric_definitions)?;
        tell("Starting");
        let layout = Layout::new(&self.folder.join("jobs")).map_err(LayoutError::from)?;
        layout.fill_code(&self.feed, self.hyperparameter(SOURCE)?).await?;
        let python = self.python(&layout).await?;
        tell("Downloading");
        for channel in &self.request.input_data_config {
            layout.fill(&self.feed, channel).await?;
        }
        tell("Training");
        self.script(&python, &layout, &mut metrics).await?;
        tell("Uploading");
        let archive = tokio::task::spawn_blocking(move || layout.archive()).await?;
        let key = ObjectKey::ModelArtifact(self.request.training_job_name);
        self.feed.put(&key, archive.map_err(JobError::Archive)?, None, Condition::Always).await?;
        Ok(metrics.last())
    }

    async fn python(&self, layout: &Layout) -> Result<PathBuf, JobError> {
        match &self.python {
            Some(python) => Ok(python.clone()),
            None => Ok(python::interpreter(&layout.code(), &self.folder.join("python")).await?),
        }
    }

    fn hyperparameter(&self, name: &'static str) -> Result<&str, JobError> {
        let given = self.request.hyper_parameters.get(name);
        // SageMaker's SDK writes them as JSON.
        given.map(|value| value.trim_matches('"')).ok_or(JobError::NoScript(name))
    }

    /// Runs the script to its end; the log goes into this process's.
    async fn script(
        &self,
        python: &Path,
        layout: &Layout,
        metrics: &mut Metrics,
    ) -> Result<(), JobError> {
        let mut child = self.command(python, layout)?.spawn().map_err(JobError::Process)?;
        let seconds_max = self.request.stopping_condition.max_runtime_in_seconds;
        let ended = follow(&mut child, metrics, self.request.training_job_name.as_str());
        let ended = timeout(Duration::from_secs(seconds_max.into()), ended).await;
        let (succeeded, log) = ended.map_err(|_| JobError::TimedOut(seconds_max))??;
        if succeeded {
            return Ok(());
        }
        let told = || log.into_iter().collect::<Vec<_>>().join("\n");
        Err(JobError::Script(layout.failure().unwrap_or_else(told)))
    }

    /// The script as SageMaker's toolkit starts it:
    /// <https://github.com/aws/sagemaker-training-toolkit/blob/master/ENVIRONMENT_VARIABLES.md>.
    fn command(&self, python: &Path, layout: &Layout) -> Result<Command, JobError> {
        // The kernel kills it with this process.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL"]).arg(python).arg(self.hyperparameter(PROGRAM)?);
        for (name, value) in &self.request.hyper_parameters {
            if !name.starts_with(FOR_TOOLKIT) {
                command.arg(format!("--{name}")).arg(value);
            }
        }
        command.env_clear().current_dir(layout.code());
        for name in PASSED_ON {
            if let Some(value) = customer::optional(name).ok().flatten() {
                command.env(name, value);
            }
        }
        for channel in &self.request.input_data_config {
            let name = format!("SM_CHANNEL_{}", channel.channel_name.to_uppercase());
            command.env(name, layout.data().join(&channel.channel_name));
        }
        command.env("SM_MODEL_DIR", layout.model());
        command.env("SM_OUTPUT_DIR", layout.output());
        command.env("SM_OUTPUT_DATA_DIR", layout.output());
        command.env("SM_NUM_GPUS", "0");
        command.env("TRAINING_JOB_NAME", self.request.training_job_name.as_str());
        command.env("PYTHONUNBUFFERED", "1").env("PYTHONDONTWRITEBYTECODE", "1");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.kill_on_drop(true);
        Ok(command)
    }
}

/// Reads both streams to their ends; whether the script succeeded, and the last lines that it wrote as errors.
async fn follow(
    child: &mut Child,
    metrics: &mut Metrics,
    job: &str,
) -> Result<(bool, VecDeque<String>), JobError> {
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let mut told = VecDeque::new();
    let printed = async {
        let Some(stdout) = stdout else { return Ok(()) };
        let mut lines = BufReader::new(stdout).lines();
        while let Some(line) = lines.next_line().await? {
            tracing::info!(job, "{line}");
            metrics.read(&line, seconds());
        }
        Ok::<_, io::Error>(())
    };
    let complained = async {
        let Some(stderr) = stderr else { return Ok(()) };
        let mut lines = BufReader::new(stderr).lines();
        while let Some(line) = lines.next_line().await? {
            tracing::info!(job, "{line}");
            told.push_back(line);
            if told.len() > LINES_TOLD {
                told.pop_front();
            }
        }
        Ok::<_, io::Error>(())
    };
    tokio::try_join!(printed, complained).map_err(JobError::Process)?;
    let status = child.wait().await.map_err(JobError::Process)?;
    Ok((status.success(), told))
}
