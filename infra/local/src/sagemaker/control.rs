//! SageMaker's API on one machine: the operations that training and hosting need, by `X-Amz-Target`.

use std::{io, path::PathBuf, sync::Arc};

use bytes::Bytes;
use customer::{Buckets, ObjectKey, ResourceName, Timestamp};
use http::{HeaderValue, Request, Response, header::CONTENT_TYPE, request::Parts};
use model::api::{CreateEndpointConfig, CreateModel, CreateTrainingJob, PlaceEndpoint};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{
    ACCOUNT, SIGNING_NAME, SageMakerRuntime,
    control_error::ControlError,
    hosting::{CONFIG, Hosting, PENDING},
    resources::{Description, Kind, Resources},
    training::Training,
    with_request_id,
};
use crate::{
    names::REGION,
    sigv4::{self, AccessKey},
};

const TARGET: &str = "x-amz-target";
const SERVICE: &str = "SageMaker.";

/// Who may ask, and where everything is.
#[derive(Clone, Debug)]
pub(crate) struct ControlSettings {
    pub(crate) operator: AccessKey,
    /// With the operator's rights: a job reads and writes what its request names.
    pub(crate) buckets: Buckets,
    /// Of descriptions and of jobs that run.
    pub(crate) folder: PathBuf,
    /// That of an environment with everything that training scripts import; one is made where none is named.
    pub(crate) python: Option<PathBuf>,
}

/// The API.
#[derive(Debug)]
pub(crate) struct Control {
    operator: AccessKey,
    /// Where all models are, and no others can be.
    models: String,
    resources: Arc<Resources>,
    training: Training,
    hosting: Hosting,
}

/// Whether a request is for this API.
pub(super) fn is_asked(request: &Request<Bytes>) -> bool {
    target(request.headers()).is_some()
}

fn target(headers: &http::HeaderMap) -> Option<&str> {
    headers.get(TARGET)?.to_str().ok()?.strip_prefix(SERVICE)
}

impl Control {
    pub(super) fn new(settings: ControlSettings, runtime: Arc<SageMakerRuntime>) -> Self {
        let ControlSettings { operator, buckets, folder, python } = settings;
        let resources = Arc::new(Resources::new(folder.clone()));
        let feed = buckets.feed();
        let models = format!("s3://{}/{}", feed.name(), ObjectKey::MODELS);
        let training = Training::new(Arc::clone(&resources), feed.clone(), folder, python);
        let hosting = Hosting::new(Arc::clone(&resources), feed, runtime);
        Self { operator, models, resources, training, hosting }
    }

    pub(super) fn resume(&self) -> io::Result<()> {
        self.training.resume()?;
        self.hosting.resume()
    }

    pub(super) fn handle(&self, request: Request<Bytes>) -> Response<Bytes> {
        let (parts, body) = request.into_parts();
        let answered = self.answer(&parts, &body, OffsetDateTime::now_utc());
        let response = answered.map_or_else(
            |error| {
                let target = target(&parts.headers);
                tracing::debug!(target, error = &error as &dyn std::error::Error, "refused");
                error.into_response()
            },
            |answer| {
                let mut response = Response::new(Bytes::from(answer.to_string()));
                let media_type = HeaderValue::from_static("application/x-amz-json-1.1");
                response.headers_mut().insert(CONTENT_TYPE, media_type);
                response
            },
        );
        with_request_id(response)
    }

