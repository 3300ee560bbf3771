//! How tools reach a running darkroom: written to the data folder at start, printed by
//! `darkroom env`, read by the other verbs.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use customer::speaking_to;
use serde::{Deserialize, Serialize};

use crate::{names, sigv4::AccessKey};

/// File in the data folder; readable by its owner alone, for it holds the operator's key.
pub(crate) const FILE: &str = "connection.json";

/// Addresses and the operator's key.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Connection {
    pub public_url: String,
    /// Of S3, STS, the user pool and SageMaker Runtime.
    pub endpoint: String,
    pub access_key_id: String,
    pub secret_access_key: String,
    /// Of who reads the feed's bucket.
    #[serde(default)]
    pub data_scientist: Option<DataScientist>,
    pub kafka_brokers: String,
    #[serde(default = "topic")]
    pub kafka_topic: String,
    /// The feed's.
    #[serde(default)]
    pub feed_epoch: String,
    /// Whether the brokers end with the process.
    #[serde(default)]
    pub kafka_in_process: bool,
}

/// A key that opens less.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct DataScientist {
    access_key_id: String,
    secret_access_key: String,
}

impl From<AccessKey> for DataScientist {
    fn from(key: AccessKey) -> Self {
        Self { access_key_id: key.id, secret_access_key: key.secret }
    }
}

/// Why no running darkroom was found.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectionError {
    #[error(
        "no darkroom has been started with the data folder {path}: start it with 'darkroom up', or name the folder with --data"
    )]
    NeverStarted { path: PathBuf },
    #[error("{path} cannot be read")]
    Io { path: PathBuf, source: io::Error },
    #[error("{path} cannot be understood")]
    Unreadable { path: PathBuf, source: serde_json::Error },
}

impl Connection {
    /// Reads what `darkroom up` left in its data folder.
    pub(crate) fn read(data: &Path) -> Result<Self, ConnectionError> {
        let path = data.join(FILE);
        match fs::read(&path) {
            Ok(json) => serde_json::from_slice(&json)
                .map_err(|source| ConnectionError::Unreadable { path, source }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(ConnectionError::NeverStarted { path: data.to_owned() })
            }
            Err(source) => Err(ConnectionError::Io { path, source }),
        }
    }

    /// The environment of who reads snapshots: the feed's bucket, and nothing else. `None` from a darkroom of before there
    /// was such a key.
    pub(crate) fn data_scientists_environment(&self) -> Option<[(&'static str, String); 6]> {
        let key = self.data_scientist.as_ref()?;
        Some([
            ("AWS_ENDPOINT_URL", self.endpoint.clone()),
            ("AWS_ACCESS_KEY_ID", key.access_key_id.clone()),
            ("AWS_SECRET_ACCESS_KEY", key.secret_access_key.clone()),
            ("AWS_REGION", names::REGION.to_owned()),
            ("AWS_DEFAULT_REGION", names::REGION.to_owned()),
            ("FEED_BUCKET", names::FEED_BUCKET.to_owned()),
        ])
    }

    /// The environment that points AWS's and Kafka's tools here.
    pub(crate) fn environment(&self) -> [(&'static str, String); 11] {
        let in_process = self.kafka_brokers.clone();
        let in_process = if self.kafka_in_process { in_process } else { String::new() };
        let demo = names::bucket_for_tag(crate::demo::CUSTOMER);
        [
            ("AWS_ENDPOINT_URL", self.endpoint.clone()),
            ("AWS_ACCESS_KEY_ID", self.access_key_id.clone()),
            ("AWS_SECRET_ACCESS_KEY", self.secret_access_key.clone()),
            ("AWS_REGION", names::REGION.to_owned()),
            ("AWS_DEFAULT_REGION", names::REGION.to_owned()),
            ("EDGE_DISTRIBUTION_ID", names::DISTRIBUTION.to_owned()),
            ("FEED_BUCKET", names::FEED_BUCKET.to_owned()),
            ("CUSTOMER_BUCKET", demo),
            ("KAFKA_BROKERS", self.kafka_brokers.clone()),
            ("KAFKA_TOPIC", self.kafka_topic.clone()),
            ("KAFKA_IN_PROCESS", in_process),
        ]
    }

    /// What a consumer outside the process needs beside that.
    pub(crate) fn consumers_environment(&self) -> [(&'static str, String); 5] {
        [
            ("S3_ENDPOINT", self.endpoint.clone()),
            ("STS_ENDPOINT", self.endpoint.clone()),
            ("CUSTOMER_ROLE_ARN", names::CUSTOMER_ROLE.to_owned()),
            ("SERVICE_BUCKET", names::SERVICE_BUCKET.to_owned()),
            ("FEED_EPOCH", self.feed_epoch.clone()),
        ]
    }

    /// Configuration of AWS's SDK with the operator's key.
    pub(crate) async fn sdk(&self) -> SdkConfig {
        let id = self.access_key_id.clone();
        let secret = self.secret_access_key.clone();
        speaking_to(&sdk(&AccessKey { id, secret }).await, Some(&self.endpoint))
    }
}

/// Configuration of AWS's SDK with a permanent key of this machine. No `AWS_ENDPOINT_URL` gets into
/// it: the shell may hold that of an earlier start.
pub(crate) async fn sdk(key: &AccessKey) -> SdkConfig {
    let credentials = Credentials::new(&key.id, &key.secret, None, None, "darkroom");
    let loaded = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new(names::REGION))
        .credentials_provider(credentials)
        .load()
        .await;
    speaking_to(&loaded, None)
}

fn topic() -> String {
    customer::TOPIC.to_owned()
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}
