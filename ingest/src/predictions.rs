//! `POST /v1/images/{image}/predictions`: asks a deployed model about an image.
//!
//! model of the endpoint → what it said before? → the rendition that it declares → `InvokeEndpoint` → kept beside the
//! image, under the name of the model that answered.

mod breaker;
mod endpoint;
mod error;
mod suggestion;

pub(crate) use error::PredictionError;
pub(crate) use suggestion::Suggestion;

use std::{str::FromStr, sync::Arc, time::Duration};

use aws_config::SdkConfig;
use axum::{
    Json,
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    response::{IntoResponse, Response},
};
use customer::{
    Bucket, Condition, Customer, DeployedModel, ImageId, ObjectKey, Record, Records, ResourceName,
};
use moka::future::Cache;
use resizer::{Fit, Format, Limits, Metadata, Rendition, Transform};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    App,
    auth::Caller,
    error::ApiError,
    extract::Path,
    images::{live, parse_or_default, read},
};
use endpoint::Endpoints;

/// Longer edge of the rendition that a model is sent of which nothing is known.
const MODEL_EDGE_PX: u32 = 512;
const MODEL_QUALITY: u8 = 95;
/// Another model takes an endpoint's place within this time; who answered says so itself.
const DEPLOYED_FOR: Duration = Duration::from_secs(30);
const ENDPOINTS_MAX: u64 = 1_000;

/// What asks models. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Predictions {
    endpoints: Endpoints,
    service: Bucket,
    deployed: Cache<ResourceName, Arc<DeployedModel>>,
}

/// What a model said of an image.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Predicted {
    pub endpoint: String,
    /// The production variant that answered; with a model of `darkroom deploy` its name.
    pub variant: Option<String>,
    /// Whether it was said before.
    pub stored: bool,
    pub prediction: Value,
}

/// `renditions/{image}/predictions/{model}.json`.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Stored {
    model: ResourceName,
    prediction: Value,
}

/// Whose image is meant, and within what limits it is rendered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject<'a> {
    pub bucket: &'a Bucket,
    pub record: &'a Record,
    pub limits: Limits,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    endpoint: Option<String>,
}

/// An answer about one image.
#[derive(Debug, Serialize)]
struct Answer {
    image: ImageId,
    version: u64,
    #[serde(flatten)]
    predicted: Predicted,
}

/// `POST /v1/images/{image}/predictions`.
pub(crate) async fn predict(
    State(app): State<App>,
    caller: Caller,
    Path(image): Path,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let asked = parse_or_default::<Asked>(&body?)?.endpoint;
    let endpoint = allowed(&caller.customer, asked)?;
    let record = live(read(&caller, &image).await?)?;
    let limits = app.limits.lowered(|name| caller.customer.limit(name));
    let subject = Subject { bucket: &caller.bucket, record: &record, limits };
    let predicted = app.predictions.of(subject, &endpoint, None).await?;
    Ok(Json(Answer { image: record.image, version: record.version, predicted }).into_response())
}

fn allowed(customer: &Customer, asked: Option<String>) -> Result<String, PredictionError> {
    let endpoints = &customer.endpoints;
    let default = endpoints.first().ok_or(PredictionError::NotConfigured)?;
    match asked {
        None => Ok(default.clone()),
        Some(asked) if endpoints.contains(&asked) => Ok(asked),
        Some(asked) => Err(PredictionError::NotAllowed { asked, allowed: endpoints.join(", ") }),
    }
}

impl Predictions {
    /// `sdk` leads to SageMaker Runtime, `service` to what is known of endpoints.
    pub fn new(sdk: &SdkConfig, service: Bucket) -> Self {
        let deployed =
            Cache::builder().max_capacity(ENDPOINTS_MAX).time_to_live(DEPLOYED_FOR).build();
        Self { endpoints: Endpoints::new(sdk), service, deployed }
    }

