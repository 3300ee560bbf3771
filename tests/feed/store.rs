use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use axum::{
    body::Body,
    extract::Request,
    http::{Method, StatusCode},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use consumer::{CommitChain, Incoming, Stage, Staging};
use customer::{
    Bucket, Buckets, BucketsConfig, Chain, Change, Condition, Consent, Customer, Event, ImageId,
    ObjectKey, Original, Record, Registry, State, TOPIC, Timestamp, Visibility,
};
use local::{
    s3::{Config, Server},
    sts::{Policy, Principal, Role},
};
use tempfile::TempDir;
use tokio::{net::TcpListener, sync::mpsc::unbounded_channel};

const KEY_ID: &str = "AKIAOPERATOR";
const SECRET: &str = "operator-secret";
const ROLE: &str = "arn:aws:iam::000000000000:role/customer";
pub(crate) const FEED_BUCKET: &str = "feed";

/// Buckets, two customers (`acme`, `beta`), and the ways in which the store can fail.
pub(crate) struct Store {
    pub(crate) buckets: Buckets,
    pub(crate) registry: Registry,
    pub(crate) faults: Arc<Faults>,
    pub(crate) folder: TempDir,
}

#[derive(Debug, Default)]
pub(crate) struct Faults {
    /// Answers everything with 503 and does nothing.
    pub(crate) is_down: AtomicBool,
    /// How many requests are answered before all others are refused, and one more; with 0, all are answered.
    pub(crate) requests_left: AtomicUsize,
    /// How many PUTs of commits happen but are answered with 503.
    pub(crate) answers_to_lose: AtomicUsize,
    /// Says that a conditional PUT was done, as stores do that ignore the condition.
    pub(crate) ignores_conditions: AtomicBool,
}

impl Store {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let faults = Arc::new(Faults::default());
        let endpoint = serve(open(folder.path()), faults.clone()).await;
        Self::at(endpoint, folder, faults).await
    }

    /// The same at another S3 and STS.
    pub(crate) async fn at(endpoint: String, folder: TempDir, faults: Arc<Faults>) -> Self {
        let sdk = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new(KEY_ID, SECRET, None, None, "test"))
            .load()
            .await;
        let config = BucketsConfig {
            s3_endpoint: Some(endpoint.clone()),
            s3_public_endpoint: None,
            sts_endpoint: Some(endpoint),
            customer_role: ROLE.to_owned(),
            service_bucket: "service".to_owned(),
            feed_bucket: FEED_BUCKET.to_owned(),
        };
        let buckets = Buckets::new(sdk, config);
        let registry = Registry::new(buckets.service());
        for bucket in ["service", FEED_BUCKET, "acme-images", "beta-images"] {
            buckets.create(bucket).await.unwrap();
        }
        for id in ["acme", "beta"] {
            let customer = Customer::new(id.parse().unwrap(), format!("{id}-images"));
            registry.add(&customer).await.unwrap();
        }
        Self { buckets, registry, faults, folder }
    }

    pub(crate) fn stage(&self) -> Stage {
        Stage::new(self.buckets.clone(), self.registry.clone(), Staging::default())
    }

    pub(crate) async fn chain(&self, partition: i32) -> CommitChain {
        CommitChain::open(self.buckets.feed(), chain(partition)).await.unwrap()
    }

    pub(crate) async fn bucket(&self, customer: &str) -> Bucket {
        let customer = self.registry.find(&customer.parse().unwrap()).await.unwrap().unwrap();
        self.buckets.of(&customer).await
    }

    /// Puts an original and returns the record that accept would have written.
    pub(crate) async fn upload(&self, customer: &str, bytes: &[u8], consent: Consent) -> Record {
        let (image, _) = ImageId::of(bytes);
        let key = ObjectKey::Original(image);
        let put = Bytes::copy_from_slice(bytes);
        let bucket = self.bucket(customer).await;
        let etag = bucket.put(&key, put, Some("image/jpeg"), Condition::Always).await.unwrap();
        record(customer, bytes, etag, consent)
    }
}

