//! The consumer as a Lambda function on the MSK event source.

use std::time::{Duration, Instant, SystemTime};

use consumer::{Function, FunctionConfig, MskBatch};
use customer::{Buckets, BucketsConfig, HttpClient, Registry};
use lambda_http::lambda_runtime::{self, LambdaEvent, service_fn};
use telemetry::{Log, Telemetry};

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let telemetry = Telemetry::start("darkroom-consumer", Log::Json)?;
    let sdk = HttpClient::new().sdk().await;
    let buckets = Buckets::new(sdk, BucketsConfig::from_env()?);
    let registry = Registry::new(buckets.service());
    let function = Function::new(FunctionConfig::from_env()?, buckets, registry).await?;
    let handler = async |event: LambdaEvent<MskBatch>| {
        let LambdaEvent { payload, context } = event;
        let deadline = Instant::now() + left(context.deadline());
        let staged = function.handle(payload, deadline).await;
        telemetry.invocation_ended(&context.request_id).await;
        Ok::<_, lambda_http::Error>(staged?)
    };
    lambda_runtime::run(service_fn(handler)).await
}

fn left(deadline: SystemTime) -> Duration {
    deadline.duration_since(SystemTime::now()).unwrap_or_default()
}
