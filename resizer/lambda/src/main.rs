//! Delivery in Lambda, answers streamed.

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
    let config = Config::from_env()?;
    let sdk = aws_config::load_from_env().await;
    let router = router(App::new(config, sdk));
    let handler = async |request: Request| invoke(&router, &telemetry, request).await;
    lambda_http::run_with_streaming_response(service_fn(handler))
        .await
        .map_err(anyhow::Error::from_boxed)
}
