//! Everything on one port: which service a request is for.
//!
//! Requests of AWS's SDKs name their service themselves, in the SigV4 credential scope or in
//! `X-Amz-Target`; paths decide about the rest. So presigned URLs, the API and images share one
//! origin, and no page needs CORS.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use axum::{
    Json, Router,
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderName, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use serde_json::json;
use telemetry::TraceParent;
use tower::ServiceExt;
use tracing::{Instrument, Span, info_span};

use crate::{
    cloudfront::CloudFront,
    console::{self, Console},
    edge::Edge,
    metrics::Metrics,
    names::POOL_ID,
    s3,
    sagemaker::SageMaker,
    user_pool::UserPool,
};

const TRACE_PARENT: HeaderName = HeaderName::from_static(TraceParent::HEADER);
const X_AMZ_TARGET: HeaderName = HeaderName::from_static("x-amz-target");
/// A call of the user pool is a few hundred bytes of JSON.
const POOL_BYTES_MAX: usize = 64 * 1024;
/// CloudFront takes 3,000 paths in a batch.
const CLOUDFRONT_BYTES_MAX: usize = 1024 * 1024;
/// SageMaker's own limit and one byte, so that it is SageMaker's error that is answered.
const SAGEMAKER_BYTES_MAX: usize = 6_291_457;

/// What stands behind the port. A service that runs elsewhere is absent. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Gateway {
    pub s3: Option<s3::Server>,
    pub user_pool: Option<UserPool>,
    pub sagemaker: Option<Arc<SageMaker>>,
    pub api: Router,
    pub edge: Arc<Edge>,
    pub cloudfront: Arc<CloudFront>,
    pub console: Console,
    pub metrics: Metrics,
    /// Set when the start is over.
    pub ready: Arc<AtomicBool>,
}

/// A part of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Destination {
    /// S3 and STS.
    S3,
    UserPool,
    SageMaker,
    CloudFront,
    Health,
    Metrics,
    Console,
    Api,
    Edge,
}

impl Gateway {
    /// Answers one request.
    pub(crate) async fn answer(&self, request: Request) -> Response {
        let destination = destination(request.uri(), request.headers());
        if telemetry::is_tracing() && matches!(destination, Destination::Edge | Destination::Api) {
            let (request, span) = traced(request);
            return Box::pin(self.answer_at(destination, request).instrument(span)).await;
        }
        self.answer_at(destination, request).await
    }

    async fn answer_at(&self, destination: Destination, request: Request) -> Response {
        let begun = Instant::now();
        match destination {
            Destination::Edge => {
                let response = self.edge.handle(request).await;
                self.metrics.delivery.record(begun.elapsed());
                response
            }
            // Boxed, because a hit of the edge would be moved about with the room that they take.
            service => Box::pin(self.answer_of(service, request)).await,
        }
    }

    async fn answer_of(&self, service: Destination, request: Request) -> Response {
        match (service, self) {
            (Destination::Health, _) if !self.ready.load(Ordering::Acquire) => {
                let starting = Json(json!({"status": "starting"}));
                (StatusCode::SERVICE_UNAVAILABLE, starting).into_response()
            }
            (Destination::Health, _) => infallible(self.api.clone().oneshot(request).await),
            (Destination::Api, _) => {
                let begun = Instant::now();
                let response = infallible(self.api.clone().oneshot(request).await);
                self.metrics.api.record(begun.elapsed());
                response
            }
            (Destination::Console, _) => self.console.answer(&request),
            (Destination::Metrics, _) => self.metrics.answer(),
            (Destination::S3, Self { s3: Some(s3), .. }) => s3.call(request).await.map(Body::new),
            (Destination::UserPool, Self { user_pool: Some(pool), .. }) => {
                match whole(request, POOL_BYTES_MAX).await {
                    Ok(request) => pool.handle(request).await.map(Body::from),
                    Err(refused) => refused,
                }
            }
            (Destination::SageMaker, Self { sagemaker: Some(sagemaker), .. }) => {
                match whole(request, SAGEMAKER_BYTES_MAX).await {
                    Ok(request) => sagemaker.handle(request).await.map(Body::from),
                    Err(refused) => refused,
                }
            }
            (Destination::CloudFront, _) => match whole(request, CLOUDFRONT_BYTES_MAX).await {
                Ok(request) => self.cloudfront.handle(request).await.map(Body::from),
                Err(refused) => refused,
            },
            (elsewhere, _) => not_here(elsewhere),
        }
    }
}

/// A request from a viewer, begun or continued as a trace: what stands behind the edge finds its place in the header.
fn traced(mut request: Request) -> (Request, Span) {
    let span = info_span!("edge", method = %request.method(), "otel.kind" = "server");
    if let Some(parent) = TraceParent::of_headers(request.headers()) {
        parent.adopt(&span);
    }
    let here = TraceParent::of_span(&span).and_then(|here| here.as_str().parse().ok());
    if let Some(here) = here {
        request.headers_mut().insert(TRACE_PARENT, here);
    }
    (request, span)
}

