//! Traces to a collector, by OTLP over HTTP.

use std::{sync::OnceLock, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use opentelemetry::trace::TracerProvider;
use opentelemetry_http::{HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{ExporterBuildError, SpanExporter, WithHttpConfig};
use opentelemetry_sdk::{
    Resource,
    trace::{SdkTracer, SdkTracerProvider},
};
use tokio::runtime::Handle;

/// How long a collector may take with one batch.
const SEND_TIMEOUT: Duration = Duration::from_secs(5);

static PROVIDER: OnceLock<SdkTracerProvider> = OnceLock::new();

/// Whether anything is traced: if not, a span is not worth its making.
pub fn is_tracing() -> bool {
    PROVIDER.get().is_some()
}

/// From here on what is recorded is sent. Endpoint, headers and sampling are as OpenTelemetry's variables say. Once in a
/// process, and inside of a runtime.
pub(crate) fn install(service: &'static str) -> Result<SdkTracer, ExporterBuildError> {
    let http = reqwest::Client::builder().timeout(SEND_TIMEOUT).build().unwrap_or_default();
    let client = Client { http, runtime: Handle::current() };
    let exporter = SpanExporter::builder().with_http().with_http_client(client).build()?;
    let resource = Resource::builder().with_service_name(service).build();
    let built = SdkTracerProvider::builder().with_resource(resource).with_batch_exporter(exporter);
    Ok(PROVIDER.get_or_init(|| built.build()).tracer(service))
}

/// Returns when what has ended so far is sent, or cannot be.
pub(crate) async fn flush() {
    let Some(provider) = PROVIDER.get() else { return };
    // It blocks, while the client needs the runtime.
    let flushed = tokio::task::spawn_blocking(|| provider.force_flush()).await;
    if let Ok(Err(error)) = flushed {
        tracing::warn!(%error, "traces were not sent");
    }
}

/// The library sends from a thread of its own, which has no runtime.
#[derive(Clone, Debug)]
struct Client {
    http: reqwest::Client,
    runtime: Handle,
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let http = self.http.clone();
        let sent = async move {
            let answer = http.execute(request.try_into()?).await?;
            let status = answer.status();
            let mut response = Response::new(answer.bytes().await?);
            *response.status_mut() = status;
            Ok::<_, reqwest::Error>(response)
        };
        Ok(self.runtime.spawn(sent).await??)
    }
}
