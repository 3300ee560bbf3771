//! `darkroom customer`.

use std::process::ExitCode;

use clap::Subcommand;
use customer::{Buckets, BucketsConfig, CustomerId, Registry};

use super::{Where, say};
use crate::{connection::Connection, demo, names};

#[derive(Subcommand, Debug)]
pub(super) enum Customer {
    /// Add a customer with a bucket of its own
    Add {
        /// 3 to 39 lower-case letters, digits and hyphens; the first segment of its images' URLs
        name: CustomerId,

        /// SageMaker endpoint that it may ask; the first one is the default
        #[arg(
            long = "endpoint",
            env = "DARKROOM_ENDPOINTS",
            value_name = "NAME",
            value_delimiter = ','
        )]
        endpoints: Vec<String>,

        #[command(flatten)]
        place: Where,
    },
}

impl Customer {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let Self::Add { name, endpoints, place } = self;
        let buckets = buckets(&place.connection()?).await;
        let registry = Registry::new(buckets.service());
        let added = demo::add_customer(&buckets, &registry, &name, endpoints).await?;
        say(format_args!("customer {name} added; its bucket is {}", added.bucket))?;
        say(format_args!("next: darkroom user add EMAIL --customer {name} --role admin"))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// The buckets, with the operator's rights.
async fn buckets(connection: &Connection) -> Buckets {
    let endpoint = Some(connection.endpoint.clone());
    let config = BucketsConfig {
        s3_endpoint: endpoint.clone(),
        s3_public_endpoint: None,
        sts_endpoint: endpoint,
        customer_role: names::CUSTOMER_ROLE.to_owned(),
        service_bucket: names::SERVICE_BUCKET.to_owned(),
        feed_bucket: names::FEED_BUCKET.to_owned(),
    };
    Buckets::new(connection.sdk().await, config)
}
