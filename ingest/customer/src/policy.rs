//! The session policy: what a session for one customer may do, whatever its role allows.

use serde_json::json;

use crate::ObjectKey;

/// An IAM policy that opens one bucket, under our prefixes, and nothing else. The right of a
/// session is the role's *and* this: a mistake in either still fails at S3.
pub fn session_policy(bucket: &str) -> String {
    let under = |arn: &str| -> Vec<String> {
        ObjectKey::CUSTOMER_PREFIXES.iter().map(|prefix| format!("{arn}/{prefix}*")).collect()
    };
    let arn = format!("arn:aws:s3:::{bucket}");
    let prefixes: Vec<_> =
        ObjectKey::CUSTOMER_PREFIXES.iter().map(|prefix| format!("{prefix}*")).collect();
    json!({
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
                "Resource": under(&arn),
            },
            {
                "Effect": "Allow",
                "Action": ["s3:ListBucket"],
                "Resource": [arn],
                "Condition": {"StringLike": {"s3:prefix": prefixes}},
            },
        ],
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// STS refuses longer session policies.
    const SESSION_POLICY_BYTES_MAX: usize = 2_048;

    #[test]
    fn the_longest_bucket_name_leaves_the_policy_within_the_limit_of_sts() {
        assert!(session_policy(&"b".repeat(63)).len() <= SESSION_POLICY_BYTES_MAX);
    }

    #[test]
    fn nothing_outside_the_bucket_is_named() {
        let policy: serde_json::Value =
            serde_json::from_str(&session_policy("acme-bucket")).unwrap();
        for statement in policy["Statement"].as_array().unwrap() {
            for resource in statement["Resource"].as_array().unwrap() {
                let resource = resource.as_str().unwrap();
                assert!(
                    resource == "arn:aws:s3:::acme-bucket"
                        || resource.starts_with("arn:aws:s3:::acme-bucket/")
                );
            }
        }
    }
}
