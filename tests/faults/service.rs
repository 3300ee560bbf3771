use std::time::Duration;

use aws_config::{SdkConfig, retry::RetryConfig};
use aws_smithy_http_client::tls::{self, rustls_provider::CryptoMode};
use axum::{Router, body::Body};
use customer::{
    Bucket, Buckets, BucketsConfig, Customer, HttpClient, Issuer, Registry, Retention, Role,
    Timestamp,
};
use http::{Request, StatusCode};
use ingest::{Announcer, App, Config, EdgeCache, Steps, Swept, UserPoolConfig};
use resizer::Limits;
use serde_json::Value;
use tempfile::TempDir;
use tests::services::{CLIENT, Services};
use tower::ServiceExt;

use crate::{memory, operation::Operation, picture::Picture, topic::Topic, wire::Wire};

const CUSTOMER: &str = "acme";
/// So that a disturbed request is repeated at once.
const BACKOFF: Duration = Duration::from_millis(1);

/// What outlives the services: S3, the user pool, Kafka, one customer and one user.
pub(crate) struct Ground {
    pub(crate) topic: Topic,
    sdk: SdkConfig,
    config: BucketsConfig,
    announcer: Announcer,
    issuer: Issuer,
    pub(crate) token: String,
    _folder: TempDir,
}

/// One process of ours that has just started: it holds no session and knows no customer.
pub(crate) struct Service<'a> {
    pub(crate) wire: Wire,
    pub(crate) steps: Steps,
    api: Router,
    ground: &'a Ground,
}

/// What a client was answered.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) json: Value,
}

impl Ground {
    /// `retention_days`: of the customer's deleted images.
    pub(crate) async fn prepare(retention_days: u16) -> Self {
        let folder = memory::folder();
        let services = Services::start(folder.path()).await;
        let retry = RetryConfig::standard().with_initial_backoff(BACKOFF);
        let tls = tls::Provider::Rustls(CryptoMode::AwsLc);
        let http = aws_smithy_http_client::Builder::new().tls_provider(tls).build_https();
        let sdk = services.sdk().await.to_builder().retry_config(retry).http_client(http).build();
        let config = services.buckets();
        let topic = Topic::start(2).await;
        let announcer = Announcer::connect(&topic.config, EdgeCache::none()).unwrap();
        add_customer(&Buckets::new(sdk.clone(), config.clone()), retention_days).await;
        let token = services.id_token(CUSTOMER, Role::Uploader.group()).await;
        let issuer = services.issuer();
        Self { topic, sdk, config, announcer, issuer, token, _folder: folder }
    }

    pub(crate) fn start_service(&self) -> Service<'_> {
        let wire = Wire::default();
        let sdk = wire.under(&self.sdk);
        let buckets = Buckets::new(sdk.clone(), self.config.clone());
        let registry = Registry::new(buckets.service());
        let user_pool = UserPoolConfig {
            issuer: self.issuer.issuer.clone(),
            jwks: String::new(),
            client_id: CLIENT.to_owned(),
            endpoint: None,
        };
        let config = Config {
            buckets: self.config.clone(),
            public_url: "http://localhost".to_owned(),
            user_pool,
            sagemaker_endpoint: None,
            edge: None,
        };
        let app = App::new(config, &sdk, &HttpClient::new(), buckets.clone(), registry.clone());
        let app = App { issuer: self.issuer.clone(), ..app };
        let announcer = self.announcer.clone();
        let (predictions, limits) = (app.predictions.clone(), Limits::default());
        let steps = Steps { buckets, registry, announcer, predictions, limits };
        Service { wire, steps, api: ingest::router(app), ground: self }
    }
}

impl Service<'_> {
    /// Asks for an operation.
    pub(crate) async fn send(&self, operation: Operation, picture: &Picture) -> Answer {
        let request = operation.request("", &self.ground.token, picture);
        self.ask(request.map(Body::from)).await
    }

    pub(crate) async fn show(&self, picture: &Picture) -> Answer {
        let request = Request::get(picture.path());
        let request = request.header("authorization", format!("Bearer {}", self.ground.token));
        self.ask(request.body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn ask(&self, request: Request<Body>) -> Answer {
        let (parts, body) = self.api.clone().oneshot(request).await.unwrap().into_parts();
        let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        Answer { status: parts.status, json: serde_json::from_slice(&body).unwrap() }
    }

    /// The customer's bucket.
    pub(crate) async fn bucket(&self) -> Bucket {
        let customer = self.steps.registry.find(&CUSTOMER.parse().unwrap()).await.unwrap();
        self.steps.buckets.of(&customer.unwrap()).await
    }

    /// Sweeps with nobody else at work.
    pub(crate) async fn sweep(&self) -> Swept {
        ingest::sweep(&self.steps, Timestamp::now()).await.unwrap()
    }

    pub(crate) async fn sweep_leftovers(&self) -> Swept {
        ingest::sweep_leftovers(&self.steps, Timestamp::now()).await.unwrap()
    }
}

async fn add_customer(buckets: &Buckets, retention_days: u16) {
    let bucket = format!("{CUSTOMER}-images");
    for bucket in ["service", "feed", &bucket] {
        buckets.create(bucket).await.unwrap();
    }
    let retention = Retention { days: retention_days };
    let customer = Customer { retention, ..Customer::new(CUSTOMER.parse().unwrap(), bucket) };
    Registry::new(buckets.service()).add(&customer).await.unwrap();
}
