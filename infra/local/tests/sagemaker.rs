//! SageMaker Runtime over a real socket: `aws-sdk-sagemakerruntime` before it, containers behind it.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_sagemakerruntime::Client;
use aws_sdk_sagemakerruntime::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sagemakerruntime::operation::invoke_endpoint::{
    InvokeEndpointError, InvokeEndpointOutput,
};
use aws_sdk_sagemakerruntime::primitives::Blob;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use local::sagemaker::{Endpoint, SageMakerRuntime, Settings};
use local::sigv4::AccessKey;
use tokio::net::TcpListener;

type Answer = Result<InvokeEndpointOutput, SdkError<InvokeEndpointError>>;

async fn listen(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

/// A container that is ready once `ready` says so and answers by what it is sent.
async fn container(ready: Arc<AtomicBool>) -> String {
    let ping = move || async move {
        if ready.load(Ordering::SeqCst) { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
    };
    listen(Router::new().route("/ping", get(ping)).route("/invocations", post(predict))).await
}

async fn predict(headers: HeaderMap, body: Bytes) -> axum::response::Response {
    let text =
        |name: &str| headers.get(name).map_or("none", |value| value.to_str().unwrap()).to_owned();
    match body.as_ref() {
        b"bad" => (StatusCode::BAD_REQUEST, "no such class").into_response(),
        b"broken" => (StatusCode::INTERNAL_SERVER_ERROR, "out of memory").into_response(),
        b"slow" => std::future::pending().await,
        b"huge" => vec![0; 5000].into_response(),
        _ => {
            let seen = format!(
                "{} {} {} {}",
                body.len(),
                text("content-type"),
                text("accept"),
                text("authorization")
            );
            let attributes = format!("seen {}", text("x-amzn-sagemaker-custom-attributes"));
            let headers = [
                ("content-type", "text/x-seen"),
                ("x-amzn-sagemaker-custom-attributes", &attributes),
            ];
            (headers, seen).into_response()
        }
    }
}

async fn runtime(container: &str) -> String {
    let key = AccessKey { id: "OPERATOR".to_owned(), secret: "operator-secret".to_owned() };
    let endpoint: Endpoint = format!("classifier={container}").parse().unwrap();
    let mut settings = Settings::new(vec![key], vec![endpoint]);
    settings.body_bytes_max = 4096;
    settings.invocation_timeout = Duration::from_millis(500);
    let runtime = Arc::new(SageMakerRuntime::new(settings).unwrap());
    let handle = move |request: Request| {
        let runtime = Arc::clone(&runtime);
        async move {
            let (parts, body) = request.into_parts();
            let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
            runtime.handle(Request::from_parts(parts, body)).await.map(Body::from)
        }
    };
    listen(Router::new().fallback(handle)).await
}

fn client(url: &str, secret: &str) -> Client {
    let credentials = Credentials::new("OPERATOR", secret, None, None, "test");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .retry_config(RetryConfig::disabled())
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .endpoint_url(url);
    Client::new(&config.build())
}

async fn ready_client() -> Client {
    let container = container(Arc::new(AtomicBool::new(true))).await;
    client(&runtime(&container).await, "operator-secret")
}

async fn invoke(client: &Client, body: &[u8]) -> Answer {
    client.invoke_endpoint().endpoint_name("classifier").body(Blob::new(body)).send().await
}

fn status_and_error(answer: Answer) -> (u16, InvokeEndpointError) {
    let error = answer.unwrap_err();
    let status = error.raw_response().unwrap().status().as_u16();
    (status, error.into_service_error())
}

#[tokio::test]
async fn a_prediction_goes_through_with_the_headers_of_the_contract() {
    let client = ready_client().await;
    let request =
        client.invoke_endpoint().endpoint_name("classifier").body(Blob::new(vec![7; 1000]));
    let request =
        request.content_type("image/jpeg").accept("application/json").custom_attributes("tag=1");
    let prediction = request.send().await.unwrap();
    assert_eq!(prediction.body().unwrap().as_ref(), b"1000 image/jpeg application/json none");
    assert_eq!(prediction.content_type(), Some("text/x-seen"));
    assert_eq!(prediction.custom_attributes(), Some("seen tag=1"));
    assert_eq!(prediction.invoked_production_variant(), Some("AllTraffic"));
}

#[tokio::test]
async fn an_error_of_the_model_comes_back_with_its_status_and_text() {
    let client = ready_client().await;
    let cases =
        [("bad", 400, "no such class", "client"), ("broken", 500, "out of memory", "server")];
    for (body, original_status, original, kind) in cases {
        let (status, error) = status_and_error(invoke(&client, body.as_bytes()).await);
        let InvokeEndpointError::ModelError(error) = error else { panic!("{error:?}") };
        assert_eq!(status, 424);
        assert_eq!(
            (error.original_status_code(), error.original_message()),
            (Some(original_status), Some(original))
        );
        let told = format!(
            "Received {kind} error ({original_status}) from primary with message \"{original}\"."
        );
        assert_eq!(error.message(), Some(told.as_str()));
    }
}

#[tokio::test]
async fn a_prediction_that_takes_too_long_or_is_too_large_is_the_models_error() {
    let client = ready_client().await;
    for (body, told) in [("slow", "timed out"), ("huge", "larger than 4096 bytes")] {
        let (status, error) = status_and_error(invoke(&client, body.as_bytes()).await);
        assert!(error.is_model_error(), "{body}: {error:?}");
        assert!(error.message().unwrap().contains(told), "{error:?}");
        assert_eq!(status, 424);
    }
}

#[tokio::test]
async fn a_request_is_bounded_to_the_byte() {
    let client = ready_client().await;
    assert!(invoke(&client, &[0; 4096]).await.is_ok());
    let error = invoke(&client, &[0; 4097]).await.unwrap_err();
    let response = error.raw_response().unwrap();
    let told = std::str::from_utf8(response.body().bytes().unwrap()).unwrap();
    assert_eq!(response.status().as_u16(), 413);
    assert_eq!(told, r#"{"message":"HTTP content length exceeded 4096 bytes."}"#);
    assert_eq!(error.code(), None, "the real service gives no code");
}

#[tokio::test]
async fn an_endpoint_that_is_not_there_is_a_validation_error() {
    let client = ready_client().await;
    let answer = client.invoke_endpoint().endpoint_name("other").body(Blob::new("x")).send().await;
    let (status, error) = status_and_error(answer);
    assert!(error.is_validation_error());
    assert_eq!(
        (status, error.message()),
        (400, Some("Endpoint other of account 000000000000 not found."))
    );
    let variant = client
        .invoke_endpoint()
        .endpoint_name("classifier")
        .target_variant("B")
        .body(Blob::new("x"));
    assert!(status_and_error(variant.send().await).1.is_validation_error());
}

#[tokio::test]
async fn a_model_that_still_loads_is_not_ready_and_then_is() {
    let ready = Arc::new(AtomicBool::new(false));
    let client = client(&runtime(&container(Arc::clone(&ready)).await).await, "operator-secret");
    let (status, error) = status_and_error(invoke(&client, b"x").await);
    assert!(error.is_model_not_ready_exception(), "{error:?}");
    assert_eq!(status, 429);
    ready.store(true, Ordering::SeqCst);
    assert!(invoke(&client, b"x").await.is_ok());
}

#[tokio::test]
async fn a_container_that_cannot_be_reached_is_unavailable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client = client(&runtime(&nobody).await, "operator-secret");
    let (status, error) = status_and_error(invoke(&client, b"x").await);
    assert!(error.is_service_unavailable(), "{error:?}");
    assert_eq!(status, 503);
}

#[tokio::test]
async fn a_wrong_signature_reaches_no_container() {
    let container = container(Arc::new(AtomicBool::new(true))).await;
    let url = runtime(&container).await;
    let (status, error) = status_and_error(invoke(&client(&url, "another-secret"), b"x").await);
    assert_eq!((status, error.code()), (403, Some("InvalidSignatureException")));
    let unsigned =
        reqwest::Client::new().post(format!("{url}/endpoints/classifier/invocations")).body("x");
    let response = unsigned.send().await.unwrap();
    assert_eq!(response.status(), 403);
    assert_eq!(response.headers()["x-amzn-errortype"], "MissingAuthenticationTokenException");
}
