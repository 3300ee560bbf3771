use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_sdk_s3::{Client as S3, primitives::ByteStream};
use customer::{
    Bucket, Buckets, BucketsConfig, Condition, Customer, ObjectKey, Original, RoleReference,
    StoreError, UploadId, session_policy,
};
use serde_json::{Value, json};
use tests::moto::Moto;

use crate::trespass::{Neighbour, is_refused, works_at_home};

const SERVICE_BUCKET: &str = "service";
const FEED_BUCKET: &str = "feed";
const IMAGE: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
/// As many requests are let in by anybody; far more than it takes to make the accounts.
const UNGUARDED: (&str, &str) = ("INITIAL_NO_AUTH_ACTION_COUNT", "1000000");
/// Tells moto which service is asked; nobody verifies it before the accounts are made.
const FOR_IAM: &str = "AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0";

/// What moto knows of IAM: roles, trust and their policies, and neither session policies nor tags. It
/// judges a copy by where it goes.
#[tokio::test]
async fn with_a_role_for_each_customer_moto_refuses_the_same() {
    let Some(moto) = Moto::start_with(&[UNGUARDED]).await else { return };
    let account = Account::make(&moto.endpoint).await;
    let (acme, beta) = (account.customer("acme").await, account.customer("beta").await);
    account.guard().await;
    let operator = account.s3(&account.operator).await;
    let services = account.services().await;

    let session = services.of(&acme).await;
    works_at_home(&session).await;
    let neighbour = Neighbour::new("beta", IMAGE);
    for bucket in [&beta.bucket, SERVICE_BUCKET, FEED_BUCKET] {
        let before = text_of(&operator, bucket).await;
        is_refused(&session.elsewhere(bucket), &neighbour).await;
        assert_eq!(text_of(&operator, bucket).await, before, "{bucket}");
    }
    only_reads_its_source(&session, &operator).await;
    let strange = RoleReference { external_id: "guessed".to_owned(), ..beta.role.clone().unwrap() };
    let strange = services.of(&Customer { role: Some(strange), ..beta.clone() }).await;
    strange.list(ObjectKey::RECORDS, None, 1).await.unwrap_err();
    works_at_home(&services.of(&beta).await).await;
}

async fn only_reads_its_source(session: &Bucket, operator: &S3) {
    let etag = |key: &str| operator.head_object().bucket(session.name()).key(key).send();
    let original = async |key: &str| {
        let etag = etag(key).await.unwrap().e_tag.unwrap();
        session.original(&Original { key: key.to_owned(), etag }).await
    };
    assert_eq!(original("photos/cat").await.unwrap().bytes, "photos/cat");
    let probe = ObjectKey::Probe(UploadId::random());
    for refused in [
        session.put(&probe, "", None, Condition::Always).await.map(drop),
        session.get(&probe).await.map(drop),
        original("private/salaries").await.map(drop),
        session.delete_named("photos/cat").await,
        session.delete_named("private/salaries").await,
    ] {
        assert!(matches!(refused, Err(StoreError::AccessDenied { .. })), "{refused:?}");
    }
}

/// Names and contents of a bucket.
async fn text_of(s3: &S3, bucket: &str) -> Vec<(String, Vec<u8>)> {
    let listed = s3.list_objects_v2().bucket(bucket).send().await.unwrap();
    let mut objects = Vec::new();
    for key in listed.contents.unwrap_or_default().into_iter().filter_map(|object| object.key) {
        let object = s3.get_object().bucket(bucket).key(&key).send().await.unwrap();
        objects.push((key, object.body.collect().await.unwrap().to_vec()));
    }
    objects
}

/// An AWS account at moto: an operator who may do everything, and the services' user, who may open
/// two buckets and assume roles.
struct Account {
    endpoint: String,
    operator: Credentials,
    services: Credentials,
}

impl Account {
    async fn make(endpoint: &str) -> Self {
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
    async fn customer(&self, name: &str) -> Customer {
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
    async fn guard(&self) {
        let reset = format!("{}/moto-api/reset-auth", self.endpoint);
        let answer = reqwest::Client::new().post(reset).body("0").send().await.unwrap();
        assert!(answer.status().is_success());
    }

    async fn services(&self) -> Buckets {
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

    async fn s3(&self, key: &Credentials) -> S3 {
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
