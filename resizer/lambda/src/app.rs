//! What every request needs, made once.

use std::time::Duration;

use aws_config::SdkConfig;
use customer::{Bucket, Buckets, CustomerId, Issuer, Proof, Registry};

use crate::{
    config::Config, error::Error, fetch::Fetch, render_queue::RenderQueue, renditions::Renditions,
    viewer::Asker,
};

/// The delivery service, before it is put behind a [`router`](crate::router).
#[derive(Debug)]
pub struct App {
    pub(crate) proof: Proof,
    pub(crate) issuer: Issuer,
    pub(crate) fetch: Fetch,
    pub(crate) renditions: Renditions,
    pub(crate) request_timeout: Duration,
    buckets: Buckets,
    registry: Registry,
}

impl App {
    /// `sdk` carries region and credentials of this process.
    pub fn new(config: Config, sdk: SdkConfig) -> Self {
        let budget = config.budget;
        let fetch = Fetch { timeout: budget.fetch_timeout };
        let queue = RenderQueue::new(budget.render_workers, budget.render_queue_max);
        let buckets = Buckets::new(sdk, config.buckets);
        Self {
            proof: config.proof,
            issuer: config.issuer,
            fetch,
            renditions: Renditions::new(fetch, queue, budget.limits),
            request_timeout: budget.request_timeout,
            registry: Registry::new(buckets.service()),
            buckets,
        }
    }

    /// The customer's bucket, with the customer's rights. An unknown or suspended customer is
    /// refused as an unknown image would be.
    pub(crate) async fn bucket_of(
        &self,
        customer: &CustomerId,
        asker: &Asker,
    ) -> Result<Bucket, Error> {
        let active = self.registry.active(customer).await?;
        Ok(self.buckets.of(&*active.ok_or_else(|| asker.refusal())?).await)
    }
}