    fn answer(
        &self,
        request: &Parts,
        body: &Bytes,
        now: OffsetDateTime,
    ) -> Result<Value, ControlError> {
        let secret = |scope: &sigv4::Scope| self.operator.secret_for(scope, SIGNING_NAME);
        sigv4::verify(request, &sigv4::sha256_hex(body), secret, now)?;
        let operation = target(&request.headers).unwrap_or_default();
        let unknown = || ControlError::NoOperation(operation.to_owned());
        let verb = operation.find(char::is_lowercase).and_then(|from| {
            let length = operation[from..].find(char::is_uppercase)?;
            Some(operation.split_at(from + length))
        });
        let (verb, noun) = verb.ok_or_else(unknown)?;
        let singular = noun.strip_suffix('s').filter(|_| verb == "List").unwrap_or(noun);
        let kind = Kind::from_noun(singular).ok_or_else(unknown)?;
        let request: Description = serde_json::from_slice(body)?;
        match (verb, kind) {
            ("Create", _) => self.create(kind, request),
            ("Describe", _) => Ok(self.described(kind, &name(kind, &request)?)?.into()),
            ("List", _) => self.list(kind),
            ("Stop", Kind::TrainingJob) => self.stop(&name(kind, &request)?),
            ("Update", Kind::Endpoint) => self.update(&request),
            ("Delete", Kind::Model | Kind::EndpointConfig | Kind::Endpoint) => {
                self.delete(kind, &name(kind, &request)?)
            }
            _ => Err(unknown()),
        }
    }

    fn create(&self, kind: Kind, mut description: Description) -> Result<Value, ControlError> {
        let name = name(kind, &description)?;
        match kind {
            Kind::TrainingJob => self.check_job(&description)?,
            Kind::Model => drop(shape::<CreateModel>(&description)?),
            Kind::EndpointConfig => self.check_config(&description)?,
            Kind::Endpoint => self.check_endpoint(&description)?,
        }
        let (arn, now) = (arn(kind, &name), seconds());
        description.insert(format!("{}Arn", kind.noun()), arn.clone().into());
        description.insert("CreationTime".to_owned(), now.into());
        match kind {
            Kind::TrainingJob => Training::begun(&mut description, now),
            Kind::Endpoint => {
                description.insert("LastModifiedTime".to_owned(), now.into());
                description.insert("EndpointStatus".to_owned(), "Creating".into());
            }
            Kind::Model | Kind::EndpointConfig => {}
        }
        if !self.resources.create(kind, &name, &description)? {
            return Err(ControlError::Exists { kind, name: name.to_string() });
        }
        match kind {
            Kind::TrainingJob => self.training.start(name),
            Kind::Endpoint => self.hosting.place(name),
            Kind::Model | Kind::EndpointConfig => {}
        }
        Ok(answer_arn(kind, &arn))
    }

    /// A model comes out where the next step looks for it.
    fn check_job(&self, description: &Description) -> Result<(), ControlError> {
        let job: CreateTrainingJob = shape(description)?;
        let output = job.output_data_config.s3_output_path;
        if format!("{}/", output.trim_end_matches('/')) == self.models {
            return Ok(());
        }
        let told = format!("OutputDataConfig.S3OutputPath: on this machine it is {}", self.models);
        Err(ControlError::Invalid(told))
    }

    fn check_config(&self, description: &Description) -> Result<(), ControlError> {
        let config: CreateEndpointConfig = shape(description)?;
        let [variant] = &config.production_variants[..] else {
            let told = "ProductionVariants: on this machine an endpoint has exactly one";
            return Err(ControlError::Invalid(told.to_owned()));
        };
        self.described(Kind::Model, &variant.model_name).map(drop)
    }

    fn check_endpoint(&self, description: &Description) -> Result<(), ControlError> {
        let endpoint: PlaceEndpoint = shape(description)?;
        self.described(Kind::EndpointConfig, &endpoint.endpoint_config_name).map(drop)
    }

    fn described(&self, kind: Kind, name: &ResourceName) -> Result<Description, ControlError> {
        let found = self.resources.get(kind, name)?;
        found.ok_or_else(|| ControlError::Unknown { kind, name: name.to_string() })
    }

