//! The edge keeps images for a year, and forgets those that are deleted or shown to others when it
//! is told: through CloudFront's API, by the tags that delivery puts on every answer.
//!
//! It is told at once, by whoever changed the record, so that the change holds everywhere when it is
//! acknowledged. It is told again when the change is announced, in case the first call was lost, and
//! once more when every render that had read the record before has ended.

mod invalidation;

use aws_config::SdkConfig;
use customer::{CustomerId, ImageId, Record};
use invalidation::Distribution;

pub use invalidation::PurgeError;

use crate::EdgeConfig;

/// The cache in front of delivery. Cheap to clone.
#[derive(Clone, Debug)]
pub struct EdgeCache(Option<Distribution>);

impl EdgeCache {
    /// No cache stands in front of delivery.
    pub fn none() -> Self {
        Self(None)
    }

    /// With the distribution of `config`, if there is one.
    pub fn new(sdk: &SdkConfig, config: Option<EdgeConfig>) -> Self {
        Self(config.map(|config| Distribution::new(sdk, &config)))
    }

    /// Forgets all renditions of an image.
    pub async fn forget_image(&self, image: ImageId) -> Result<(), PurgeError> {
        self.forget(&format!("#i:{image}")).await
    }

    /// Forgets everything of a customer.
    pub async fn forget_customer(&self, customer: &CustomerId) -> Result<(), PurgeError> {
        self.forget(&format!("#c:{customer}")).await
    }

    /// Forgets an image if the change that `record` tells of may have closed it to somebody.
    pub(crate) async fn follow(&self, record: &Record) -> Result<(), PurgeError> {
        if record.may_have_closed() {
            self.forget_image(record.image).await?;
        }
        Ok(())
    }

    async fn forget(&self, item: &str) -> Result<(), PurgeError> {
        match &self.0 {
            None => Ok(()),
            Some(distribution) => distribution.invalidate(item).await,
        }
    }
}
