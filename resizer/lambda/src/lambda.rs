//! What the way through Lambda changes in requests and answers, put back.
//!
//! `lambda_http` resolves dot segments before a router sees them, and a streamed body that breaks
//! off would still be a finished 200; ARCHITECTURE.md has the trial that showed both.

use std::convert::Infallible;

use axum::{
    body::{Body, to_bytes},
    http::{StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use lambda_http::{Request, RequestExt};

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
pub async fn complete(response: Response) -> Result<Response, Infallible> {
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return Ok(StatusCode::BAD_GATEWAY.into_response());
    };
    if matches!(parts.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED) {
        parts.headers.remove(header::CONTENT_LENGTH);
    }
    Ok(Response::from_parts(parts, Body::from(bytes)))
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
        let answer = complete(Response::new(Body::from_stream(broken))).await.unwrap();
        assert_eq!(answer.status(), StatusCode::BAD_GATEWAY);
        let whole = complete(Response::new(Body::from("whole"))).await.unwrap();
        assert_eq!(to_bytes(whole.into_body(), 100).await.unwrap(), "whole");
    }
}
