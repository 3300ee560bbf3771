//! Who may do what at the embedded S3 and STS: the same three parts as the roles in the templates.

use std::sync::Arc;

use serde_json::json;

use crate::{
    names::{CUSTOMER_ROLE, FEED_BUCKET, SERVICE_BUCKET, bucket_for_tag},
    secrets::Secrets,
    sts::{Policy, PolicyError, Principal, Role, Roles},
};

/// The operator, who may do everything, and the services, who may open their own two buckets and
/// assume customers' roles.
pub(crate) fn principals(secrets: &Secrets) -> Result<Vec<Principal>, PolicyError> {
    let (operator, service) = (secrets.operator(), secrets.service());
    Ok(vec![
        Principal::operator(operator.id, operator.secret),
        Principal {
            arn: "arn:aws:iam::000000000000:user/service".to_owned(),
            access_key_id: service.id,
            secret_access_key: service.secret,
            policy: service_policy()?,
        },
    ])
}

/// The one role: a session tagged `customer` may open that customer's bucket.
pub(crate) fn roles() -> Roles {
    Arc::new(|arn, tags| {
        let customer = tags.get("customer").filter(|_| arn == CUSTOMER_ROLE)?;
        Some(Role { policy: customer_policy(customer).ok()?, external_id: None })
    })
}

fn service_policy() -> Result<Policy, PolicyError> {
    let buckets = [SERVICE_BUCKET, FEED_BUCKET].map(|bucket| format!("arn:aws:s3:::{bucket}"));
    let objects = buckets.each_ref().map(|bucket| format!("{bucket}/*"));
    Policy::parse(
        &json!({
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": buckets},
                {
                    "Effect": "Allow",
                    "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
                    "Resource": objects,
                },
                {
                    "Effect": "Allow",
                    "Action": ["sts:AssumeRole", "sts:TagSession"],
                    "Resource": CUSTOMER_ROLE,
                },
            ],
        })
        .to_string(),
    )
}

fn customer_policy(customer: &str) -> Result<Policy, PolicyError> {
    let bucket = format!("arn:aws:s3:::{}", bucket_for_tag(customer));
    Policy::parse(
        &json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Action": "s3:*",
                "Resource": [bucket.clone(), format!("{bucket}/*")],
            }],
        })
        .to_string(),
    )
}
