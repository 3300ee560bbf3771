use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_sdk_s3::{Client as S3, primitives::ByteStream};
use customer::{Buckets, BucketsConfig, Customer, RoleReference, session_policy};
use serde_json::{Value, json};

pub(crate) const SERVICE_BUCKET: &str = "service";
pub(crate) const FEED_BUCKET: &str = "feed";
/// Every customer has it.
pub(crate) const IMAGE: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
/// As many requests are let in by anybody; far more than it takes to make the accounts.
pub(crate) const UNGUARDED: (&str, &str) = ("INITIAL_NO_AUTH_ACTION_COUNT", "1000000");
/// Tells moto which service is asked; nobody verifies it before the accounts are made.
const FOR_IAM: &str = "AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0";

/// An AWS account at moto: an operator who may do everything, and the services' user, who may open
/// two buckets and assume roles.
pub(crate) struct Account {
    endpoint: String,
    pub(crate) operator: Credentials,
    services: Credentials,
}

impl Account {
    pub(crate) async fn make(endpoint: &str) -> Self {
        let endpoint = endpoint.to_owned();
        let everything = json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]);
        let objects = [SERVICE_BUCKET, FEED_BUCKET].map(|name| format!("arn:aws:s3:::{name}/*"));
        let of_services = json!([
            {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], "Resource": objects},
            {"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"], "Resource": "arn:aws:iam::*:role/*"},
        ]);
        let operator = user(&endpoint, "operator", &everything).await;
        let services = user(&endpoint, "services", &of_services).await;
        let account = Self { endpoint, operator, services };
        let s3 = account.s3(&account.operator).await;
        for (bucket, key) in [(SERVICE_BUCKET, "customers/beta.json"), (FEED_BUCKET, "segments/1")]
        {
            s3.create_bucket().bucket(bucket).send().await.unwrap();
            put(&s3, bucket, key).await;
        }
        account
    }

    /// A customer with a bucket and a role of its own, as `infra/customer.yaml` makes it.
    pub(crate) async fn customer(&self, name: &str) -> Customer {
        let (bucket, sources) = (format!("{name}-images"), ["photos/".to_owned()]);
        let s3 = self.s3(&self.operator).await;
        s3.create_bucket().bucket(&bucket).send().await.unwrap();
        let (record, original) = (format!("records/{IMAGE}.json"), format!("originals/{IMAGE}"));
        for key in [record.as_str(), &original, "photos/cat", "private/salaries"] {
            put(&s3, &bucket, key).await;
        }
        let external_id = format!("external-id-of-{name}");
        let role = format!("{name}-darkroom");
        let trust = json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::123456789012:user/services"},
                "Action": ["sts:AssumeRole", "sts:TagSession"],
                "Condition": {"StringEquals": {"sts:ExternalId": external_id}},
            }],
        });
        let trust = trust.to_string();
        let asked = [("RoleName", role.as_str()), ("AssumeRolePolicyDocument", &trust)];
        let made = iam(&self.endpoint, "CreateRole", &asked).await;
        let policy = session_policy(&bucket, &sources);
        let asked =
            [("RoleName", role.as_str()), ("PolicyName", "bucket"), ("PolicyDocument", &policy)];
        iam(&self.endpoint, "PutRolePolicy", &asked).await;
        let role = RoleReference { arn: element(&made, "Arn").to_owned(), external_id };
        let customer = Customer::new(name.parse().unwrap(), bucket);
        Customer { role: Some(role), sources: sources.to_vec(), ..customer }
    }

    /// From now on every request is judged.
    pub(crate) async fn guard(&self) {
        let reset = format!("{}/moto-api/reset-auth", self.endpoint);
        let answer = reqwest::Client::new().post(reset).body("0").send().await.unwrap();
        assert!(answer.status().is_success());
    }

    pub(crate) async fn services(&self) -> Buckets {
        let endpoint = Some(self.endpoint.clone());
        let config = BucketsConfig {
            s3_endpoint: endpoint.clone(),
            s3_public_endpoint: None,
            sts_endpoint: endpoint,
            customer_role: "arn:aws:iam::123456789012:role/nobodys".to_owned(),
            service_bucket: SERVICE_BUCKET.to_owned(),
            feed_bucket: FEED_BUCKET.to_owned(),
        };
        Buckets::new(self.sdk(&self.services).await, config)
    }

    pub(crate) async fn s3(&self, key: &Credentials) -> S3 {
        let sdk = self.sdk(key).await;
        let config = aws_sdk_s3::config::Builder::from(&sdk).force_path_style(true).build();
        S3::from_conf(config)
    }

    async fn sdk(&self, key: &Credentials) -> SdkConfig {
        aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .endpoint_url(&self.endpoint)
            .credentials_provider(key.clone())
            .load()
            .await
    }
}

async fn put(s3: &S3, bucket: &str, key: &str) {
    let body = ByteStream::from(key.as_bytes().to_vec());
    s3.put_object().bucket(bucket).key(key).body(body).send().await.unwrap();
}

/// A user and a key of theirs.
async fn user(endpoint: &str, name: &str, statements: &Value) -> Credentials {
    let policy = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    let user = ("UserName", name);
    iam(endpoint, "CreateUser", &[user]).await;
    let asked = [user, ("PolicyName", "all"), ("PolicyDocument", &policy)];
    iam(endpoint, "PutUserPolicy", &asked).await;
    let made = iam(endpoint, "CreateAccessKey", &[user]).await;
    let (id, secret) = (element(&made, "AccessKeyId"), element(&made, "SecretAccessKey"));
    Credentials::new(id, secret, None, None, "moto")
}

/// Asks IAM, by its query protocol.
async fn iam(endpoint: &str, action: &str, parameters: &[(&str, &str)]) -> String {
    let request = reqwest::Client::new()
        .post(endpoint)
        .query(&[("Action", action), ("Version", "2010-05-08")])
        .query(parameters)
        .header("authorization", FOR_IAM);
    let answer = request.send().await.unwrap();
    let (status, text) = (answer.status(), answer.text().await.unwrap());
    assert!(status.is_success(), "{action}: {text}");
    text
}

/// The text of the first element of this name.
fn element<'a>(xml: &'a str, name: &str) -> &'a str {
    let (_, rest) = xml.split_once(&format!("<{name}>")).unwrap();
    rest.split_once('<').unwrap().0
}
