//! The port.

use std::time::Duration;

use axum::{Router, extract::Request, serve::ListenerExt};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::gateway::Gateway;

/// What is still being answered at the end may take this long.
pub(crate) const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(10);

/// Answers every request until `stop`.
pub(crate) async fn serve(listener: TcpListener, gateway: Gateway, stop: CancellationToken) {
    let answer = async move |request: Request| gateway.answer(request).await;
    let router = Router::new().fallback(answer);
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "the connection stays with Nagle's algorithm");
        }
    });
    let served = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned());
    if let Err(error) = served.await {
        tracing::error!(%error, "the port was lost");
    }
}
