//! An invocation of the API as a Lambda function.

use std::{
    convert::Infallible,
    time::{Duration, Instant, SystemTime},
};

use axum::{Router, http::HeaderValue, response::Response};
use lambda_http::{Request, RequestExt, request::RequestContext};
use metrics::histogram;
use telemetry::Telemetry;
use tower::ServiceExt;

use crate::problem::{Deadline, REQUEST_ID};

/// What is left of an invocation for its answer.
const ANSWERED_WITHIN: Duration = Duration::from_millis(500);

/// Answers the request of an invocation before that ends. When it returns, nothing is in flight that a frozen environment
/// would lose.
pub async fn invoke(
    router: &Router,
    telemetry: &Telemetry,
    mut request: Request,
) -> Result<Response, Infallible> {
    let begun = Instant::now();
    let context = request.lambda_context();
    let left = context.deadline().duration_since(SystemTime::now()).unwrap_or_default();
    let deadline = Deadline(begun + left.saturating_sub(ANSWERED_WITHIN));
    request.extensions_mut().insert(deadline);
    if let Some(id) = gateway_id(&request) {
        request.headers_mut().insert(REQUEST_ID, id);
    }
    let Ok(response) = router.clone().oneshot(request).await;
    histogram!("darkroom_http_seconds", "route" => "api").record(begun.elapsed());
    telemetry.invocation_ended(&context.request_id).await;
    Ok(response)
}

/// The id that API Gateway gave the request, by which its own log knows it.
fn gateway_id(request: &Request) -> Option<HeaderValue> {
    match request.request_context_ref()? {
        RequestContext::ApiGatewayV1(context) => {
            HeaderValue::try_from(context.request_id.as_ref()?).ok()
        }
        _ => None,
    }
}
