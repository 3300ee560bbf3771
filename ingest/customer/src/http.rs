//! One HTTP client for all of AWS and for the keys of a user pool.
//!
//! Another one would have connections of its own, and parse the system's certificate authorities again. AWS's SDK does
//! that for each of its clients unless it is given one.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use aws_config::SdkConfig;
use aws_sdk_s3::primitives::ByteStream;
use aws_smithy_http_client::{
    Connector,
    proxy::ProxyConfig,
    tls::{self, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::{
    http::{
        HttpConnector, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn,
    },
    orchestrator::HttpRequest,
};
use bytes::Bytes;
use futures::future::BoxFuture;

/// The default of AWS's SDK, so that what asks for keys shares its connections.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(3100);

/// Connections and what they trust, by the timeouts that were asked for: to connect, and to read. Nearly all ask for the
/// same. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct HttpClient(Arc<Mutex<HashMap<Timeouts, SharedHttpConnector>>>);

type Timeouts = (Option<Duration>, Option<Duration>);

/// Why a document could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    #[error("this is no address")]
    Address(#[from] aws_smithy_runtime_api::http::HttpError),
    #[error("nobody answered")]
    Connection(#[from] aws_smithy_runtime_api::client::result::ConnectorError),
    #[error("the answer broke off")]
    Broken(#[from] aws_sdk_s3::primitives::ByteStreamError),
    #[error("the answer is a {0} and not a 200")]
    Status(u16),
    #[error("there was no answer within {0:?}")]
    Late(Duration),
}

impl HttpClient {
    pub fn new() -> Self {
        Self::default()
    }

    /// AWS's SDK as the environment sets it up, with this client. Boxed, so that what it awaits is compiled here alone.
    pub fn sdk(&self) -> BoxFuture<'static, SdkConfig> {
        Box::pin(aws_config::from_env().http_client(self.for_aws()).load())
    }

    /// What AWS's SDK takes.
    pub fn for_aws(&self) -> SharedHttpClient {
        let http = self.clone();
        http_client_fn(move |settings, _| http.connector(settings))
    }

    fn connector(&self, settings: &HttpConnectorSettings) -> SharedHttpConnector {
        let timeouts = (settings.connect_timeout(), settings.read_timeout());
        let mut made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let connector = || {
            let connector = Connector::builder()
                .tls_provider(tls::Provider::Rustls(CryptoMode::AwsLc))
                .proxy_config(ProxyConfig::from_env())
                .connector_settings(settings.clone());
            SharedHttpConnector::new(connector.build())
        };
        made.entry(timeouts).or_insert_with(connector).clone()
    }

    /// The document at `address`, all of it within `time`.
    pub(crate) async fn get(&self, address: &str, time: Duration) -> Result<Bytes, HttpError> {
        let fetched = tokio::time::timeout(time, self.fetch(address)).await;
        fetched.map_err(|_| HttpError::Late(time))?
    }

    async fn fetch(&self, address: &str) -> Result<Bytes, HttpError> {
        let settings = HttpConnectorSettings::builder().connect_timeout(CONNECT_TIMEOUT).build();
        let response = self.connector(&settings).call(HttpRequest::get(address)?).await?;
        match response.status().as_u16() {
            200 => Ok(ByteStream::new(response.into_body()).collect().await?.into_bytes()),
            other => Err(HttpError::Status(other)),
        }
    }
}
