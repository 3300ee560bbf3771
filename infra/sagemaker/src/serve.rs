//! The container contract of SageMaker's hosting: `GET /ping` and `POST /invocations`.
//!
//! <https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html>: the container is run as
//! `IMAGE serve`, finds the model in `/opt/ml/model`, and answers on port 8080.

use std::{io, path::PathBuf, sync::Arc, thread::available_parallelism};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use clap::Args;
use resizer::Limits;
use serde_json::json;
use tokio::{net::TcpListener, sync::Semaphore, task::JoinError};

use crate::{Classifier, ClassifyError, LoadError};

/// SageMaker's own limit of a request.
const BODY_BYTES_MAX: usize = 6_291_456;
/// What a caller may call an image whose type it does not know.
const UNTYPED: [&str; 2] = ["application/x-image", "application/octet-stream"];
pub(crate) const MODEL: &str = "model.onnx";

/// Options of `model serve`.
#[derive(Args, Clone, Debug)]
pub struct ServeOptions {
    /// Folder of model.onnx
    #[arg(long, env = "SM_MODEL_DIR", default_value = "/opt/ml/model")]
    model_dir: PathBuf,

    /// Port to answer on
    #[arg(long, env = "SAGEMAKER_BIND_TO_PORT", default_value_t = 8080)]
    port: u16,
}

/// Why nothing is served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error("{path} cannot be read")]
    File { path: PathBuf, source: io::Error },
    #[error("{path} cannot be served")]
    Model { path: PathBuf, source: LoadError },
    #[error("port {port} cannot be listened on")]
    Listen { port: u16, source: io::Error },
    #[error("serving broke off")]
    Serve(#[source] io::Error),
}

/// Why an invocation has no prediction.
#[derive(Debug, thiserror::Error)]
enum InvocationError {
    #[error("content type '{0}': send an image, as image/jpeg and the like or application/x-image")]
    Type(String),
    #[error(transparent)]
    Classify(#[from] ClassifyError),
    #[error("the work was cut off")]
    Interrupted(#[from] JoinError),
}

#[derive(Clone, Debug)]
struct Server {
    classifier: Classifier,
    /// As many images at a time as there are processors: more would only wait, with their pixels in memory.
    places: Arc<Semaphore>,
}

impl ServeOptions {
    /// Serves until `signal`, then answers what has been asked.
    pub async fn run(
        self,
        signal: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), ServeError> {
        let path = self.model_dir.join(MODEL);
        let at = path.clone();
        let onnx = std::fs::read(&path).map_err(|source| ServeError::File { path: at, source })?;
        let classifier =
            Classifier::load(&onnx).map_err(|source| ServeError::Model { path, source })?;
        let port = self.port;
        let listener = TcpListener::bind(("0.0.0.0", port)).await;
        let listener = listener.map_err(|source| ServeError::Listen { port, source })?;
        tracing::info!(port, classes = ?classifier.declaration().classes, "serving");
        let served = axum::serve(listener, router(classifier)).with_graceful_shutdown(signal);
        served.await.map_err(ServeError::Serve)
    }
}

/// What answers for one model.
pub fn router(classifier: Classifier) -> Router {
    let places = available_parallelism().map_or(1, usize::from);
    let server = Server { classifier, places: Arc::new(Semaphore::new(places)) };
    Router::new()
        .route("/ping", get(|| async { StatusCode::OK }))
        .route("/invocations", post(invoke))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(server)
}

async fn invoke(
    State(server): State<Server>,
    headers: HeaderMap,
    image: Bytes,
) -> Result<Response, InvocationError> {
    expect_image(&headers)?;
    let _place = server.places.acquire().await;
    let classifier = server.classifier.clone();
    let classify = move || classifier.classify(&image, &Limits::default());
    let prediction = tokio::task::spawn_blocking(classify).await??;
    Ok(Json(prediction).into_response())
}

fn expect_image(headers: &HeaderMap) -> Result<(), InvocationError> {
    let named = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = named.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if media_type.starts_with("image/") || UNTYPED.contains(&media_type.as_str()) {
        Ok(())
    } else {
        Err(InvocationError::Type(named.to_owned()))
    }
}

impl IntoResponse for InvocationError {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::Type(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Classify(ClassifyError::Image(_)) => StatusCode::BAD_REQUEST,
            Self::Classify(_) | Self::Interrupted(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        if status.is_server_error() {
            tracing::error!(error = &self as &dyn std::error::Error, "no prediction");
        }
        (status, Json(json!({"error": self.to_string()}))).into_response()
    }
}
