//! What the administrative verbs work with: the running darkroom, with the operator's rights.

use anyhow::Context;
use aws_sdk_cognitoidentityprovider::Client;
use customer::{Buckets, BucketsConfig, Customer, CustomerId, Registry, audit};
use ingest::EdgeCache;
use model::api::Api;

use super::Where;
use crate::{connection::Connection, names, parts::edge_config};

/// The operator's clients.
pub(super) struct Operator {
    pub(super) connection: Connection,
    pub(super) buckets: Buckets,
    pub(super) registry: Registry,
    pub(super) pool: Client,
    pub(super) edge_cache: EdgeCache,
}

impl Operator {
    pub(super) async fn at(place: &Where) -> anyhow::Result<Self> {
        let connection = place.connection()?;
        let sdk = connection.sdk().await;
        let endpoint = Some(connection.endpoint.clone());
        let config = BucketsConfig {
            s3_endpoint: endpoint.clone(),
            s3_public_endpoint: None,
            sts_endpoint: endpoint,
            customer_role: names::CUSTOMER_ROLE.to_owned(),
            service_bucket: names::SERVICE_BUCKET.to_owned(),
            feed_bucket: names::FEED_BUCKET.to_owned(),
        };
        let pool = Client::new(&sdk);
        let edge_cache = EdgeCache::new(&sdk, Some(edge_config(&connection.endpoint)));
        let buckets = Buckets::new(sdk, config);
        let registry = Registry::new(buckets.service());
        Ok(Self { connection, buckets, registry, pool, edge_cache })
    }

    /// SageMaker of this machine.
    pub(super) async fn sagemaker(&self) -> anyhow::Result<Api> {
        Ok(Api::new(&self.connection.sdk().await)?)
    }

    /// The customer's settings as they are now.
    pub(super) async fn customer(&self, name: &CustomerId) -> anyhow::Result<Customer> {
        let found = self.registry.find(name).await?;
        let found = found.with_context(|| format!("there is no customer '{name}'"))?;
        Ok((*found).clone())
    }

    /// The audit line of an administrative act.
    pub(super) fn audit(&self, act: &str, subject: &str) {
        audit::done(&self.connection.access_key_id, act, subject);
    }
}
