//! The API as a Lambda function behind API Gateway, its answers buffered.

use aws_config::BehaviorVersion;
use customer::{Buckets, Registry};
use ingest::{App, Config, router};

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    lambda_http::tracing::init_default_subscriber();
    let config = Config::from_env()?;
    let sdk = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let buckets = Buckets::new(sdk.clone(), config.buckets.clone());
    let registry = Registry::new(buckets.service());
    lambda_http::run(router(App::new(config, &sdk, buckets, registry))).await
}
