//! Requests that are answered before their body has been read.
//!
//! Their connection ends with the answer, as nobody knows where the next request would begin. Unless the answer says so,
//! a client sends its next request there and loses it; one that is not idempotent is not sent again.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::Request,
    http::{HeaderValue, header},
    response::Response,
};
use hyper::body::{Frame, Incoming, SizeHint};

/// A body that tells when it has been read to its end.
struct Watched {
    body: Incoming,
    is_read: Arc<AtomicBool>,
}

/// Answers, and says where no other request can follow.
pub(super) async fn answered<F>(
    request: http::Request<Incoming>,
    answer: impl FnOnce(Request) -> F,
) -> Response
where
    F: Future<Output = Response>,
{
    let is_read = Arc::new(AtomicBool::new(request.body().is_end_stream()));
    let watch = |body| Body::new(Watched { body, is_read: is_read.clone() });
    let mut response = answer(request.map(watch)).await;
    if !is_read.load(Ordering::Relaxed) {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        if matches!(frame, Poll::Ready(None)) || self.body.is_end_stream() {
            self.is_read.store(true, Ordering::Relaxed);
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
