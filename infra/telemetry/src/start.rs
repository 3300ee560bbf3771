//! The start of a program's telling, and its end.

use opentelemetry_otlp::ExporterBuildError;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::{
    EnvFilter, Layer, Registry, filter::filter_fn, fmt, layer::SubscriberExt, registry::LookupSpan,
    util::SubscriberInitExt,
};

use crate::{Config, ConfigError, emf, export};

/// While brokers are down librdkafka complains many times a second; what fails for that reason says so itself.
const QUIET: &str = "info,librdkafka=off,rdkafka=off,s3s=warn,s3s::ops=off";
/// A line for each answer (target `access`) is for machines.
const QUIET_FOR_PEOPLE: &str = "info,access=warn,librdkafka=off,rdkafka=off,s3s=warn,s3s::ops=off";
/// Whose spans are traced: ours.
const TRACED: [&str; 5] = ["consumer", "ingest", "local", "resizer_lambda", "telemetry"];

/// How lines of the log look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Log {
    /// For people, on standard error.
    Text,
    /// One JSON object a line, on standard output, as CloudWatch and its like read it.
    Json,
}

/// Why a program cannot tell of itself.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("traces cannot be sent")]
    Traces(#[from] ExporterBuildError),
    #[error("metrics cannot be collected")]
    Metrics(#[from] metrics_cloudwatch_embedded::Error),
}

/// What is told, up to its end.
#[derive(Debug)]
pub struct Telemetry(());

impl Telemetry {
    /// Begins to tell of the program under this name, as the environment says. Once in a process, and inside of a runtime.
    pub fn start(service: &'static str, log: Log) -> Result<Self, StartError> {
        let config = Config::from_env()?;
        let traced = if config.traces { Some(traces(service)?) } else { None };
        // One filter before all: where the log has a filter of its own, a line that the crate `log` asked about in vain
        // takes the next one with it.
        Registry::default().with(filter(&config, log)).with(lines(log)).with(traced).init();
        if let Some(function) = &config.function {
            emf::install(function)?;
            crate::describe();
        }
        Ok(Self(()))
    }

    /// At the end of a Lambda's invocation: nothing is left behind in an environment that may freeze and not come back.
    pub async fn invocation_ended(&self, request_id: &str) {
        if let Err(error) = emf::flush(request_id, std::io::stdout().lock()) {
            tracing::warn!(%error, "metrics were not written");
        }
        export::flush().await;
    }

    /// At the end of the program.
    pub async fn end(self) {
        export::flush().await;
    }
}

/// What is logged; where something is traced, of our own code at least what is.
fn filter(config: &Config, log: Log) -> EnvFilter {
    let quiet = if log == Log::Text { QUIET_FOR_PEOPLE } else { QUIET };
    let mut directives = config.log.as_deref().unwrap_or(quiet).to_owned();
    if config.traces {
        directives.extend(TRACED.map(|package| format!(",{package}=info")));
    }
    EnvFilter::new(directives)
}

fn lines<S: Subscriber + for<'a> LookupSpan<'a>>(log: Log) -> Box<dyn Layer<S> + Send + Sync> {
    match log {
        Log::Text => fmt::layer().with_writer(std::io::stderr).boxed(),
        Log::Json => fmt::layer()
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_target(false)
            .boxed(),
    }
}

fn traces<S>(service: &'static str) -> Result<impl Layer<S>, ExporterBuildError>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let layer = tracing_opentelemetry::layer().with_tracer(export::install(service)?);
    Ok(layer.with_location(false).with_threads(false).with_filter(filter_fn(is_ours)))
}

fn is_ours(metadata: &Metadata<'_>) -> bool {
    let package = metadata.target().split("::").next().unwrap_or_default();
    *metadata.level() <= tracing::Level::INFO && TRACED.contains(&package)
}
