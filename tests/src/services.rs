//! S3, STS and the user pool of one test, on one port, with a gate before the originals.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use axum::{Router, body::Body, extract::Request, response::Response, serve::ListenerExt};
use customer::{BucketsConfig, HttpClient, Issuer, Jwks};
use local::{
    s3,
    sigv4::AccessKey,
    sts::{Policy, Principal, Role},
    user_pool::{Settings, UserPool},
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::Notify};

const ROLE: &str = "arn:aws:iam::000000000000:role/customer";
/// The id of the pool.
pub const POOL: &str = "us-east-1_Test";
/// The pool's app client.
pub const CLIENT: &str = "client";
const PASSWORD: &str = "Correct-horse-7-battery";

/// The services, served until the test ends.
#[derive(Clone, Debug)]
pub struct Services {
    /// Their address, without a slash at the end.
    pub endpoint: String,
    pub s3: s3::Server,
    pub gate: Arc<Gate>,
    pool: UserPool,
}

impl Services {
    /// Starts them on files in `folder`.
    pub async fn start(folder: &Path) -> Self {
        let listener = listen().await;
        let endpoint = address(&listener);
        let pool = open_pool(folder, &endpoint);
        let services = Self { endpoint, s3: open_s3(folder), gate: Arc::default(), pool };
        let answering = services.clone();
        let answer = async move |request: Request| answering.answer(request).await;
        serve(listener, Router::new().fallback(answer));
        services
    }

    async fn answer(&self, request: Request) -> Response {
        let path = request.uri().path();
        if request.headers().contains_key("x-amz-target") || path.starts_with("/us-east-1_") {
            let (parts, body) = request.into_parts();
            let body = axum::body::to_bytes(body, 1 << 16).await.unwrap();
            return self.pool.handle(Request::from_parts(parts, body)).await.map(Body::from);
        }
        if request.method() == "GET" && path.contains("/originals/") {
            self.gate.pass().await;
        }
        self.s3.call(request).await.map(Body::new)
    }

    /// AWS's SDK with the operator's rights.
    pub async fn sdk(&self) -> SdkConfig {
        aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new("operator", "secret", None, None, "test"))
            .endpoint_url(&self.endpoint)
            .load()
            .await
    }

    /// Where the buckets are: `service`, `feed` and the customers' own.
    pub fn buckets(&self) -> BucketsConfig {
        BucketsConfig {
            s3_endpoint: Some(self.endpoint.clone()),
            s3_public_endpoint: None,
            sts_endpoint: Some(self.endpoint.clone()),
            customer_role: ROLE.to_owned(),
            service_bucket: "service".to_owned(),
            feed_bucket: "feed".to_owned(),
        }
    }

    /// `iss` of the pool's tokens.
    pub fn issuer_url(&self) -> String {
        format!("{}/{POOL}", self.endpoint)
    }

    /// Where the pool's keys are.
    pub fn jwks_url(&self) -> String {
        format!("{}/.well-known/jwks.json", self.issuer_url())
    }

    /// What verifies the pool's tokens.
    pub fn issuer(&self) -> Issuer {
        let (issuer, audience) = (self.issuer_url(), CLIENT.to_owned());
        Issuer { issuer, audience, jwks: Jwks::new(self.jwks_url(), &HttpClient::new()) }
    }

    /// An ID token of a user of the customer in the group.
    pub async fn id_token(&self, customer: &str, group: &str) -> String {
        let email = format!("{group}@{customer}.example");
        let attributes = [("custom:customer", customer)];
        self.pool.create_user_if_absent(&email, PASSWORD, &attributes, &[group]).await.unwrap();
        let body = json!({
            "AuthFlow": "USER_PASSWORD_AUTH",
            "ClientId": CLIENT,
            "AuthParameters": {"USERNAME": email, "PASSWORD": PASSWORD},
        });
        let request = reqwest::Client::new()
            .post(format!("{}/", self.endpoint))
            .header("x-amz-target", "AWSCognitoIdentityProviderService.InitiateAuth")
            .header("content-type", "application/x-amz-json-1.1")
            .body(body.to_string());
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        answer["AuthenticationResult"]["IdToken"].as_str().unwrap().to_owned()
    }
}

/// Stands before the originals, counts who comes, and can be closed.
#[derive(Debug, Default)]
pub struct Gate {
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
    pub fn passed(&self) -> usize {
        self.passed.load(Ordering::SeqCst)
    }

    pub fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
    }

    /// Waits until somebody stands before the closed gate.
    pub async fn arrival(&self) {
        self.arrived.notified().await;
    }

    pub fn open(&self) {
        self.closed.store(false, Ordering::SeqCst);
        self.opened.notify_one();
    }
}

/// A port that the system chooses.
pub async fn listen() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

/// The URL of a listener.
pub fn address(listener: &TcpListener) -> String {
    format!("http://{}", listener.local_addr().unwrap())
}

/// Serves until the test ends, without Nagle's algorithm, as the program does.
pub fn serve(listener: TcpListener, router: Router) {
    let listener = listener.tap_io(|stream| stream.set_nodelay(true).unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
}

fn open_s3(folder: &Path) -> s3::Server {
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

fn open_pool(folder: &Path, store: &str) -> UserPool {
    let operator = AccessKey { id: "operator".to_owned(), secret: "secret".to_owned() };
    let settings = Settings::new(POOL, CLIENT, &format!("{store}/{POOL}"), operator);
    UserPool::open(&folder.join("pool"), settings).unwrap()
}
