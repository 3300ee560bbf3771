//! What things are called on one machine.

use customer::CustomerId;

pub(crate) const REGION: &str = "eu-central-1";
pub(crate) const SERVICE_BUCKET: &str = "darkroom-service";
pub(crate) const FEED_BUCKET: &str = "darkroom-feed";
/// The role that every customer's sessions are made of.
pub(crate) const CUSTOMER_ROLE: &str = "arn:aws:iam::000000000000:role/darkroom-customer";
/// The role of training jobs and endpoints, and the containers that they run: this machine runs its own.
pub(crate) const SAGEMAKER_ROLE: &str = "arn:aws:iam::000000000000:role/darkroom-sagemaker";
pub(crate) const TRAINING_IMAGE: &str = "darkroom/training";
pub(crate) const SERVING_IMAGE: &str = "darkroom/serving";
pub(crate) const POOL_ID: &str = "eu-central-1_Darkroom1";
/// The CloudFront distribution that the edge stands for.
pub(crate) const DISTRIBUTION: &str = "EDARKROOM00001";
pub(crate) const CLIENT_ID: &str = "darkroom";
/// The consumer group that stages the feed.
pub(crate) const GROUP: &str = consumer::Config::GROUP_DEFAULT;

/// The bucket that a customer gets.
pub(crate) fn bucket_of(customer: &CustomerId) -> String {
    bucket_for_tag(customer.as_str())
}

/// The bucket that the session tag `customer` opens.
pub(crate) fn bucket_for_tag(tag: &str) -> String {
    format!("darkroom-customer-{tag}")
}

/// Whether a bucket is one that Darkroom has made itself.
pub(crate) fn is_ours(bucket: &str) -> bool {
    bucket.starts_with("darkroom-")
}
