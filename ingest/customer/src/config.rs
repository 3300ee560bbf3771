//! Reading the environment: the part of every service's configuration that is the same.

use std::env::{self, VarError};

use aws_config::SdkConfig;
use aws_types::origin::Origin;

use crate::BucketsConfig;

/// A variable that is missing or unreadable.
#[derive(Debug, thiserror::Error)]
pub enum EnvironmentError {
    #[error("environment variable {0} is not set")]
    Missing(&'static str),
    #[error("environment variable {0} is not Unicode")]
    NotUnicode(&'static str),
}

impl BucketsConfig {
    /// Where the buckets are and the role to open customers' with.
    pub fn from_env() -> Result<Self, EnvironmentError> {
        Ok(Self {
            s3_endpoint: optional("S3_ENDPOINT")?,
            s3_public_endpoint: optional("S3_PUBLIC_ENDPOINT")?,
            sts_endpoint: optional("STS_ENDPOINT")?,
            customer_role: required("CUSTOMER_ROLE_ARN")?,
            service_bucket: required("SERVICE_BUCKET")?,
            feed_bucket: required("FEED_BUCKET")?,
        })
    }
}

/// A variable without which nothing starts.
pub fn required(name: &'static str) -> Result<String, EnvironmentError> {
    optional(name)?.ok_or(EnvironmentError::Missing(name))
}

/// A variable that may be absent; empty counts as absent.
#[expect(clippy::disallowed_methods, reason = "this is the place that reads the environment")]
pub fn optional(name: &'static str) -> Result<Option<String>, EnvironmentError> {
    match env::var(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(EnvironmentError::NotUnicode(name)),
    }
}

/// `sdk`, speaking to `endpoint`, or to AWS's own without one, whatever `AWS_ENDPOINT_URL` says.
pub fn speaking_to(sdk: &SdkConfig, endpoint: Option<&str>) -> SdkConfig {
    let mut own = sdk.to_builder();
    own.insert_origin("endpoint_url", Origin::shared_config());
    own.set_endpoint_url(endpoint.map(str::to_owned));
    own.build()
}
