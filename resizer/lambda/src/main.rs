//! Delivery in Lambda, answers streamed.

use lambda_http::Request;
use resizer_lambda::{App, Config, as_sent, complete, router};
use tower::ServiceExt;
use tracing_subscriber::EnvFilter;

fn main() -> anyhow::Result<()> {
    resizer::keep_memory();
    serve()
}

#[tokio::main]
async fn serve() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .json()
        .with_env_filter(EnvFilter::from_default_env())
        .with_target(false)
        .init();
    let config = Config::from_env()?;
    let sdk = aws_config::load_from_env().await;
    let router = ServiceExt::<Request>::and_then(router(App::new(config, sdk)), complete);
    lambda_http::run_with_streaming_response(router.map_request(as_sent))
        .await
        .map_err(anyhow::Error::from_boxed)
}
