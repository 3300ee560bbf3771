//! S3 and the user pool of one test, on one port, with a gate before the originals.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use axum::{Router, body::Body, extract::Request};
use customer::BucketsConfig;
use local::{
    s3,
    sigv4::AccessKey,
    sts::{Policy, Principal, Role},
    user_pool::{Settings, UserPool},
};
use tokio::sync::Notify;

const ROLE: &str = "arn:aws:iam::000000000000:role/customer";
pub(crate) const POOL: &str = "us-east-1_Test";
pub(crate) const CLIENT: &str = "client";

/// Stands before the originals, counts who comes, and can be closed.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    passed: AtomicUsize,
    closed: AtomicBool,
    arrived: Notify,
    opened: Notify,
}

impl Gate {
    async fn pass(&self) {
        self.passed.fetch_add(1, Ordering::SeqCst);
        if self.closed.load(Ordering::SeqCst) {
            self.arrived.notify_one();
            self.opened.notified().await;
        }
    }

    /// How often an original was fetched.
    pub(crate) fn passed(&self) -> usize {
        self.passed.load(Ordering::SeqCst)
    }

    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
    }

    /// Waits until somebody stands before the closed gate.
    pub(crate) async fn arrival(&self) {
        self.arrived.notified().await;
    }

    pub(crate) fn open(&self) {
        self.closed.store(false, Ordering::SeqCst);
        self.opened.notify_one();
    }
}

pub(crate) fn open_s3(folder: &Path) -> s3::Server {
    let config = s3::Config {
        folder: folder.join("s3"),
        region: "us-east-1".to_owned(),
        principals: vec![Principal::operator("operator".to_owned(), "secret".to_owned())],
        sealing_key: [7; 32],
        roles: Arc::new(|arn, _| {
            (arn == ROLE).then(|| Role { policy: Policy::everything(), external_id: None })
        }),
        created: tokio::sync::mpsc::unbounded_channel().0,
    };
    s3::Server::open(config).unwrap()
}

pub(crate) fn open_pool(folder: &Path, store: &str) -> UserPool {
    let operator = AccessKey { id: "operator".to_owned(), secret: "secret".to_owned() };
    let settings = Settings::new(POOL, CLIENT, &format!("{store}/{POOL}"), operator);
    UserPool::open(&folder.join("pool"), settings).unwrap()
}

/// S3 behind the gate, and the user pool, on one port.
pub(crate) fn services(s3: s3::Server, pool: UserPool, gate: Arc<Gate>) -> Router {
    Router::new().fallback(async move |request: Request| {
        let path = request.uri().path();
        if request.headers().contains_key("x-amz-target") || path.starts_with("/us-east-1_") {
            let (parts, body) = request.into_parts();
            let body = axum::body::to_bytes(body, 1 << 16).await.unwrap();
            return pool.handle(Request::from_parts(parts, body)).await.map(Body::from);
        }
        if request.method() == "GET" && path.contains("/originals/") {
            gate.pass().await;
        }
        s3.call(request).await.map(Body::new)
    })
}

pub(crate) async fn sdk(endpoint: &str) -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("operator", "secret", None, None, "test"))
        .endpoint_url(endpoint)
        .load()
        .await
}

pub(crate) fn buckets(endpoint: &str) -> BucketsConfig {
    BucketsConfig {
        s3_endpoint: Some(endpoint.to_owned()),
        s3_public_endpoint: None,
        sts_endpoint: Some(endpoint.to_owned()),
        customer_role: ROLE.to_owned(),
        service_bucket: "service".to_owned(),
        feed_bucket: "feed".to_owned(),
    }
}
