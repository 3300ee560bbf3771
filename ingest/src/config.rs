//! Everything that the environment decides for the API, and for announce beside Kafka.

use aws_config::SdkConfig;
use customer::{BucketsConfig, EnvironmentError, optional, required, speaking_to};

/// Configuration of the API.
#[derive(Clone, Debug)]
pub struct Config {
    pub buckets: BucketsConfig,
    /// Where clients reach delivery and API, without a slash at the end.
    pub public_url: String,
    pub user_pool: UserPoolConfig,
    /// SageMaker Runtime elsewhere than at AWS.
    pub sagemaker_endpoint: Option<String>,
    /// The cache in front of delivery, if there is one.
    pub edge: Option<EdgeConfig>,
}

/// The CloudFront distribution in front of delivery.
#[derive(Clone, Debug)]
pub struct EdgeConfig {
    /// Its id.
    pub distribution: String,
    /// CloudFront's API elsewhere than at AWS.
    pub endpoint: Option<String>,
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

impl Config {
    pub fn from_env() -> Result<Self, EnvironmentError> {
        let issuer = required("USER_POOL_ISSUER")?;
        let jwks = optional("USER_POOL_JWKS")?
            .unwrap_or_else(|| format!("{issuer}/.well-known/jwks.json"));
        Ok(Self {
            buckets: BucketsConfig::from_env()?,
            public_url: required("PUBLIC_URL")?.trim_end_matches('/').to_owned(),
            user_pool: UserPoolConfig {
                issuer,
                jwks,
                client_id: required("USER_POOL_CLIENT_ID")?,
                endpoint: optional("USER_POOL_ENDPOINT")?,
            },
            sagemaker_endpoint: optional("SAGEMAKER_ENDPOINT")?,
            edge: EdgeConfig::from_env()?,
        })
    }
}

/// SageMaker Runtime as `SAGEMAKER_ENDPOINT` says; `sdk` carries region and credentials.
pub fn sagemaker_runtime(sdk: &SdkConfig) -> Result<SdkConfig, EnvironmentError> {
    let endpoint = optional("SAGEMAKER_ENDPOINT")?;
    Ok(endpoint.map_or_else(|| sdk.clone(), |endpoint| speaking_to(sdk, Some(&endpoint))))
}

impl EdgeConfig {
    /// `None` where no distribution is named.
    pub fn from_env() -> Result<Option<Self>, EnvironmentError> {
        let endpoint = optional("CLOUDFRONT_ENDPOINT")?;
        let distribution = optional("EDGE_DISTRIBUTION_ID")?;
        Ok(distribution.map(|distribution| Self { distribution, endpoint }))
    }
}