/// The chain of a partition in the only epoch of these tests.
pub(crate) fn chain(partition: i32) -> Chain {
    Chain { epoch: "test".to_owned(), topic: TOPIC.to_owned(), partition }
}

/// The first version of an image's record.
pub(crate) fn record(customer: &str, bytes: &[u8], etag: String, consent: Consent) -> Record {
    let (image, sha256) = ImageId::of(bytes);
    let moment = Timestamp::from_ms(1_795_246_140_123);
    Record {
        schema: Record::SCHEMA,
        customer: customer.parse().unwrap(),
        image,
        version: 1,
        state: State::Live,
        change: Change::Uploaded,
        changed_at: moment,
        original: Original { key: ObjectKey::Original(image).to_string(), etag },
        media_type: "image/jpeg".to_owned(),
        width: 512,
        height: 512,
        bytes: bytes.len() as u64,
        sha256,
        look: None,
        camera: customer::Camera::default(),
        name: Some("IMG_0001.jpg".to_owned()),
        uploaded_at: moment,
        uploaded_by: "subject".to_owned(),
        labels: vec!["person".to_owned()],
        annotations: std::collections::BTreeMap::new(),
        consent,
        visibility: Visibility::Private,
        erase_after: None,
        trace: None,
    }
}

/// A record as it comes out of Kafka.
pub(crate) fn incoming(offset: i64, record: &Record) -> Incoming {
    let event = Event { record: record.clone() };
    let headers = event.headers();
    let headers = headers.iter().map(|(name, value)| (*name, value.as_bytes()));
    let sent_at = Timestamp::from_ms(1_795_246_141_000);
    Incoming::read(offset, Some(sent_at), headers, &event.payload().unwrap())
}

/// A record that is no event.
pub(crate) fn poison(offset: i64) -> Incoming {
    Incoming::read(offset, None, [], b"{}")
}

pub(crate) fn fixture(name: &str) -> Vec<u8> {
    let images = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/images");
    std::fs::read(images.join(name)).unwrap()
}

fn open(folder: &Path) -> Server {
    // What is created interests nobody here; the server does not mind.
    let (created, _) = unbounded_channel();
    let everything = Role { policy: Policy::everything(), external_id: None };
    Server::open(Config {
        folder: folder.to_owned(),
        region: "us-east-1".to_owned(),
        principals: vec![Principal::operator(KEY_ID.to_owned(), SECRET.to_owned())],
        sealing_key: [7; 32],
        roles: Arc::new(move |arn, _| (arn == ROLE).then(|| everything.clone())),
        created,
    })
    .unwrap()
}

async fn serve(server: Server, faults: Arc<Faults>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let answer = async move |request: Request| answer(&server, &faults, request).await;
    let service = axum::Router::new().fallback(answer);
    tokio::spawn(async move { axum::serve(listener, service).await });
    format!("http://{address}")
}

async fn answer(server: &Server, faults: &Faults, request: Request) -> Response {
    if faults.is_cut_off() {
        // One that nobody repeats.
        return StatusCode::BAD_REQUEST.into_response();
    }
    if faults.is_down.load(Ordering::SeqCst) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let is_put = request.method() == Method::PUT;
    let is_commit = is_put && request.uri().path().contains("/commits/");
    let response = server.call(request).await.map(Body::new);
    if is_commit && response.status().is_success() && faults.loses_answer() {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let is_refused = is_put && response.status() == StatusCode::PRECONDITION_FAILED;
    if is_refused && faults.ignores_conditions.load(Ordering::SeqCst) {
        return StatusCode::OK.into_response();
    }
    response
}

impl Faults {
    fn is_cut_off(&self) -> bool {
        let one_less = |left: usize| (left > 1).then(|| left - 1);
        let counted = self.requests_left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less);
        counted == Err(1)
    }

    fn loses_answer(&self) -> bool {
        let one_less = |left: usize| left.checked_sub(1);
        self.answers_to_lose.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less).is_ok()
    }
}
