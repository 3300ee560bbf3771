//! Delivery in Lambda, answers streamed.

use customer::HttpClient;
use lambda_http::{Request, service_fn};
use resizer_lambda::{App, Config, invoke, router};
use telemetry::{Log, Telemetry};

fn main() -> anyhow::Result<()> {
    resizer::keep_memory();
    serve()
}

#[tokio::main]
async fn serve() -> anyhow::Result<()> {
    let telemetry = Telemetry::start("darkroom-delivery", Log::Json)?;
    let http = HttpClient::new();
    let config = Config::from_env(&http)?;
    let sdk = http.sdk().await;
    let router = router(App::new(config, sdk));
    let handler = async |request: Request| invoke(&router, &telemetry, request).await;
    lambda_http::run_with_streaming_response(service_fn(handler))
        .await
        .map_err(anyhow::Error::from_boxed)
}
