//! The one call of CloudFront's API that is needed, `CreateInvalidation` of its version 2020-05-31.
//!
//! By hand and not by its SDK crate, which takes minutes to compile: it knows two hundred calls.

use std::time::{Duration, SystemTime};

use aws_config::{Region, SdkConfig};
use aws_credential_types::provider::{
    ProvideCredentials, SharedCredentialsProvider, error::CredentialsError,
};
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningError, SigningSettings, sign},
    sign::v4::{SigningParams, signing_params::BuildError},
};
use uuid::Uuid;

use crate::EdgeConfig;

/// Retries included. A change waits for this call no longer: announce makes it again.
const CALL_TIMEOUT: Duration = Duration::from_secs(5);
/// Before the second try; twice as long before the third.
const PAUSE: Duration = Duration::from_millis(200);
const TRIES: u32 = 3;

/// CloudFront is one service for all the world, and signed for here.
const REGION: &str = "us-east-1";
const ENDPOINT: &str = "https://cloudfront.amazonaws.com";

/// Why the edge may not have forgotten.
#[derive(Debug, thiserror::Error)]
pub enum PurgeError {
    #[error("there are no credentials to call CloudFront with")]
    Credentials(#[from] CredentialsError),
    #[error("the SDK is configured without credentials")]
    NoCredentials,
    #[error("the invalidation could not be signed")]
    Params(#[from] BuildError),
    #[error("the invalidation could not be signed")]
    Signing(#[from] SigningError),
    #[error("CloudFront does not answer")]
    Call(#[from] reqwest::Error),
    #[error("CloudFront does not answer within {} seconds", CALL_TIMEOUT.as_secs())]
    Timeout,
    #[error("CloudFront took no invalidation: {status} {answer}")]
    Refused { status: u16, answer: String },
}

impl PurgeError {
    /// Whether the same call may succeed the next time.
    fn is_passing(&self) -> bool {
        match self {
            Self::Call(_) => true,
            Self::Refused { status, .. } => *status == 429 || *status >= 500,
            _ => false,
        }
    }
}

/// A distribution, and who may invalidate what it caches.
#[derive(Clone, Debug)]
pub(super) struct Distribution {
    http: reqwest::Client,
    url: String,
    credentials: Option<SharedCredentialsProvider>,
}

impl Distribution {
    pub(super) fn new(sdk: &SdkConfig, config: &EdgeConfig) -> Self {
        let endpoint = config.endpoint.as_deref().unwrap_or(ENDPOINT).trim_end_matches('/');
        Self {
            http: reqwest::Client::new(),
            url: format!("{endpoint}/2020-05-31/distribution/{}/invalidation", config.distribution),
            credentials: sdk.credentials_provider(),
        }
    }

    /// Has the edge forget `item`: `#` and a tag. Its characters need no escape in XML.
    pub(super) async fn invalidate(&self, item: &str) -> Result<(), PurgeError> {
        // The same in every try, so that CloudFront takes them for one.
        let body = batch(item, &Uuid::new_v4().to_string());
        let tries = tokio::time::timeout(CALL_TIMEOUT, self.try_often(&body));
        tries.await.map_err(|_| PurgeError::Timeout)?
    }

    async fn try_often(&self, body: &str) -> Result<(), PurgeError> {
        for tried in 1..TRIES {
            match self.try_once(body).await {
                Err(error) if error.is_passing() => tokio::time::sleep(PAUSE * tried).await,
                done => return done,
            }
        }
        self.try_once(body).await
    }

    async fn try_once(&self, body: &str) -> Result<(), PurgeError> {
        let request = self.signed(body).await?;
        let response = self.http.execute(request).await?;
        let status = response.status();
        if status.is_success() {
            return Ok(());
        }
        let answer = response.text().await?;
        Err(PurgeError::Refused { status: status.as_u16(), answer })
    }

    async fn signed(&self, body: &str) -> Result<reqwest::Request, PurgeError> {
        let credentials = self.credentials.as_ref().ok_or(PurgeError::NoCredentials)?;
        let identity = credentials.provide_credentials().await?.into();
        let region = Region::from_static(REGION);
        let params = SigningParams::builder()
            .identity(&identity)
            .region(region.as_ref())
            .name("cloudfront")
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()?
            .into();
        let headers = [("content-type", "text/xml")];
        let signable = SignableBody::Bytes(body.as_bytes());
        let signable = SignableRequest::new("POST", &self.url, headers.into_iter(), signable)?;
        let (signature, _) = sign(signable, &params)?.into_parts();
        let mut request = self.http.post(&self.url).body(body.to_owned());
        for (name, value) in headers.into_iter().chain(signature.headers()) {
            request = request.header(name, value);
        }
        Ok(request.build()?)
    }
}

fn batch(item: &str, reference: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<InvalidationBatch xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><Paths><Quantity>1</Quantity><Items><Path>{item}</Path></Items></Paths><CallerReference>{reference}</CallerReference></InvalidationBatch>"#
    )
}
