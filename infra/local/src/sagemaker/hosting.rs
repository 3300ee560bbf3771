//! Endpoints: each a server of `model` on a port of its own, which the runtime asks as it would ask any container.

use std::{
    collections::HashMap,
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use customer::{Bucket, ObjectKey, ResourceName};
use http::HeaderValue;
use model::api::{CreateEndpointConfig, CreateModel, PlaceEndpoint};
use model::{ArtifactError, Classifier, LoadError};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::{net::TcpListener, task::AbortHandle, time::sleep};

use super::{
    SageMakerRuntime,
    control::seconds,
    resources::{Description, Kind, Resources},
};

/// Who asked a model before another took its place gets its answer.
const INVOCATIONS_END_WITHIN: Duration = Duration::from_mins(1);

/// What is hosted. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Hosting {
    resources: Arc<Resources>,
    feed: Bucket,
    runtime: Arc<SageMakerRuntime>,
    servers: Arc<Mutex<HashMap<ResourceName, AbortHandle>>>,
}

/// Why an endpoint does not answer.
#[derive(Debug, thiserror::Error)]
enum HostError {
    #[error("what it is made of is gone: {0}")]
    Gone(&'static str),
    #[error("what it is made of cannot be read")]
    Unreadable(#[from] serde_json::Error),
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    #[error("'{0}' is not where this machine keeps models")]
    Elsewhere(String),
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error("loading was cut off")]
    Interrupted(#[from] tokio::task::JoinError),
    #[error("no port can be had, or the folder cannot be read")]
    Io(#[from] io::Error),
}

/// A server that answers, and what it is called at the runtime.
struct Served {
    variant: ResourceName,
    url: String,
    task: AbortHandle,
}

impl Hosting {
    pub(super) fn new(
        resources: Arc<Resources>,
        feed: Bucket,
        runtime: Arc<SageMakerRuntime>,
    ) -> Self {
        Self { resources, feed, runtime, servers: Arc::default() }
    }

    /// Serves every endpoint that there is.
    pub(super) fn resume(&self) -> io::Result<()> {
        for (endpoint, _) in self.resources.all(Kind::Endpoint)? {
            self.place(endpoint);
        }
        Ok(())
    }

    /// Loads what the endpoint is configured with now; what it was before answers until then.
    pub(super) fn place(&self, endpoint: ResourceName) {
        let hosting = self.clone();
        tokio::spawn(async move {
            if let Err(error) = hosting.load(&endpoint).await {
                tracing::error!(%endpoint, %error, "nobody knows how the endpoint is");
            }
        });
    }

    async fn load(&self, endpoint: &ResourceName) -> io::Result<()> {
        let described = self.resources.get(Kind::Endpoint, endpoint)?.unwrap_or_default();
        let Ok(place) = serde_json::from_value::<PlaceEndpoint>(Value::Object(described)) else {
            return Ok(());
        };
        let config = place.endpoint_config_name;
        let served = self.serve(&config).await;
        self.settle(endpoint, &config, served)
    }

    pub(super) fn remove(&self, endpoint: &ResourceName) {
        self.runtime.remove(endpoint.as_str());
        let mut servers = self.servers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(server) = servers.remove(endpoint) {
            server.abort();
        }
    }

    async fn serve(&self, config: &ResourceName) -> Result<Served, HostError> {
        let config: CreateEndpointConfig = self.get(Kind::EndpointConfig, config)?;
        let variant = config.production_variants.into_iter().next();
        let variant = variant.ok_or(HostError::Gone("its variant"))?;
        let model: CreateModel = self.get(Kind::Model, &variant.model_name)?;
        let url = model.primary_container.model_data_url;
        let prefix = format!("s3://{}/", self.feed.name());
        let key = url.strip_prefix(&prefix).and_then(ObjectKey::parse);
        let Some(ObjectKey::ModelArtifact(job)) = key else {
            return Err(HostError::Elsewhere(url));
        };
        let onnx = model::onnx(&self.feed, &job).await?;
        let classifier = tokio::task::spawn_blocking(move || Classifier::load(&onnx)).await??;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let serving = axum::serve(listener, model::router(classifier));
        let task = tokio::spawn(async move { drop(serving.await) }).abort_handle();
        Ok(Served { variant: variant.variant_name, url, task })
    }

    fn get<T: DeserializeOwned>(&self, kind: Kind, name: &ResourceName) -> Result<T, HostError> {
        let found = self.resources.get(kind, name)?.ok_or(HostError::Gone(kind.noun()))?;
        Ok(serde_json::from_value(Value::Object(found))?)
    }

    /// Writes down what became of it, unless the endpoint was deleted meanwhile, or configured with another model.
    fn settle(
        &self,
        endpoint: &ResourceName,
        config: &ResourceName,
        served: Result<Served, HostError>,
    ) -> io::Result<()> {
        let failure = served.as_ref().err().map(|error| {
            tracing::warn!(%endpoint, error = error as &dyn std::error::Error, "not in service");
            error.to_string()
        });
        let mut is_meant = false;
        self.resources.change(Kind::Endpoint, endpoint, |description| {
            is_meant = is_configured(description, config);
            if is_meant {
                write_status(description, failure);
            }
        })?;
        match served {
            Ok(served) if is_meant => self.answer(endpoint, served),
            Ok(served) => served.task.abort(),
            Err(_) => {}
        }
        Ok(())
    }

    fn answer(&self, endpoint: &ResourceName, served: Served) {
        let Served { variant, url, task } = served;
        if let Ok(variant) = HeaderValue::from_str(variant.as_str()) {
            self.runtime.place(endpoint.as_str(), variant, &url);
        }
        let mut servers = self.servers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = servers.insert(endpoint.clone(), task) {
            tokio::spawn(async move {
                sleep(INVOCATIONS_END_WITHIN).await;
                before.abort();
            });
        }
    }
}

fn is_configured(endpoint: &Description, config: &ResourceName) -> bool {
    endpoint.get("EndpointConfigName").and_then(Value::as_str) == Some(config.as_str())
}

fn write_status(description: &mut Description, failure: Option<String>) {
    let status = if failure.is_some() { "Failed" } else { "InService" };
    description.insert("EndpointStatus".to_owned(), status.into());
    description.insert("LastModifiedTime".to_owned(), seconds().into());
    match failure {
        Some(reason) => drop(description.insert("FailureReason".to_owned(), reason.into())),
        None => drop(description.remove("FailureReason")),
    }
}
