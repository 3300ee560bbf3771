//! Accept and announce as a Lambda function on the queue of the buckets' notifications, and sweep on
//! a schedule. One at a time where it is the schedule's: a reserved concurrency of 1 sees to it.

use std::time::Duration;

use customer::{Buckets, BucketsConfig, HttpClient, Registry};
use ingest::{Announcer, EdgeCache, EdgeConfig, Predictions, Steps, invocation, sagemaker_runtime};
use kafka::KafkaConfig;
use lambda_http::lambda_runtime::{self, LambdaEvent, service_fn};
use resizer::Limits;
use telemetry::{Log, Telemetry};

/// The environment freezes when the handler returns; nothing may be in flight by then.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let telemetry = Telemetry::start("darkroom-announce", Log::Json)?;
    let sdk = HttpClient::new().sdk().await;
    let edge_cache = EdgeCache::new(&sdk, EdgeConfig::from_env()?);
    let buckets = Buckets::new(sdk.clone(), BucketsConfig::from_env()?);
    let predictions = Predictions::new(&sagemaker_runtime(&sdk)?, buckets.service());
    let registry = Registry::new(buckets.service());
    let announcer = Announcer::connect(&KafkaConfig::from_env()?, edge_cache)?;
    let limits = Limits::default();
    let steps = Steps { buckets, registry, announcer, predictions, limits };
    let handler = async |event: LambdaEvent<invocation::Event>| {
        let LambdaEvent { payload, context } = event;
        let answer = Box::pin(invocation::handle(payload, context.deadline(), &steps)).await;
        let flushed = steps.announcer.flush(FLUSH_TIMEOUT);
        telemetry.invocation_ended(&context.request_id).await;
        flushed?;
        Ok::<_, lambda_http::Error>(answer?)
    };
    lambda_runtime::run(service_fn(handler)).await
}
