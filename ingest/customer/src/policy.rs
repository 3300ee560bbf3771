//! The session policy: what a session for one customer may do, whatever its role allows.

use serde_json::json;

use crate::ObjectKey;

/// An IAM policy that opens one bucket, under our prefixes and the customer's `sources` (these to
/// read), and nothing else. The right of a session is the role's *and* this: a mistake in either
/// still fails at S3.
///
/// `IfExists`: S3 asks for the right to list, without a prefix, before it tells a missing object
/// (404) from a forbidden one (403). Which key a bucket is encrypted with, the role alone knows. Wildcards in actions
/// keep the document within STS's limit; the role names each.
pub fn session_policy(bucket: &str, sources: &[String]) -> String {
    let arn = format!("arn:aws:s3:::{bucket}");
    let own = ObjectKey::CUSTOMER_PREFIXES.iter().copied();
    let of_customer = sources.iter().map(String::as_str);
    let under = |prefix: &str| format!("{arn}/{prefix}*");
    let listed: Vec<_> = own.clone().chain(of_customer.clone()).map(|p| format!("{p}*")).collect();
    let mut statements = vec![
        json!({
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:*MultipartUpload*"],
            "Resource": own.map(under).collect::<Vec<_>>(),
        }),
        json!({
            "Effect": "Allow",
            "Action": ["s3:ListBucket*"],
            "Resource": [arn],
            "Condition": {"StringLikeIfExists": {"s3:prefix": listed}},
        }),
        json!({
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
            "Resource": ["*"],
        }),
    ];
    if !sources.is_empty() {
        statements.push(json!({
            "Effect": "Allow",
            "Action": ["s3:GetObject"],
            "Resource": of_customer.map(under).collect::<Vec<_>>(),
        }));
    }
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// STS refuses longer session policies.
    const SESSION_POLICY_BYTES_MAX: usize = 2_048;

    #[test]
    fn the_longest_bucket_name_leaves_the_policy_within_the_limit_of_sts() {
        let sources: Vec<_> = (0..3).map(|n| format!("{n}{}/", "s".repeat(61))).collect();
        let longest = session_policy(&"b".repeat(63), &sources);
        assert!(longest.len() <= SESSION_POLICY_BYTES_MAX, "{}", longest.len());
    }

    #[test]
    fn nothing_outside_the_bucket_is_named() {
        let policy: serde_json::Value =
            serde_json::from_str(&session_policy("acme-bucket", &["photos/".to_owned()])).unwrap();
        for statement in policy["Statement"].as_array().unwrap() {
            for resource in statement["Resource"].as_array().unwrap() {
                let resource = resource.as_str().unwrap();
                assert!(
                    resource == "*" && statement["Action"][0] == "kms:Decrypt"
                        || resource == "arn:aws:s3:::acme-bucket"
                        || resource.starts_with("arn:aws:s3:::acme-bucket/")
                );
            }
        }
    }
}
