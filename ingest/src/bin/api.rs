//! The API as a Lambda function behind API Gateway, its answers buffered.

use customer::{Buckets, HttpClient, Registry};
use ingest::{App, Config, invoke, router};
use lambda_http::{Request, service_fn};
use telemetry::{Log, Telemetry};

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let telemetry = Telemetry::start("darkroom-api", Log::Json)?;
    let config = Config::from_env()?;
    let http = HttpClient::new();
    let sdk = http.sdk().await;
    let buckets = Buckets::new(sdk.clone(), config.buckets.clone());
    let registry = Registry::new(buckets.service());
    let router = router(App::new(config, &sdk, &http, buckets, registry));
    let handler = async |request: Request| invoke(&router, &telemetry, request).await;
    lambda_http::run(service_fn(handler)).await
}
