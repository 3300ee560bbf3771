use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use aws_config::retry::RetryConfig;
use axum::{Router, extract::State, http::StatusCode};
use customer::{Bucket, ImageId, ObjectKey, TOPIC};
use http::Method;
use ingest::{AnnounceError, Announced, Announcer, EdgeCache, EdgeConfig};
use kafka::KafkaConfig;
use rdkafka::mocking::MockCluster;
use serde_json::json;
use tempfile::TempDir;
use tests::{
    api::Api,
    services::{Services, address, listen, serve},
};
use tokio::net::TcpListener;

use crate::machine::{DISTRIBUTION, picture};

/// A client of ours waits for an answer no longer.
const ANSWERED_WITHIN: Duration = Duration::from_secs(10);

/// The API in this process behind a CloudFront of the test's choice.
struct Behind {
    services: Services,
    api: Api,
    token: String,
    _folder: TempDir,
}

impl Behind {
    async fn start(cloudfront: String) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let services = Services::start(folder.path()).await;
        let api = Api::start_behind(&services, edge(cloudfront)).await;
        let token = services.id_token("acme", "admin").await;
        Self { services, api, token, _folder: folder }
    }

    /// Uploads an image and asks for its deletion; returns its id.
    async fn upload_and_delete(&self) -> ImageId {
        let bytes = picture(1);
        let image = ImageId::of(&bytes).0;
        let token = Some(&*self.token);
        let uploaded = self.api.ask(Method::POST, "/v1/images?visibility=public", token, bytes);
        assert_eq!(uploaded.await.0, StatusCode::CREATED);
        let path = format!("/v1/images/{image}");
        let deleted = self.api.ask(Method::DELETE, &path, token, "").await;
        assert_eq!((deleted.0, &deleted.1["version"]), (StatusCode::OK, &json!(2)));
        image
    }
}

/// CloudFront does not listen, or takes the call and never answers.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_acknowledged_though_cloudfront_cannot_be_told() {
    let closed = address(&listen().await);
    let silent: TcpListener = listen().await;
    tokio::join!(deletes_in_time(closed), deletes_in_time(address(&silent)));
}

async fn deletes_in_time(cloudfront: String) {
    let behind = Behind::start(cloudfront.clone()).await;
    let deleted = tokio::time::timeout(ANSWERED_WITHIN, behind.upload_and_delete()).await;
    let image = deleted.unwrap_or_else(|_| panic!("the API waits for {cloudfront}"));
    assert!(waits(&behind.api.bucket, image).await, "announce has to tell it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_waits_in_the_outbox_until_cloudfront_was_told() {
    let cloudfront = CloudFront::start().await;
    let behind = Behind::start(cloudfront.endpoint.clone()).await;
    cloudfront.refuses.store(true, Ordering::SeqCst);
    let image = behind.upload_and_delete().await;
    assert_eq!(cloudfront.forgotten(), [""; 0]);

    let kafka = MockCluster::new(1).unwrap();
    kafka.create_topic(TOPIC, 1, 1).unwrap();
    let sdk = behind.services.sdk().await.to_builder();
    let sdk = sdk.retry_config(RetryConfig::disabled()).build();
    let edge_cache = EdgeCache::new(&sdk, Some(edge(cloudfront.endpoint.clone())));
    let brokers = KafkaConfig::open(kafka.bootstrap_servers());
    let announcer = Announcer::connect(&brokers, edge_cache).unwrap();
    let bucket = &behind.api.bucket;
    for _ in 0..2 {
        let refused = announcer.announce(bucket, image, 2).await;
        assert!(matches!(refused, Err(AnnounceError::Purge(_))), "{refused:?}");
        assert!(waits(bucket, image).await);
    }
    cloudfront.refuses.store(false, Ordering::SeqCst);
    assert_eq!(announcer.announce(bucket, image, 2).await.unwrap(), Announced::Done);
    assert_eq!(cloudfront.forgotten(), [format!("#i:{image}")]);
    assert!(!waits(bucket, image).await);
}

fn edge(endpoint: String) -> EdgeConfig {
    EdgeConfig { distribution: DISTRIBUTION.to_owned(), endpoint: Some(endpoint) }
}

/// Whether the deletion is in the outbox.
async fn waits(bucket: &Bucket, image: ImageId) -> bool {
    bucket.get(&ObjectKey::Outbox { image, version: 2 }).await.unwrap().is_some()
}

/// Takes every batch, or none.
#[derive(Clone, Default)]
struct CloudFront {
    endpoint: String,
    refuses: Arc<AtomicBool>,
    batches: Arc<Mutex<Vec<String>>>,
}

impl CloudFront {
    async fn start() -> Self {
        let listener = listen().await;
        let started = Self { endpoint: address(&listener), ..Self::default() };
        serve(listener, Router::new().fallback(take).with_state(started.clone()));
        started
    }

    /// The items of all batches that it took.
    fn forgotten(&self) -> Vec<String> {
        let batches = self.batches.lock().unwrap();
        let items = batches.iter().flat_map(|batch| batch.split("<Path>").skip(1));
        items.map(|item| item.split('<').next().unwrap().to_owned()).collect()
    }
}

async fn take(State(own): State<CloudFront>, batch: String) -> (StatusCode, String) {
    if own.refuses.load(Ordering::SeqCst) {
        return (StatusCode::SERVICE_UNAVAILABLE, String::new());
    }
    let batch = batch.split_once("<InvalidationBatch").map(|(_, rest)| rest.to_owned()).unwrap();
    let taken = format!(
        "<Invalidation><Id>I1</Id><Status>InProgress</Status><CreateTime>2026-11-21T00:00:00Z\
         </CreateTime><InvalidationBatch{batch}</Invalidation>"
    );
    own.batches.lock().unwrap().push(batch);
    (StatusCode::CREATED, taken)
}
