//! Everything that the environment decides for the API and for announce.

use std::env::{self, VarError};

use customer::BucketsConfig;

/// Configuration of the API.
#[derive(Clone, Debug)]
pub struct Config {
    pub buckets: BucketsConfig,
    /// Where clients reach delivery and API, without a slash at the end.
    pub public_url: String,
    pub user_pool: UserPoolConfig,
    /// SageMaker Runtime elsewhere than at AWS.
    pub sagemaker_endpoint: Option<String>,
}

/// The user pool that customers' users sign in to.
#[derive(Clone, Debug)]
pub struct UserPoolConfig {
    /// `iss` of its tokens.
    pub issuer: String,
    /// Where its keys are; the issuer's own address unless said otherwise.
    pub jwks: String,
    /// The app client, `aud` of its ID tokens.
    pub client_id: String,
    /// Cognito elsewhere than at AWS.
    pub endpoint: Option<String>,
}

/// Configuration of announce, the only producer.
#[derive(Clone, Debug)]
pub struct AnnounceConfig {
    /// Kafka's bootstrap servers, `host:port,…`.
    pub brokers: String,
}

/// A variable that is missing or unreadable.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("environment variable {0} is not set")]
    Missing(&'static str),
    #[error("environment variable {0} is not Unicode")]
    NotUnicode(&'static str),
}

impl Config {
    pub fn from_env() -> Result<Self, ConfigError> {
        let issuer = required("USER_POOL_ISSUER")?;
        let jwks = optional("USER_POOL_JWKS")?
            .unwrap_or_else(|| format!("{issuer}/.well-known/jwks.json"));
        Ok(Self {
            buckets: buckets_from_env()?,
            public_url: required("PUBLIC_URL")?.trim_end_matches('/').to_owned(),
            user_pool: UserPoolConfig {
                issuer,
                jwks,
                client_id: required("USER_POOL_CLIENT_ID")?,
                endpoint: optional("USER_POOL_ENDPOINT")?,
            },
            sagemaker_endpoint: optional("SAGEMAKER_ENDPOINT")?,
        })
    }
}

impl AnnounceConfig {
    pub fn from_env() -> Result<Self, ConfigError> {
        Ok(Self { brokers: required("KAFKA_BROKERS")? })
    }
}

/// Buckets and the role to open them with.
pub fn buckets_from_env() -> Result<BucketsConfig, ConfigError> {
    Ok(BucketsConfig {
        s3_endpoint: optional("S3_ENDPOINT")?,
        s3_public_endpoint: optional("S3_PUBLIC_ENDPOINT")?,
        sts_endpoint: optional("STS_ENDPOINT")?,
        customer_role: required("CUSTOMER_ROLE_ARN")?,
        service_bucket: required("SERVICE_BUCKET")?,
        feed_bucket: required("FEED_BUCKET")?,
    })
}

fn required(name: &'static str) -> Result<String, ConfigError> {
    optional(name)?.ok_or(ConfigError::Missing(name))
}

#[expect(clippy::disallowed_methods, reason = "this is the place that reads the environment")]
fn optional(name: &'static str) -> Result<Option<String>, ConfigError> {
    match env::var(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(ConfigError::NotUnicode(name)),
    }
}
