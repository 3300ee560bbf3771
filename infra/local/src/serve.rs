//! The port.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{body::Body, serve::Listener};
use http::Request;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{rt::TokioIo, server::graceful::GracefulShutdown};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::gateway::Gateway;

/// What is still being answered at the end may take this long.
pub(crate) const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(10);

/// Answers every request until `stop`, and returns when what is being answered then has been.
pub(crate) async fn serve(mut listener: TcpListener, gateway: Gateway, stop: CancellationToken) {
    let gateway = Arc::new(gateway);
    let connections = GracefulShutdown::new();
    loop {
        let (stream, _) = tokio::select! {
            accepted = Listener::accept(&mut listener) => accepted,
            () = stop.cancelled() => break,
        };
        let served = connections.watch(connection(stream, Arc::clone(&gateway)));
        tokio::spawn(async move {
            if let Err(error) = served.await {
                tracing::debug!(%error, "a connection broke off");
            }
        });
    }
    drop(listener);
    connections.shutdown().await;
}

fn connection(
    stream: TcpStream,
    gateway: Arc<Gateway>,
) -> http1::Connection<
    TokioIo<TcpStream>,
    impl hyper::service::Service<
        Request<Incoming>,
        Response = axum::response::Response,
        Error = Infallible,
        Future: Send,
    >,
> {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "the connection stays with Nagle's algorithm");
    }
    let answer = service_fn(move |request: Request<Incoming>| {
        let gateway = Arc::clone(&gateway);
        async move { Ok(gateway.answer(request.map(Body::new)).await) }
    });
    http1::Builder::new().serve_connection(TokioIo::new(stream), answer)
}