    /// What the model at `endpoint` says of an image; `bytes` are the original, where it is at hand.
    async fn of(
        &self,
        subject: Subject<'_>,
        endpoint: &str,
        bytes: Option<Bytes>,
    ) -> Result<Predicted, ApiError> {
        let deployed = self.deployed(endpoint).await?;
        if let Some(model) = &deployed
            && let Some(stored) = stored(subject, &model.model).await?
        {
            return Ok(stored.told(endpoint));
        }
        let bytes = match bytes {
            Some(bytes) => bytes,
            None => subject.bucket.original(&subject.record.original).await?.bytes,
        };
        let rendition = render(bytes, transform(deployed.as_deref())?, subject.limits).await?;
        let (prediction, variant) = self.endpoints.invoke(endpoint, rendition).await?;
        if let Some(deployed) = deployed {
            if variant.as_deref() == Some(deployed.model.as_str()) {
                let (model, prediction) = (deployed.model.clone(), prediction.clone());
                store(subject, Stored { model, prediction }).await;
            } else {
                // Another model has taken its place, which declares a rendition of its own.
                self.deployed.invalidate(&deployed.endpoint).await;
            }
        }
        Ok(Predicted { endpoint: endpoint.to_owned(), variant, stored: false, prediction })
    }

    /// Which model answers at the endpoint, as far as `deploy` has written it down.
    async fn deployed(&self, endpoint: &str) -> Result<Option<Arc<DeployedModel>>, ApiError> {
        let Ok(endpoint) = ResourceName::from_str(endpoint) else { return Ok(None) };
        if let Some(known) = self.deployed.get(&endpoint).await {
            return Ok(Some(known));
        }
        let found = DeployedModel::at(&self.service, &endpoint).await?.map(Arc::new);
        if let Some(found) = &found {
            self.deployed.insert(endpoint, Arc::clone(found)).await;
        }
        Ok(found)
    }
}

impl Stored {
    fn told(self, endpoint: &str) -> Predicted {
        let Self { model, prediction } = self;
        let (endpoint, variant) = (endpoint.to_owned(), Some(model.into()));
        Predicted { endpoint, variant, stored: true, prediction }
    }
}

/// What is kept of what the model said. What cannot be read is asked for again.
async fn stored(subject: Subject<'_>, model: &ResourceName) -> Result<Option<Stored>, ApiError> {
    let key = ObjectKey::Prediction { image: subject.record.image, model: model.clone() };
    let object = subject.bucket.get(&key).await?;
    Ok(object.and_then(|object| serde_json::from_slice(&object.bytes).ok()))
}

/// Keeps it, unless the image was deleted meanwhile. That it could not be kept fails no request.
async fn store(subject: Subject<'_>, stored: Stored) {
    let image = subject.record.image;
    let key = ObjectKey::Prediction { image, model: stored.model.clone() };
    let json = serde_json::to_vec(&stored).unwrap_or_default();
    let kept = async {
        subject.bucket.put(&key, json, None, Condition::Always).await?;
        let now = Records::new(subject.bucket).read(image).await?;
        if !now.is_some_and(|now| now.record.is_live()) {
            subject.bucket.delete(&key).await?;
        }
        Ok::<_, ApiError>(())
    };
    if let Err(error) = kept.await {
        let error = &error as &dyn std::error::Error;
        tracing::warn!(%key, error, "a prediction is not kept");
    }
}

/// What the model declares; else upright, sRGB and small.
fn transform(deployed: Option<&DeployedModel>) -> Result<Transform, PredictionError> {
    let Some(deployed) = deployed else {
        return Ok(Transform {
            width: Some(MODEL_EDGE_PX),
            height: Some(MODEL_EDGE_PX),
            fit: Fit::Inside,
            format: Some(Format::Jpeg),
            quality: Some(MODEL_QUALITY),
            metadata: Metadata::None,
            ..Transform::default()
        });
    };
    let declared = deployed.rendition.parse::<Transform>();
    let endpoint = || deployed.endpoint.to_string();
    let declared =
        declared.map_err(|source| PredictionError::Declaration { endpoint: endpoint(), source })?;
    Ok(Transform { metadata: Metadata::None, ..declared })
}

async fn render(bytes: Bytes, transform: Transform, limits: Limits) -> Result<Rendition, ApiError> {
    let render = move || resizer::render(&bytes, &transform, &limits);
    Ok(tokio::task::spawn_blocking(render).await??)
}
