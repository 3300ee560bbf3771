//! A customer as sessions know one: a bucket, a role that reaches it, and a session bound to one of its prefixes.

use std::sync::Arc;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_sts::types::Tag;
use local::sts::{Policy, Role, Roles};

use crate::backend::{Embedded, OPERATOR, OPERATOR_SECRET, client};

pub(crate) const ROLE: &str = "arn:aws:iam::000000000000:role/customer";

/// The role of every customer: all of the bucket that its tag names.
pub(crate) fn roles() -> Roles {
    Arc::new(|arn, tags| {
        let bucket = tags.get("bucket").filter(|_| arn == ROLE)?;
        let policy = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"s3:*",
                "Resource":["arn:aws:s3:::{bucket}","arn:aws:s3:::{bucket}/*"]}}}}"#
        );
        Some(Role {
            policy: Policy::parse(&policy).ok()?,
            external_id: Some("external".to_owned()),
        })
    })
}

/// A session policy: objects under `mine/`, and their listing.
pub(crate) fn under_mine(bucket: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[
            {{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject","s3:DeleteObject"],"Resource":"arn:aws:s3:::{bucket}/mine/*"}},
            {{"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::{bucket}",
              "Condition":{{"StringLike":{{"s3:prefix":"mine/*"}}}}}}]}}"#
    )
}

pub(crate) fn sts(endpoint: &str, credentials: Credentials) -> aws_sdk_sts::Client {
    let config = aws_sdk_sts::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(endpoint)
        .credentials_provider(credentials)
        .build();
    aws_sdk_sts::Client::from_conf(config)
}

pub(crate) fn operator() -> Credentials {
    Credentials::new(OPERATOR, OPERATOR_SECRET, None, None, "test")
}

pub(crate) type AssumeRole = aws_sdk_sts::operation::assume_role::builders::AssumeRoleFluentBuilder;

pub(crate) fn assume(endpoint: &str, bucket: &str) -> AssumeRole {
    let tag = Tag::builder().key("bucket").value(bucket).build().unwrap();
    sts(endpoint, operator())
        .assume_role()
        .role_arn(ROLE)
        .role_session_name("test")
        .external_id("external")
        .tags(tag)
}

pub(crate) async fn assumed(assume: AssumeRole) -> Credentials {
    let issued = assume.send().await.unwrap().credentials.unwrap();
    Credentials::new(
        issued.access_key_id,
        issued.secret_access_key,
        Some(issued.session_token),
        None,
        "test",
    )
}

pub(crate) struct Customer {
    pub(crate) embedded: Embedded,
    pub(crate) bucket: String,
    pub(crate) other: String,
    /// Bound to `mine/` of the customer's bucket.
    pub(crate) session: Client,
}

pub(crate) async fn customer() -> Customer {
    let embedded = Embedded::with_roles(roles()).await;
    let (bucket, other) =
        (embedded.backend.bucket("customer").await, embedded.backend.bucket("other").await);
    for (bucket, key) in [(&bucket, "mine/a"), (&bucket, "yours/a"), (&other, "mine/a")] {
        embedded.backend.put(bucket, key, b"hello").await;
    }
    let assume = assume(&embedded.backend.endpoint, &bucket).policy(under_mine(&bucket));
    let session = client(&embedded.backend.endpoint, assumed(assume).await);
    Customer { embedded, bucket, other, session }
}
