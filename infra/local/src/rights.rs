//! Who may do what at the embedded S3 and STS: the same three parts as the roles in the templates.

use std::sync::Arc;

use aws_lc_rs::hmac;
use customer::RoleReference;
use data_encoding::HEXLOWER;
use serde_json::json;

use crate::{
    names::{CUSTOMER_ROLE, FEED_BUCKET, SERVICE_BUCKET, bucket_for_tag, is_ours},
    secrets::Secrets,
    sts::{Policy, PolicyError, Principal, Role, Roles},
};

/// Roles of buckets that were there before: this and the bucket's name.
const BUCKET_ROLES: &str = "arn:aws:iam::000000000000:role/of-bucket/";

/// The operator, who may do everything, the services, who may open their own two buckets and
/// assume customers' roles, and data scientists, who may read the feed's bucket.
pub(crate) fn principals(secrets: &Secrets) -> Result<Vec<Principal>, PolicyError> {
    let (operator, service) = (secrets.operator(), secrets.service());
    let data_scientist = secrets.data_scientist();
    Ok(vec![
        Principal::operator(operator.id, operator.secret),
        Principal {
            arn: "arn:aws:iam::000000000000:user/service".to_owned(),
            access_key_id: service.id,
            secret_access_key: service.secret,
            policy: service_policy()?,
        },
        Principal {
            arn: "arn:aws:iam::000000000000:user/data-scientist".to_owned(),
            access_key_id: data_scientist.id,
            secret_access_key: data_scientist.secret,
            policy: data_scientist_policy()?,
        },
    ])
}

/// The role of all customers whose bucket is Darkroom's: a session tagged `customer` may open that
/// customer's. And one role for each bucket that was there before, as its owner would have made it
/// from `infra/customer.yaml`.
pub(crate) fn roles(secrets: &Secrets) -> Roles {
    let operator_secret = secrets.operator().secret;
    Arc::new(move |arn, tags| {
        let customer = tags.get("customer")?;
        if arn == CUSTOMER_ROLE {
            let policy = bucket_policy(&bucket_for_tag(customer));
            return Some(Role { policy, external_id: None });
        }
        let bucket = arn.strip_prefix(BUCKET_ROLES).filter(|bucket| !is_ours(bucket))?;
        let RoleReference { external_id, .. } = role_of_bucket(&operator_secret, bucket);
        Some(Role { policy: bucket_policy(bucket), external_id: Some(external_id) })
    })
}

/// The role of a bucket that was there before. Only the operator can name its external id.
pub(crate) fn role_of_bucket(operator_secret: &str, bucket: &str) -> RoleReference {
    let key = hmac::Key::new(hmac::HMAC_SHA256, operator_secret.as_bytes());
    let external_id = HEXLOWER.encode(hmac::sign(&key, bucket.as_bytes()).as_ref());
    RoleReference { arn: format!("{BUCKET_ROLES}{bucket}"), external_id }
}

fn service_policy() -> Result<Policy, PolicyError> {
    let buckets = [SERVICE_BUCKET, FEED_BUCKET].map(|bucket| format!("arn:aws:s3:::{bucket}"));
    let objects = buckets.each_ref().map(|bucket| format!("{bucket}/*"));
    Policy::parse(
        &json!({
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": ["s3:ListBucket", "s3:ListBucketVersions"],
                    "Resource": buckets,
                },
                {
                    "Effect": "Allow",
                    "Action": [
                        "s3:GetObject",
                        "s3:PutObject",
                        "s3:DeleteObject",
                        "s3:DeleteObjectVersion",
                    ],
                    "Resource": objects,
                },
                {
                    "Effect": "Allow",
                    "Action": ["sts:AssumeRole", "sts:TagSession"],
                    "Resource": [CUSTOMER_ROLE.to_owned(), format!("{BUCKET_ROLES}*")],
                },
            ],
        })
        .to_string(),
    )
}

fn data_scientist_policy() -> Result<Policy, PolicyError> {
    let feed = format!("arn:aws:s3:::{FEED_BUCKET}");
    Policy::parse(
        &json!({
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetBucketLocation"], "Resource": feed},
                {"Effect": "Allow", "Action": "s3:GetObject", "Resource": format!("{feed}/*")},
            ],
        })
        .to_string(),
    )
}

fn bucket_policy(name: &str) -> Policy {
    let bucket = format!("arn:aws:s3:::{name}");
    let objects = format!("{bucket}/*");
    Policy::allowing("s3:*", vec![bucket, objects])
}
