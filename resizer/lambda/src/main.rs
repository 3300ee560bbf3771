//! Delivery in Lambda, answers streamed.

use resizer_lambda::{App, Config, router};
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .json()
        .with_env_filter(EnvFilter::from_default_env())
        .with_target(false)
        .init();
    let config = Config::from_env()?;
    let sdk = aws_config::load_from_env().await;
    let router = router(App::new(config, sdk));
    lambda_http::run_with_streaming_response(router).await.map_err(anyhow::Error::from_boxed)
}
