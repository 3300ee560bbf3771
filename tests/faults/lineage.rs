use std::{path::Path, sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::Request, response::IntoResponse};
use consumer::{CommitChain, Marker};
use customer::{Bucket, Buckets, BucketsConfig, Chain, ImageId, ObjectKey, Registry};
use http::StatusCode;
use ingest::{Announcer, EdgeCache, Predictions, Steps};
use local::s3;
use reqwest::Client;
use resizer::Limits;
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::{
    Program,
    services::{Services, address, listen, serve},
};

use crate::{
    kafka_proxy::KafkaProxy,
    memory,
    operation::Operation,
    picture::Picture,
    topic::Topic,
    trap::{Arriving, Progress, Trap},
};

const EPOCH: &str = "kills";
const CUSTOMER: &str = "demo";
const PASSWORD: &str = "Demo-password-1";
/// Nothing here takes as long on the slowest machine that still passes.
const PATIENCE: Duration = Duration::from_mins(2);
const ASKED_EVERY: Duration = Duration::from_millis(50);

/// Lives of one program on one data folder, with S3 and Kafka in this process, which outlive it.
pub(crate) struct Lineage {
    pub(crate) trap: Arc<Trap>,
    pub(crate) topic: Topic,
    /// S3 without the trap.
    pub(crate) steps: Steps,
    lives: u32,
    environment: Vec<(&'static str, String)>,
    /// Same in every life, so that tokens stay valid.
    port: String,
    token: String,
    program: Option<Program>,
    http: Client,
    folder: TempDir,
}

impl Lineage {
    /// The first life.
    pub(crate) async fn begin() -> Self {
        let folder = memory::folder();
        let trap = Arc::new(Trap::default());
        let services = Services::start(folder.path()).await;
        let trapped = serve_behind(trap.clone(), services.s3.clone()).await;
        // One partition: its next segment and commit are those of the image under test.
        let topic = Topic::start(1).await;
        let kafka = KafkaProxy::start(topic.config.brokers.clone(), trap.clone()).await;
        let mut lineage = Self {
            environment: environment(&services, &trapped, &kafka.address, &topic.config.topic),
            steps: steps(&services, &topic).await,
            trap,
            topic,
            lives: 0,
            port: "0".to_owned(),
            token: String::new(),
            program: None,
            http: Client::new(),
            folder,
        };
        lineage.start().await;
        lineage.sign_in().await;
        lineage
    }

    /// The next life, after the program was killed.
    pub(crate) async fn start(&mut self) {
        self.lives += 1;
        let (data, port) = (self.folder.path().join("data"), self.port.clone());
        let mut environment = self.environment.clone();
        // Of a group's dead member Kafka thinks for ten seconds that it may come back, which nobody here has.
        environment.push(("KAFKA_GROUP", format!("{}-{}", self.topic.config.topic, self.lives)));
        self.trap.open();
        let started = tokio::task::spawn_blocking(move || start(&data, &port, &environment));
        let program = started.await.unwrap();
        self.trap.watch(program.killer());
        program.port().clone_into(&mut self.port);
        self.program = Some(program);
        self.http = Client::new();
    }

    /// Ends the last life.
    pub(crate) fn end(&mut self) {
        self.program = None;
    }

    /// Asks for an operation; `None` where the connection broke.
    pub(crate) async fn send(&self, operation: Operation, picture: &Picture) -> Option<StatusCode> {
        let request = operation.request(&self.url(), &self.token, picture);
        let request = reqwest::Request::try_from(request).unwrap();
        self.http.execute(request).await.ok().map(|answer| answer.status())
    }

    pub(crate) async fn get(&self, path: &str) -> (StatusCode, Value) {
        let url = format!("{}{path}", self.url());
        let answer = self.http.get(url).bearer_auth(&self.token).send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    }

    /// Waits until the feed has noted this version of the image, and nothing else is on its way:
    /// the outbox is empty, and all that Kafka has is in the chain.
    pub(crate) async fn wait_for_rest(&self, image: ImageId, version: u64) {
        let rests = async {
            while !self.rests(image, version).await {
                tokio::time::sleep(ASKED_EVERY).await;
            }
        };
        tokio::time::timeout(PATIENCE, rests).await.expect("it never came to rest");
    }

