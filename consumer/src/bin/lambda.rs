//! The consumer as a Lambda function on the MSK event source.

use std::time::{Duration, Instant, SystemTime};

use aws_config::BehaviorVersion;
use consumer::{Function, FunctionConfig, MskBatch};
use customer::{Buckets, BucketsConfig, Registry};
use lambda_http::lambda_runtime::{self, LambdaEvent, service_fn};

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    lambda_http::tracing::init_default_subscriber();
    let sdk = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let buckets = Buckets::new(sdk, BucketsConfig::from_env()?);
    let registry = Registry::new(buckets.service());
    let function = Function::new(FunctionConfig::from_env()?, buckets, registry).await?;
    let handler = async |event: LambdaEvent<MskBatch>| {
        let deadline = Instant::now() + left(event.context.deadline());
        Ok::<_, lambda_http::Error>(function.handle(event.payload, deadline).await?)
    };
    lambda_runtime::run(service_fn(handler)).await
}

fn left(deadline: SystemTime) -> Duration {
    deadline.duration_since(SystemTime::now()).unwrap_or_default()
}
