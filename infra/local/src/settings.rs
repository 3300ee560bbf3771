//! What `darkroom up` can be told, by option or by environment.

use std::{net::IpAddr, path::PathBuf};

use clap::Args;

use crate::{kafka::Embedded, names, sagemaker::Endpoint};

/// Options of `darkroom up`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Settings {
    /// Port of the API, the images, S3, STS, the user pool and SageMaker Runtime (0: any free one)
    #[arg(long, env = "DARKROOM_PORT", default_value_t = 8080)]
    pub port: u16,

    /// Address to listen on; 0.0.0.0 opens it to the network
    #[arg(long, env = "DARKROOM_HOST", default_value = "127.0.0.1")]
    pub host: IpAddr,

    /// Folder that keeps everything; made when it is missing
    #[arg(long, env = "DARKROOM_DATA", default_value = "./data")]
    pub data: PathBuf,

    /// Address under which browsers reach this machine [default: http://localhost:PORT]
    #[arg(long, env = "DARKROOM_PUBLIC_URL")]
    pub public_url: Option<String>,

    /// Password of demo@example.com at first start [default: a random one, kept in the data folder]
    #[arg(long, env = "DARKROOM_DEMO_PASSWORD", hide_env_values = true)]
    pub demo_password: Option<String>,

    /// A model that may be asked for predictions: any server with /ping and /invocations
    #[arg(long = "model", env = "DARKROOM_MODELS", value_name = "NAME=URL", value_delimiter = ',')]
    pub models: Vec<Endpoint>,

    /// Python with what infra/sagemaker/requirements.txt lists, for training [default: one that is made in the data folder]
    #[arg(long, env = "DARKROOM_TRAINING_PYTHON", value_name = "FILE")]
    pub training_python: Option<PathBuf>,

    /// Memory of the edge cache, in MiB
    #[arg(long, env = "DARKROOM_EDGE_MEMORY_MIB", default_value_t = 256)]
    pub edge_memory_mib: u64,

    /// Disk of the edge cache, in MiB
    #[arg(long, env = "DARKROOM_EDGE_DISK_MIB", default_value_t = 4096)]
    pub edge_disk_mib: u64,

    /// Leave the feed to 'consumer run' elsewhere; Kafka and S3 are reached as 'darkroom env' says
    #[arg(long, env = "DARKROOM_WITHOUT_CONSUMER")]
    pub without_consumer: bool,

    #[command(flatten)]
    pub services: Services,
}

/// Real services in the place of embedded ones.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Real services instead of the embedded ones")]
pub(crate) struct Services {
    /// S3 to keep everything in, with credentials from the usual AWS variables
    #[arg(long, env = "S3_ENDPOINT", value_name = "URL")]
    pub s3_endpoint: Option<String>,

    /// STS that goes with it [default: AWS's]
    #[arg(long, env = "STS_ENDPOINT", value_name = "URL", requires = "s3_endpoint")]
    pub sts_endpoint: Option<String>,

    /// Role to assume for a customer at that STS
    #[arg(long, env = "CUSTOMER_ROLE_ARN", value_name = "ARN")]
    pub customer_role: Option<String>,

    /// Kafka that is started here where no other is named
    #[arg(long, env = "DARKROOM_KAFKA", value_enum, default_value_t)]
    pub kafka: Embedded,

    /// Folder of Apache Kafka's jars; fetched into with Maven when they are missing [default: in the data folder]
    #[arg(long, env = "DARKROOM_KAFKA_JARS")]
    pub kafka_jars: Option<PathBuf>,

    /// Kafka's bootstrap servers; KAFKA_SECURITY_PROTOCOL and others say how they are spoken to (docs/kafka.md)
    #[arg(long, env = "KAFKA_BROKERS", value_name = "HOST:PORT,…")]
    pub kafka_brokers: Option<String>,

    /// What `darkroom env` says of brokers that end with their process
    #[arg(long, env = "KAFKA_IN_PROCESS", value_name = "HOST:PORT", hide = true)]
    pub kafka_in_process: Option<String>,

    /// Kafka's topic
    #[arg(long, env = "KAFKA_TOPIC", default_value = customer::TOPIC)]
    pub kafka_topic: String,

    /// Consumer group of the feed
    #[arg(long, env = "KAFKA_GROUP", default_value = names::GROUP)]
    pub kafka_group: String,

    /// Names the feed's commit chains for those brokers; change it when the topic is made anew
    #[arg(long, env = "FEED_EPOCH", default_value = "1")]
    pub feed_epoch: String,

    /// `iss` of the tokens of another user pool
    #[arg(long, env = "USER_POOL_ISSUER", value_name = "URL", requires = "user_pool_client_id")]
    pub user_pool_issuer: Option<String>,

    /// App client of that pool
    #[arg(long, env = "USER_POOL_CLIENT_ID", value_name = "ID")]
    pub user_pool_client_id: Option<String>,

    /// Where that pool publishes its keys [default: ISSUER/.well-known/jwks.json]
    #[arg(long, env = "USER_POOL_JWKS", value_name = "URL")]
    pub user_pool_jwks: Option<String>,

    /// Cognito that serves that pool [default: AWS's]
    #[arg(long, env = "USER_POOL_ENDPOINT", value_name = "URL")]
    pub user_pool_endpoint: Option<String>,

    /// SageMaker Runtime
    #[arg(long, env = "SAGEMAKER_ENDPOINT", value_name = "URL", conflicts_with = "models")]
    pub sagemaker_endpoint: Option<String>,
}
