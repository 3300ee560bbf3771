//! The port.

mod unread;

use std::{
    convert::Infallible,
    time::{Duration, SystemTime},
};

use axum::{
    extract::Request,
    http::{HeaderValue, header},
    response::Response,
    serve::Listener,
};
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
            let answered = unread::answered(request, answer.clone());
            async { Ok::<_, Infallible>(dated(answered.await)) }
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

/// Says when it is. hyper would say it too, but by a clock that never goes back: after a step back the SDKs that we answer
/// would sign for a future that does not come.
fn dated(mut response: Response) -> Response {
    let now = httpdate::fmt_http_date(SystemTime::now());
    if let Ok(now) = HeaderValue::try_from(now) {
        response.headers_mut().entry(header::DATE).or_insert(now);
    }
    response
}

fn send_at_once(stream: &TcpStream) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "the connection stays with Nagle's algorithm");
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        sync::mpsc::unbounded_channel,
    };

    use super::*;

    /// What is answered to this, by somebody who reads the body or does not.
    async fn answer_to(request: &str, reads: bool) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let answer = move |request: Request| async move {
            if reads {
                axum::body::to_bytes(request.into_body(), 100).await.unwrap();
            }
            Response::new(Body::from("."))
        };
        let stop = CancellationToken::new();
        let served = tokio::spawn(serve(listener, answer, stop.clone()));
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answered = [0; 500];
        let length = stream.read(&mut answered).await.unwrap();
        stop.cancel();
        drop(stream);
        served.await.unwrap();
        String::from_utf8_lossy(&answered[..length]).into_owned()
    }

    #[tokio::test]
    async fn who_answers_without_reading_says_that_the_connection_ends() {
        let put = "PUT / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabc";
        let closes = "connection: close";
        assert!(answer_to(put, false).await.contains(closes));
        assert!(!answer_to(put, true).await.contains(closes));
        let get = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";
        assert!(!answer_to(get, false).await.contains(closes));
    }

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
