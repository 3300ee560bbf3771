//! An S3 server under test: where it is and how to talk to it.

use std::fmt::Debug;
use std::path::Path;
use std::sync::Arc;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::ByteStream;
use local::s3::{Config, ObjectCreated, Server};
use local::sts::{Principal, Roles};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

pub(crate) const OPERATOR: &str = "AKIAOPERATOR";
pub(crate) const OPERATOR_SECRET: &str = "operator-secret";
pub(crate) const SEALING_KEY: [u8; 32] = [7; 32];

/// A server and its operator's client.
#[derive(Clone)]
pub(crate) struct Backend {
    pub(crate) endpoint: String,
    pub(crate) s3: Client,
}

/// The embedded server, in this process, on a folder of its own.
pub(crate) struct Embedded {
    pub(crate) backend: Backend,
    pub(crate) server: Server,
    pub(crate) created: UnboundedReceiver<ObjectCreated>,
    /// Removed with it.
    pub(crate) folder: TempDir,
}

impl Backend {
    pub(crate) fn new(endpoint: String) -> Self {
        let s3 = client(&endpoint, Credentials::new(OPERATOR, OPERATOR_SECRET, None, None, "test"));
        Self { endpoint, s3 }
    }

    /// A new, empty bucket.
    pub(crate) async fn bucket(&self, name: &str) -> String {
        let name = format!("{name}-{}", std::process::id());
        self.s3.create_bucket().bucket(&name).send().await.unwrap();
        name
    }

    pub(crate) async fn put(&self, bucket: &str, key: &str, body: &[u8]) -> String {
        let body = ByteStream::from(body.to_vec());
        let put = self.s3.put_object().bucket(bucket).key(key).body(body).send().await.unwrap();
        put.e_tag.unwrap()
    }

    pub(crate) async fn get(&self, bucket: &str, key: &str) -> Vec<u8> {
        let got = self.s3.get_object().bucket(bucket).key(key).send().await.unwrap();
        got.body.collect().await.unwrap().to_vec()
    }
}

impl Embedded {
    pub(crate) async fn start() -> Self {
        Self::with_roles(Arc::new(|_, _| None)).await
    }

    pub(crate) async fn with_roles(roles: Roles) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (sender, created) = unbounded_channel();
        let server = open(folder.path(), roles, sender);
        let backend = Backend::new(serve(server.clone()).await);
        Self { backend, server, created, folder }
    }
}

pub(crate) fn open(
    folder: &Path,
    roles: Roles,
    created: tokio::sync::mpsc::UnboundedSender<ObjectCreated>,
) -> Server {
    Server::open(Config {
        folder: folder.to_owned(),
        region: "us-east-1".to_owned(),
        principals: vec![Principal::operator(OPERATOR.to_owned(), OPERATOR_SECRET.to_owned())],
        sealing_key: SEALING_KEY,
        roles,
        created,
    })
    .unwrap()
}

/// Serves on a port of its own until the runtime ends, and says where.
pub(crate) async fn serve(server: Server) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let answer = async move |request: axum::extract::Request| {
        server.call(request).await.map(axum::body::Body::new)
    };
    let service = axum::Router::new().fallback(answer);
    tokio::spawn(async move { axum::serve(listener, service).await });
    format!("http://{address}")
}

/// A client that asks once: a retry would hide what the server did.
pub(crate) fn client(endpoint: &str, credentials: Credentials) -> Client {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(endpoint)
        .credentials_provider(credentials)
        .force_path_style(true)
        .retry_config(RetryConfig::disabled())
        .build();
    Client::from_conf(config)
}

/// Status and code of a refusal; panics on success.
pub(crate) fn refusal<T: Debug, E: ProvideErrorMetadata + Debug>(
    outcome: Result<T, SdkError<E, HttpResponse>>,
) -> (u16, String) {
    let error = outcome.unwrap_err();
    let status =
        error.raw_response().unwrap_or_else(|| panic!("no answer: {error:?}")).status().as_u16();
    (status, error.code().unwrap_or_default().to_owned())
}

/// Only the status, for answers without a body.
pub(crate) fn status<T: Debug, E: ProvideErrorMetadata + Debug>(
    outcome: Result<T, SdkError<E, HttpResponse>>,
) -> u16 {
    refusal(outcome).0
}