    async fn rests(&self, image: ImageId, version: u64) -> bool {
        let feed = self.steps.buckets.feed();
        let marker = Marker::read(&feed, &CUSTOMER.parse().unwrap(), image).await.unwrap();
        if !marker.is_some_and(|marker| marker.has_seen(version)) {
            return false;
        }
        let waiting = self.bucket().await.list_all(ObjectKey::OUTBOX).await.unwrap();
        let chain = CommitChain::open(feed, self.chain()).await.unwrap();
        waiting.is_empty() && chain.last() == Some(self.topic.end(0) - 1)
    }

    /// The bucket of the customer that the program makes at its first start.
    pub(crate) async fn bucket(&self) -> Bucket {
        let customer = self.steps.registry.find(&CUSTOMER.parse().unwrap()).await.unwrap();
        self.steps.buckets.of(&customer.unwrap()).await
    }

    /// Waits until the program was killed or has come to the end of its work.
    pub(crate) async fn wait_for_progress(&self) -> Progress {
        let progressed = async {
            loop {
                match self.trap.progress() {
                    Progress::Going => tokio::time::sleep(ASKED_EVERY).await,
                    progress => return progress,
                }
            }
        };
        tokio::time::timeout(PATIENCE, progressed)
            .await
            .expect("the program neither died nor ended")
    }

    /// The commit chain of the topic's only partition.
    pub(crate) fn chain(&self) -> Chain {
        let topic = self.topic.config.topic.clone();
        Chain { epoch: EPOCH.to_owned(), topic, partition: 0 }
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    async fn sign_in(&mut self) {
        let body = json!({"username": "demo@example.com", "password": PASSWORD});
        let request = self.http.post(format!("{}/v1/session", self.url())).json(&body);
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        answer["id_token"].as_str().unwrap().clone_into(&mut self.token);
    }
}

fn start(data: &Path, port: &str, environment: &[(&'static str, String)]) -> Program {
    Program::start(data, port, &["--demo-password", PASSWORD], environment)
}

/// What makes `darkroom up` use S3 and Kafka elsewhere.
fn environment(
    services: &Services,
    s3: &str,
    brokers: &str,
    topic: &str,
) -> Vec<(&'static str, String)> {
    let values = [
        ("S3_ENDPOINT", s3),
        ("STS_ENDPOINT", s3),
        ("CUSTOMER_ROLE_ARN", &services.buckets().customer_role),
        ("AWS_ACCESS_KEY_ID", "operator"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_REGION", "us-east-1"),
        ("KAFKA_BROKERS", brokers),
        ("KAFKA_TOPIC", topic),
        ("FEED_EPOCH", EPOCH),
        ("RUST_LOG", "error,librdkafka=off,rdkafka=off"),
    ];
    values.map(|(name, value)| (name, value.to_owned())).to_vec()
}

async fn steps(services: &Services, topic: &Topic) -> Steps {
    let config = BucketsConfig {
        service_bucket: "darkroom-service".to_owned(),
        feed_bucket: "darkroom-feed".to_owned(),
        ..services.buckets()
    };
    let sdk = services.sdk().await;
    let buckets = Buckets::new(sdk.clone(), config);
    let registry = Registry::new(buckets.service());
    let announcer = Announcer::connect(&topic.config, EdgeCache::none()).unwrap();
    let predictions = Predictions::new(&sdk, buckets.service());
    Steps { buckets, registry, announcer, predictions, limits: Limits::default() }
}

/// Serves the store behind the trap until the test ends; returns where.
async fn serve_behind(trap: Arc<Trap>, store: s3::Server) -> String {
    let listener = listen().await;
    let address = address(&listener);
    let answer = async move |request: Request| {
        if trap.lets_pass(&Arriving::S3(request.method(), request.uri().path())) {
            store.call(request).await.map(Body::new)
        } else {
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    };
    serve(listener, Router::new().fallback(answer));
    address
}
