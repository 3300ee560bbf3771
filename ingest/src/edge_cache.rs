//! The edge keeps images for a year, and forgets those that are deleted or shown to others when it
//! is told: through CloudFront's API, by the tags that delivery puts on every answer.
//!
//! It is told at once, by whoever changed the record, so that the change holds everywhere when it is
//! acknowledged. It is told again when the change is announced, in case the first call was lost, and
//! once more when every render that had read the record before has ended.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_cloudfront::{
    Client,
    config::{self, timeout::TimeoutConfig},
    error::SdkError,
    operation::create_invalidation::CreateInvalidationError,
    types::{InvalidationBatch, Paths},
};
use customer::{CustomerId, ImageId, Record, speaking_to};
use uuid::Uuid;

use crate::EdgeConfig;

/// Retries included. A change waits for this call no longer: announce makes it again.
const CALL_TIMEOUT: Duration = Duration::from_secs(5);

/// The cache in front of delivery. Cheap to clone.
#[derive(Clone, Debug)]
pub struct EdgeCache(Option<Distribution>);

#[derive(Clone, Debug)]
struct Distribution {
    client: Client,
    id: String,
}

/// Why the edge may not have forgotten.
#[derive(Debug, thiserror::Error)]
pub enum PurgeError {
    #[error("CloudFront took no invalidation")]
    Call(#[source] Box<SdkError<CreateInvalidationError>>),
    #[error("the invalidation is incomplete")]
    Build(#[from] aws_sdk_cloudfront::error::BuildError),
}

impl EdgeCache {
    /// No cache stands in front of delivery.
    pub fn none() -> Self {
        Self(None)
    }

    /// With the distribution of `config`, if there is one.
    pub fn new(sdk: &SdkConfig, config: Option<EdgeConfig>) -> Self {
        Self(config.map(|EdgeConfig { distribution, endpoint }| {
            let sdk = endpoint.map_or_else(|| sdk.clone(), |at| speaking_to(sdk, Some(&at)));
            let timeouts = TimeoutConfig::builder().operation_timeout(CALL_TIMEOUT).build();
            let client = config::Builder::from(&sdk).timeout_config(timeouts).build();
            Distribution { client: Client::from_conf(client), id: distribution }
        }))
    }

    /// Forgets all renditions of an image.
    pub async fn forget_image(&self, image: ImageId) -> Result<(), PurgeError> {
        self.forget(format!("#i:{image}")).await
    }

    /// Forgets everything of a customer.
    pub async fn forget_customer(&self, customer: &CustomerId) -> Result<(), PurgeError> {
        self.forget(format!("#c:{customer}")).await
    }

    /// Forgets an image if the change that `record` tells of may have closed it to somebody.
    pub(crate) async fn follow(&self, record: &Record) -> Result<(), PurgeError> {
        if record.may_have_closed() {
            self.forget_image(record.image).await?;
        }
        Ok(())
    }

    async fn forget(&self, item: String) -> Result<(), PurgeError> {
        let Some(Distribution { client, id }) = &self.0 else { return Ok(()) };
        let paths = Paths::builder().quantity(1).items(item).build()?;
        let reference = Uuid::new_v4().to_string();
        let batch =
            InvalidationBatch::builder().paths(paths).caller_reference(reference).build()?;
        let call = client.create_invalidation().distribution_id(id).invalidation_batch(batch);
        call.send().await.map_err(|error| PurgeError::Call(Box::new(error)))?;
        Ok(())
    }
}
