//! An invocation of the Lambda function, and what the way through Lambda changes in requests and answers, put back.
//!
//! `lambda_http` resolves dot segments before a router sees them, and a streamed body that breaks
//! off would still be a finished 200; ARCHITECTURE.md has the trial that showed both.

use std::{
    convert::Infallible,
    time::{Instant, SystemTime},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use lambda_http::{Request, RequestExt, request::RequestContext};
use metrics::histogram;
use telemetry::Telemetry;
use tower::ServiceExt;

use crate::{problem::REQUEST_ID, time_left::Deadline};

/// Answers the request of an invocation. When it returns, nothing is in flight that a frozen environment would lose.
pub async fn invoke(
    router: &Router,
    telemetry: &Telemetry,
    request: Request,
) -> Result<Response, Infallible> {
    let begun = Instant::now();
    let invocation = request.lambda_context().request_id;
    let router = router.clone();
    let Ok(response) = router.oneshot(as_asked(as_sent(request))).await;
    let response = complete(response).await;
    histogram!("darkroom_http_seconds", "route" => "delivery").record(begun.elapsed());
    telemetry.invocation_ended(&invocation).await;
    Ok(response)
}

/// The request with what the gateway knows of it: its id, and when its invocation ends.
fn as_asked(mut request: Request) -> Request {
    let left = request.lambda_context().deadline().duration_since(SystemTime::now());
    let deadline = Deadline(Instant::now() + left.unwrap_or_default());
    request.extensions_mut().insert(deadline);
    if let Some(RequestContext::ApiGatewayV1(context)) = request.request_context_ref() {
        let id = context.request_id.as_ref().and_then(|id| HeaderValue::try_from(id).ok());
        if let Some(id) = id {
            request.headers_mut().insert(REQUEST_ID, id);
        }
    }
    request
}

/// The request with the path as the client sent it, so that the strict grammar applies to that.
pub fn as_sent(mut request: Request) -> Request {
    let path = request.raw_http_path();
    let sent = match request.uri().query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    // What is no URI at all becomes a path that the grammar refuses.
    *request.uri_mut() = sent.parse().unwrap_or_else(|_| Uri::from_static("//"));
    request
}

/// The answer with its whole body at hand: what breaks off becomes an error, never half an image.
async fn complete(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return StatusCode::BAD_GATEWAY.into_response();
    };
    if matches!(parts.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED) {
        parts.headers.remove(header::CONTENT_LENGTH);
    }
    Response::from_parts(parts, Body::from(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(path: &str) -> Request {
        let event = serde_json::json!({
            "httpMethod": "GET",
            "path": path,
            "resource": "/{proxy+}",
            "headers": {"Host": "example.com"},
            "multiValueHeaders": {"Host": ["example.com"]},
            "queryStringParameters": {"w": "400"},
            "multiValueQueryStringParameters": {"w": ["400"]},
            "requestContext": {"stage": "prod", "httpMethod": "GET", "path": path, "requestId": "1"},
            "isBase64Encoded": false,
        });
        lambda_http::request::from_str(&event.to_string()).unwrap()
    }

    #[test]
    fn dot_segments_reach_the_grammar() {
        for path in ["/acme/../beta/x", "/acme/%2e%2e/beta/x", "/acme//x"] {
            let sent = as_sent(event(path));
            assert_eq!((sent.uri().path(), sent.uri().query()), (path, Some("w=400")));
        }
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_is_an_error() {
        let broken = futures::stream::iter([Ok("half"), Err(std::io::Error::other("gone"))]);
        let answer = complete(Response::new(Body::from_stream(broken))).await;
        assert_eq!(answer.status(), StatusCode::BAD_GATEWAY);
        let whole = complete(Response::new(Body::from("whole"))).await;
        assert_eq!(to_bytes(whole.into_body(), 100).await.unwrap(), "whole");
    }
}
