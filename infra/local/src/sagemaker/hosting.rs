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

/// Members of an endpoint's description.
pub(super) const CONFIG: &str = "EndpointConfigName";
pub(super) const PENDING: &str = "PendingDeploymentSummary";

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

    /// Loads what the endpoint is to be configured with; what it was before answers until then, and goes on answering
    /// where that fails.
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
        let place = serde_json::from_value::<PlaceEndpoint>(Value::Object(described.clone()));
        let Ok(place) = place else { return Ok(()) };
        let Some(next) = pending(&described) else {
            let config = place.endpoint_config_name;
            let served = self.serve(&config).await;
            return self.settle(endpoint, &config, served);
        };
        if !self.answers(endpoint) {
            // The update was cut off by the end of the process.
            match self.serve(&place.endpoint_config_name).await {
                Ok(before) => self.answer(endpoint, before),
                Err(error) => not_served(endpoint, &error),
            }
        }
        let served = self.serve(&next).await;
        self.settle(endpoint, &next, served)
    }

    fn answers(&self, endpoint: &ResourceName) -> bool {
        let servers = self.servers.lock().unwrap_or_else(PoisonError::into_inner);
        servers.contains_key(endpoint)
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
            not_served(endpoint, error);
            error.to_string()
        });
        let mut is_meant = false;
        self.resources.change(Kind::Endpoint, endpoint, |description| {
            is_meant = is_asked_for(description, config);
            if is_meant {
                write_status(description, config, failure);
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

fn not_served(endpoint: &ResourceName, error: &HostError) {
    tracing::warn!(%endpoint, error = error as &dyn std::error::Error, "not in service");
}

/// The configuration that an update is on its way to.
fn pending(endpoint: &Description) -> Option<ResourceName> {
    endpoint.get(PENDING)?.get(CONFIG)?.as_str()?.parse().ok()
}

fn is_asked_for(endpoint: &Description, config: &ResourceName) -> bool {
    let now = endpoint.get(PENDING).unwrap_or(&Value::Null);
    let now = now.get(CONFIG).or_else(|| endpoint.get(CONFIG));
    now.and_then(Value::as_str) == Some(config.as_str())
}

/// An update that failed leaves the endpoint in service as it was, and says why.
/// <https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeEndpoint.html>
fn write_status(description: &mut Description, config: &ResourceName, failure: Option<String>) {
    let is_update = description.remove(PENDING).is_some();
    let status = if failure.is_none() || is_update { "InService" } else { "Failed" };
    description.insert("EndpointStatus".to_owned(), status.into());
    description.insert("LastModifiedTime".to_owned(), seconds().into());
    if let Some(reason) = failure {
        description.insert("FailureReason".to_owned(), reason.into());
    } else {
        description.remove("FailureReason");
        description.insert(CONFIG.to_owned(), config.as_str().into());
    }
}
