//! SageMaker's API, as far as training and hosting need it: signed JSON by `X-Amz-Target`.
//!
//! AWS's own crate for it has more operations than all the rest of Darkroom has code; what is sent here is held against
//! AWS's service model by `tests/python/check_sagemaker.py`.

mod shapes;

use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::provider::{
    ProvideCredentials, SharedCredentialsProvider, error::CredentialsError,
};
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningError, SigningSettings, sign},
    sign::v4::{SigningParams, signing_params::BuildError},
};
use http::{HeaderMap, Request, StatusCode, header::CONTENT_TYPE};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

pub use shapes::*;

const SIGNING_NAME: &str = "sagemaker";
const MEDIA_TYPE: &str = "application/x-amz-json-1.1";
const ERROR_TYPE: &str = "x-amzn-errortype";
const TARGET: &str = "x-amz-target";
const TIMEOUT: Duration = Duration::from_mins(1);

/// SageMaker with somebody's credentials. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Api {
    client: reqwest::Client,
    url: String,
    region: String,
    credentials: SharedCredentialsProvider,
}

/// Why SageMaker did not do it.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    #[error("no region is set: set AWS_REGION")]
    NoRegion,
    #[error("no credentials are set")]
    NoCredentials,
    #[error("the credentials cannot be had")]
    Credentials(#[from] CredentialsError),
    #[error("{operation} cannot be signed")]
    Signing { operation: &'static str, source: Box<dyn std::error::Error + Send + Sync> },
    #[error("SageMaker cannot be reached")]
    Unreachable(#[from] reqwest::Error),
    #[error("SageMaker refused {operation}: {code}: {message}")]
    Refused { operation: &'static str, code: String, message: String },
    #[error("SageMaker's answer to {operation} cannot be read")]
    Unreadable { operation: &'static str, source: serde_json::Error },
}

/// Members of an error, which differ in case from service to service.
#[derive(Deserialize)]
struct Refusal {
    #[serde(rename = "__type", default)]
    code: String,
    #[serde(alias = "Message", default)]
    message: String,
}

impl Api {
    /// SageMaker in the region of `sdk`, or at its endpoint where it has one.
    pub fn new(sdk: &SdkConfig) -> Result<Self, ApiError> {
        let region = sdk.region().ok_or(ApiError::NoRegion)?.to_string();
        let credentials = sdk.credentials_provider().ok_or(ApiError::NoCredentials)?;
        let of_region = || format!("https://api.sagemaker.{region}.amazonaws.com");
        let url = sdk.endpoint_url().map_or_else(of_region, str::to_owned);
        let client = reqwest::Client::builder().timeout(TIMEOUT).build()?;
        Ok(Self { client, url: format!("{}/", url.trim_end_matches('/')), region, credentials })
    }

    /// Asks for an operation by its name in AWS's service model.
    pub async fn call<Answer: DeserializeOwned>(
        &self,
        operation: &'static str,
        request: &impl Serialize,
    ) -> Result<Answer, ApiError> {
        let unreadable = |source| ApiError::Unreadable { operation, source };
        let body = serde_json::to_vec(request).map_err(unreadable)?;
        let request = self.signed(operation, body).await?;
        let response = self.client.execute(request.try_into()?).await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let answer = response.bytes().await?;
        if status.is_success() {
            // Some operations answer nothing at all.
            let answer = if answer.is_empty() { &b"{}"[..] } else { &answer };
            return serde_json::from_slice(answer).map_err(unreadable);
        }
        Err(refused(operation, status, &headers, &answer))
    }

    async fn signed(
        &self,
        operation: &'static str,
        body: Vec<u8>,
    ) -> Result<Request<Vec<u8>>, ApiError> {
        let identity = self.credentials.provide_credentials().await?.into();
        let target = format!("SageMaker.{operation}");
        let headers = [(CONTENT_TYPE.as_str(), MEDIA_TYPE), (TARGET, &target)];
        let params = SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(SIGNING_NAME)
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()
            .map_err(|error: BuildError| unsigned(operation, error))?
            .into();
        let signable = SignableRequest::new(
            "POST",
            &self.url,
            headers.into_iter(),
            SignableBody::Bytes(&body),
        );
        let signed = signable.and_then(|signable| sign(signable, &params));
        let (instructions, _) =
            signed.map_err(|error: SigningError| unsigned(operation, error))?.into_parts();
        let mut request = Request::post(&self.url);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let mut request = request.body(body).map_err(|error| unsigned(operation, error))?;
        instructions.apply_to_request_http1x(&mut request);
        Ok(request)
    }
}

fn unsigned(
    operation: &'static str,
    source: impl std::error::Error + Send + Sync + 'static,
) -> ApiError {
    ApiError::Signing { operation, source: source.into() }
}

fn refused(
    operation: &'static str,
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
) -> ApiError {
    let told = serde_json::from_slice::<Refusal>(body);
    let Refusal { code, message } = told.unwrap_or_else(|_| Refusal {
        code: String::new(),
        message: String::from_utf8_lossy(body).into_owned(),
    });
    let of_header = headers.get(ERROR_TYPE).and_then(|value| value.to_str().ok());
    let of_status = || status.to_string();
    let named = of_header.map(str::to_owned).or_else(|| Some(code).filter(|code| !code.is_empty()));
    // `com.amazonaws.sagemaker#ResourceNotFound`, `ValidationException:http://…`
    let named = named.unwrap_or_else(of_status);
    let code = named.rsplit('#').next().unwrap_or_default().split(':').next().unwrap_or_default();
    ApiError::Refused { operation, code: code.to_owned(), message }
}

impl ApiError {
    /// Whether a description failed because there is nothing of that name: SageMaker says so in two ways.
    pub fn is_unknown_name(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if code == "ResourceNotFound" || code == "ValidationException")
    }
}