    /// The newest first, as SageMaker does.
    fn list(&self, kind: Kind) -> Result<Value, ControlError> {
        let mut all = self.resources.all(kind)?;
        let made =
            |description: &Description| description.get("CreationTime").and_then(Value::as_f64);
        all.sort_by(|(_, one), (_, other)| {
            made(other).partial_cmp(&made(one)).unwrap_or(std::cmp::Ordering::Equal)
        });
        let summaries: Vec<_> =
            all.iter().map(|(_, description)| summary(kind, description)).collect();
        Ok(json!({ kind.listed(): summaries }))
    }

    fn stop(&self, job: &ResourceName) -> Result<Value, ControlError> {
        self.described(Kind::TrainingJob, job)?;
        self.training.stop(job)?;
        Ok(json!({}))
    }

    fn update(&self, request: &Description) -> Result<Value, ControlError> {
        self.check_endpoint(request)?;
        let PlaceEndpoint { endpoint_name, endpoint_config_name } = shape(request)?;
        let mut before = None;
        let changed = self.resources.change(Kind::Endpoint, &endpoint_name, |endpoint| {
            before = endpoint.get("EndpointStatus").and_then(Value::as_str).map(str::to_owned);
            if before.as_deref() == Some("InService") {
                endpoint.insert(PENDING.to_owned(), json!({ CONFIG: endpoint_config_name }));
                endpoint.insert("EndpointStatus".to_owned(), "Updating".into());
                endpoint.insert("LastModifiedTime".to_owned(), seconds().into());
                endpoint.remove("FailureReason");
            }
        })?;
        let (kind, name) = (Kind::Endpoint, endpoint_name.to_string());
        changed.ok_or(ControlError::Unknown { kind, name })?;
        if let Some(status) = before.filter(|status| status != "InService") {
            let told = format!("'{endpoint_name}' is {status}; only what is InService is updated");
            return Err(ControlError::Invalid(told));
        }
        let arn = arn(kind, &endpoint_name);
        self.hosting.place(endpoint_name);
        Ok(answer_arn(kind, &arn))
    }

    fn delete(&self, kind: Kind, name: &ResourceName) -> Result<Value, ControlError> {
        if !self.resources.delete(kind, name)? {
            return Err(ControlError::Unknown { kind, name: name.to_string() });
        }
        if kind == Kind::Endpoint {
            self.hosting.remove(name);
        }
        Ok(json!({}))
    }
}

/// Now, as SageMaker's JSON has times.
#[expect(clippy::cast_precision_loss, reason = "milliseconds of this millennium fit")]
pub(super) fn seconds() -> f64 {
    Timestamp::now().ms() as f64 / 1000.0
}

fn name(kind: Kind, request: &Description) -> Result<ResourceName, ControlError> {
    let member = format!("{}Name", kind.noun());
    let given = request.get(&member).and_then(Value::as_str);
    let invalid = |told: String| ControlError::Invalid(format!("{member}: {told}"));
    let given = given.ok_or_else(|| invalid("it is missing".to_owned()))?;
    given.parse().map_err(|error: customer::ResourceNameError| invalid(error.to_string()))
}

fn shape<T: DeserializeOwned>(request: &Description) -> Result<T, ControlError> {
    let read = serde_json::from_value(Value::Object(request.clone()));
    read.map_err(|error| ControlError::Invalid(error.to_string()))
}

fn summary(kind: Kind, description: &Description) -> Value {
    let noun = kind.noun();
    let members = [
        format!("{noun}Name"),
        format!("{noun}Arn"),
        format!("{noun}Status"),
        "CreationTime".to_owned(),
        "LastModifiedTime".to_owned(),
    ];
    let present = |member: String| Some((member.clone(), description.get(&member)?.clone()));
    members.into_iter().filter_map(present).collect::<Description>().into()
}

fn arn(kind: Kind, name: &ResourceName) -> String {
    format!("arn:aws:sagemaker:{REGION}:{ACCOUNT}:{}/{name}", kind.slug())
}

fn answer_arn(kind: Kind, arn: &str) -> Value {
    json!({ format!("{}Arn", kind.noun()): arn })
}