fn destination(uri: &Uri, headers: &HeaderMap) -> Destination {
    match signed_service(uri, headers).as_deref() {
        Some("s3" | "sts") => return Destination::S3,
        Some("cognito-idp") => return Destination::UserPool,
        Some("sagemaker") => return Destination::SageMaker,
        Some("cloudfront") => return Destination::CloudFront,
        _ => {}
    }
    let target = headers.get(X_AMZ_TARGET).and_then(|target| target.to_str().ok());
    let path = uri.path();
    let own = path.strip_prefix('/').and_then(|rest| rest.strip_prefix(POOL_ID));
    if target.is_some_and(|target| target.starts_with("AWSCognitoIdentityProviderService."))
        || own.is_some_and(|rest| rest.starts_with("/.well-known/"))
    {
        return Destination::UserPool;
    }
    match path {
        "/healthz" => Destination::Health,
        "/metrics" => Destination::Metrics,
        "/v1" | "/openapi.json" => Destination::Api,
        _ if path.starts_with("/v1/") => Destination::Api,
        _ if console::is_asked(path) => Destination::Console,
        _ => Destination::Edge,
    }
}

/// The service in a SigV4 credential scope, `{key}/{date}/{region}/{service}/aws4_request`, of the
/// Authorization header or of a presigned URL.
fn signed_service(uri: &Uri, headers: &HeaderMap) -> Option<String> {
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let in_header = authorization
        .filter(|value| value.starts_with("AWS4-HMAC-SHA256"))
        .and_then(|value| value.split_once("Credential="))
        .and_then(|(_, rest)| rest.split([',', ' ']).next())
        .map(str::to_owned);
    let in_query = || {
        let mut pairs = uri.query().unwrap_or_default().split('&');
        let pair = pairs.find(|pair| pair.starts_with("X-Amz-Credential="))?;
        form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| value.into_owned())
    };
    let scope = in_header.or_else(in_query)?;
    scope.rsplit('/').nth(1).map(str::to_owned)
}

async fn whole(request: Request, bytes_max: usize) -> Result<Request<Bytes>, Response> {
    let (parts, body) = request.into_parts();
    match axum::body::to_bytes(body, bytes_max).await {
        Ok(bytes) => Ok(Request::from_parts(parts, bytes)),
        Err(_) => Err(StatusCode::PAYLOAD_TOO_LARGE.into_response()),
    }
}

fn not_here(destination: Destination) -> Response {
    let detail =
        format!("{destination:?} is not embedded here: it was configured to run elsewhere");
    (StatusCode::NOT_FOUND, detail).into_response()
}

fn infallible(answer: Result<Response, std::convert::Infallible>) -> Response {
    match answer {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(uri: &str, headers: &[(&str, &str)]) -> Destination {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(http::HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
        }
        destination(&uri.parse().unwrap(), &map)
    }

    #[test]
    fn each_request_finds_its_service() {
        let signed = |service: &str| {
            format!(
                "AWS4-HMAC-SHA256 Credential=AKIA/20261121/us-east-1/{service}/aws4_request, SignedHeaders=host"
            )
        };
        for (service, expected) in [
            ("s3", Destination::S3),
            ("sts", Destination::S3),
            ("cognito-idp", Destination::UserPool),
            ("sagemaker", Destination::SageMaker),
            ("cloudfront", Destination::CloudFront),
        ] {
            assert_eq!(of("/v1/images", &[("authorization", &signed(service))]), expected);
        }
        let presigned =
            "/bucket/key?X-Amz-Credential=AKIA%2F20261121%2Fus-east-1%2Fs3%2Faws4_request";
        assert_eq!(of(presigned, &[]), Destination::S3);
        let target = ("x-amz-target", "AWSCognitoIdentityProviderService.InitiateAuth");
        assert_eq!(of("/", &[target]), Destination::UserPool);
        assert_eq!(of("/eu-central-1_Darkroom1/.well-known/jwks.json", &[]), Destination::UserPool);
        assert_eq!(of("/v1/images", &[("authorization", "Bearer x")]), Destination::Api);
        assert_eq!(of("/v1images/x", &[]), Destination::Edge);
        assert_eq!(of("/healthz", &[]), Destination::Health);
        assert_eq!(of("/console/assets/x.js", &[]), Destination::Console);
        assert_eq!(of("/consoles/x", &[]), Destination::Edge);
        assert_eq!(of("/acme/xj4bnp4pahh6uqkbidpf3lrceoyagynd?w=4", &[]), Destination::Edge);
    }
}
