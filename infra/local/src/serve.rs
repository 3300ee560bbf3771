//! The port.

use std::{convert::Infallible, time::Duration};

use axum::{body::Body, extract::Request, response::Response, serve::Listener};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{rt::TokioIo, server::graceful::GracefulShutdown};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

/// What is still being answered at the end may take this long.
pub(crate) const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(10);

/// Answers every request until `stop`, and returns when those that came before are answered.
pub(crate) async fn serve<F>(
    mut listener: TcpListener,
    answer: impl Fn(Request) -> F + Clone + Send + 'static,
    stop: CancellationToken,
) where
    F: Future<Output = Response> + Send + 'static,
{
    let connections = GracefulShutdown::new();
    loop {
        let (stream, _) = tokio::select! {
            accepted = Listener::accept(&mut listener) => accepted,
            () = stop.cancelled() => break,
        };
        send_at_once(&stream);
        let answer = answer.clone();
        let service = service_fn(move |request: http::Request<Incoming>| {
            let answered = answer(request.map(Body::new));
            async { Ok::<_, Infallible>(answered.await) }
        });
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        let served = connections.watch(connection);
        tokio::spawn(async {
            if let Err(error) = served.await {
                tracing::debug!(%error, "a connection broke off");
            }
        });
    }
    drop(listener);
    connections.shutdown().await;
}

fn send_at_once(stream: &TcpStream) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "the connection stays with Nagle's algorithm");
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        sync::mpsc::unbounded_channel,
    };

    use super::*;

    #[tokio::test]
    async fn what_is_being_answered_at_the_end_is_answered_and_nothing_else() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (begun, mut beginnings) = unbounded_channel();
        let (go_on, stop) = (CancellationToken::new(), CancellationToken::new());
        let gone_on = go_on.clone();
        let answer = move |_| {
            let (begun, gone_on) = (begun.clone(), gone_on.clone());
            async move {
                begun.send(()).unwrap();
                gone_on.cancelled().await;
                Response::new(Body::from("late"))
            }
        };
        let served = tokio::spawn(serve(listener, answer, stop.clone()));
        let mut idle = TcpStream::connect(address).await.unwrap();
        let mut asking = TcpStream::connect(address).await.unwrap();
        asking.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        beginnings.recv().await.unwrap();

        stop.cancel();
        assert_eq!(idle.read(&mut [0; 9]).await.unwrap(), 0);
        assert!(TcpStream::connect(address).await.is_err());
        assert!(!served.is_finished());
        go_on.cancel();
        let mut answered = String::new();
        asking.read_to_string(&mut answered).await.unwrap();
        assert!(answered.starts_with("HTTP/1.1 200 OK\r\n"), "{answered}");
        assert!(answered.ends_with("late"), "{answered}");
        served.await.unwrap();
    }
}
