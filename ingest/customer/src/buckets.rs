//! The only place that makes an S3 client.
//!
//! Every call for a customer goes through a session of that customer: `sts:AssumeRole` with the
//! session tag `customer`, the customer's external id, and a session policy that opens one bucket.
//! So what a mistake of ours asks for in the wrong bucket, S3 refuses.

use std::time::Duration;

use aws_config::{SdkConfig, sts::AssumeRoleProvider, timeout::TimeoutConfig};
use aws_sdk_s3::{
    Client,
    config::{IdentityCache, RequestChecksumCalculation, ResponseChecksumValidation},
};
use futures::future::BoxFuture;
use moka::future::Cache;

use crate::{
    Bucket, Customer, HttpClient, StoreError,
    bucket::{classify, sent, status_of},
    policy::session_policy,
    speaking_to,
};

/// The most that role chaining allows.
const SESSION_LENGTH: Duration = Duration::from_hours(1);
/// A session is renewed with this much left, so that what it presigned for 15 minutes outlives it.
const SESSION_RENEWED_WITH: Duration = Duration::from_mins(20);
const SESSIONS_MAX: u64 = 10_000;
/// One attempt at S3; the SDK makes up to three.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);
const OPERATION_TIMEOUT: Duration = Duration::from_secs(30);

/// Where the buckets are and who opens them.
#[derive(Clone, Debug)]
pub struct BucketsConfig {
    /// S3 elsewhere than at AWS, addressed by path.
    pub s3_endpoint: Option<String>,
    /// The same S3 as clients reach it, for what is presigned; `s3_endpoint` unless it differs.
    pub s3_public_endpoint: Option<String>,
    /// STS elsewhere than at AWS.
    pub sts_endpoint: Option<String>,
    /// The role that a customer without a role of its own is served under.
    pub customer_role: String,
    pub service_bucket: String,
    pub feed_bucket: String,
}

/// All buckets that this process may open.
#[derive(Clone, Debug)]
pub struct Buckets {
    config: BucketsConfig,
    sdk: SdkConfig,
    own: Clients,
    scoped: Cache<String, Bucket>,
}

impl Buckets {
    /// `sdk` carries region and the process's own credentials, and its HTTP client where it has another use too.
    pub fn new(sdk: SdkConfig, config: BucketsConfig) -> Self {
        let sdk = with_one_http_client(sdk);
        let own = Clients::new(&sdk, &config);
        let scoped =
            Cache::builder().max_capacity(SESSIONS_MAX).time_to_live(SESSION_LENGTH).build();
        Self { config, sdk, own, scoped }
    }

    /// Customers' settings, with the process's own rights.
    pub fn service(&self) -> Bucket {
        Bucket::new(self.own.clone(), self.config.service_bucket.clone())
    }

    /// Segments, commits and datasets, with the process's own rights.
    pub fn feed(&self) -> Bucket {
        Bucket::new(self.own.clone(), self.config.feed_bucket.clone())
    }

    /// A customer's bucket, with that customer's rights and no others.
    pub fn of<'a>(&'a self, customer: &'a Customer) -> BoxFuture<'a, Bucket> {
        Box::pin(async move {
            let role = customer.role.as_ref();
            let arn = role.map_or(self.config.customer_role.as_str(), |role| role.arn.as_str());
            let external_id = role.map_or("", |role| role.external_id.as_str());
            let sources = customer.sources.join(" ");
            let session =
                format!("{} {arn} {external_id} {} {sources}", customer.id, customer.bucket);
            self.scoped.get_with(session, Box::pin(self.open(customer, arn))).await
        })
    }

    /// Makes a bucket with the process's own rights. That it exists already is no error.
    pub async fn create(&self, name: &str) -> Result<(), StoreError> {
        match sent::create_bucket(self.own.inside.create_bucket().bucket(name)).await {
            Ok(_) => Ok(()),
            Err(error) if status_of(&error) == Some(409) => Ok(()),
            Err(error) => Err(classify(name, error)),
        }
    }

    /// Removes an empty bucket with the process's own rights. That it is gone already is no error.
    pub async fn remove(&self, name: &str) -> Result<(), StoreError> {
        match sent::delete_bucket(self.own.inside.delete_bucket().bucket(name)).await {
            Ok(_) => Ok(()),
            Err(error) if status_of(&error) == Some(404) => Ok(()),
            Err(error) => Err(classify(name, error)),
        }
    }

    async fn open(&self, customer: &Customer, arn: &str) -> Bucket {
        let sts = match &self.config.sts_endpoint {
            Some(endpoint) => speaking_to(&self.sdk, Some(endpoint)),
            None => self.sdk.clone(),
        };
        let mut provider = AssumeRoleProvider::builder(arn)
            .session_name(format!("darkroom-{}", customer.id))
            .session_length(SESSION_LENGTH)
            .policy(session_policy(&customer.bucket, &customer.sources))
            .tags([("customer", customer.id.as_str())])
            .configure(&sts);
        if let Some(role) = &customer.role {
            provider = provider.external_id(&role.external_id);
        }
        let credentials =
            aws_credential_types::provider::SharedCredentialsProvider::new(provider.build().await);
        let identities = IdentityCache::lazy().buffer_time(SESSION_RENEWED_WITH).build();
        let scoped =
            self.sdk.to_builder().credentials_provider(credentials).identity_cache(identities);
        Bucket::new(Clients::new(&scoped.build(), &self.config), customer.bucket.clone())
    }
}

/// The same session twice: for requests of ours and for addresses that others will ask.
#[derive(Clone, Debug)]
pub(crate) struct Clients {
    pub(crate) inside: Client,
    pub(crate) presigning: Client,
}

impl Clients {
    fn new(sdk: &SdkConfig, config: &BucketsConfig) -> Self {
        let inside = config.s3_endpoint.as_deref();
        let outside = config.s3_public_endpoint.as_deref().or(inside);
        Self { inside: client(sdk, inside), presigning: client(sdk, outside) }
    }
}

/// Else each customer would have one.
fn with_one_http_client(sdk: SdkConfig) -> SdkConfig {
    if sdk.http_client().is_some() {
        return sdk;
    }
    sdk.to_builder().http_client(HttpClient::new().for_aws()).build()
}

fn client(sdk: &SdkConfig, endpoint: Option<&str>) -> Client {
    let timeouts = TimeoutConfig::builder()
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(OPERATION_TIMEOUT)
        .build();
    // What is put is signed with its SHA-256, and what is got is compared with one where it matters: a CRC beside it costs
    // a tenth of a request.
    let mut builder = aws_sdk_s3::config::Builder::from(sdk)
        .timeout_config(timeouts)
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
        .response_checksum_validation(ResponseChecksumValidation::WhenRequired);
    if let Some(endpoint) = endpoint {
        builder = builder.endpoint_url(endpoint).force_path_style(true);
    }
    Client::from_conf(builder.build())
}
