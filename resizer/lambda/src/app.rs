//! What every request needs, made once.

use std::{sync::Arc, time::Duration};

use aws_config::SdkConfig;
use customer::{Bucket, Buckets, Customer, CustomerId, Issuer, Proof, Registry};

use resizer::Limits;

use crate::{
    bounds::Bounds, config::Config, error::Error, fetch::Fetch, render_queue::RenderQueue,
    renditions::Renditions, viewer::Asker,
};

/// The delivery service, before it is put behind a [`router`](crate::router).
#[derive(Debug)]
pub struct App {
    pub(crate) proof: Proof,
    pub(crate) issuer: Issuer,
    pub(crate) fetch: Fetch,
    pub(crate) renditions: Renditions,
    pub(crate) request_timeout: Duration,
    pub(crate) public_url: String,
    limits: Limits,
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
            renditions: Renditions::new(fetch, queue),
            request_timeout: budget.request_timeout,
            public_url: config.public_url,
            limits: budget.limits,
            registry: Registry::new(buckets.service()),
            buckets,
        }
    }

    /// What one request for an image of the customer may make.
    pub(crate) fn bounds(&self, customer: &Customer) -> Bounds {
        Bounds::of(customer, self.limits)
    }

    /// The customer and the customer's bucket, with the customer's rights. An unknown or suspended
    /// customer is refused as an unknown image would be.
    pub(crate) async fn open(
        &self,
        customer: &CustomerId,
        asker: &Asker,
    ) -> Result<(Arc<Customer>, Bucket), Error> {
        let active = self.registry.active(customer).await?;
        let customer = active.ok_or_else(|| asker.refusal())?;
        let bucket = self.buckets.of(&customer).await;
        Ok((customer, bucket))
    }

    /// The customer as its settings are now.
    pub(crate) async fn renewed(&self, customer: Arc<Customer>) -> Result<Arc<Customer>, Error> {
        self.registry.refresh(&customer.id).await;
        Ok(self.registry.active(&customer.id).await?.unwrap_or(customer))
    }
}
