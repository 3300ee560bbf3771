//! The parts of the machine and how they reach each other: embedded where nothing else was named.

use std::sync::{Arc, atomic::AtomicBool};

use customer::{Buckets, BucketsConfig, HttpClient, Issuer, Jwks, Proof, Registry};
use ingest::{EdgeCache, Predictions, UserPoolConfig};
use tokio::sync::mpsc::UnboundedSender;

use crate::{
    cloudfront::{CloudFront, Invalidations},
    connection::{self, Connection},
    console::{self, Console},
    data_folder::DataFolder,
    edge::{CacheConfig, Edge, EdgeConfig},
    gateway::Gateway,
    kafka::Kafka,
    metrics::Metrics,
    names, rights, s3,
    sagemaker::{self, ControlSettings, SageMaker},
    secrets::Secrets,
    settings::{Services, Settings},
    user_pool::{self, UserPool},
};

/// What is made before anything runs.
#[derive(Debug)]
pub(crate) struct Parts {
    pub gateway: Gateway,
    pub buckets: Buckets,
    pub registry: Registry,
    pub predictions: Predictions,
    buckets_config: BucketsConfig,
    pub public_url: String,
    endpoint: String,
}

/// Why a part could not be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PartsError {
    #[error("the embedded S3 cannot open its folder")]
    S3(#[source] std::io::Error),
    #[error("a policy of the embedded S3 is malformed")]
    Policy(#[from] crate::sts::PolicyError),
    #[error("secrets.json in the data folder was changed: its sealing_key is not 32 bytes")]
    SealingKey,
    #[error(transparent)]
    UserPool(#[from] user_pool::OpenError),
    #[error("the edge cannot open its folder")]
    Edge(#[source] std::io::Error),
    #[error("what is measured cannot be kept")]
    Metrics(#[from] metrics_exporter_prometheus::BuildError),
    #[error("infra/console/headers.json has what is no header")]
    Console(#[from] console::HeadersError),
    #[error("the client for models cannot be made")]
    SageMaker(#[from] reqwest::Error),
}

impl Parts {
    /// `port` is the one that [`Settings::port`] became; `created` hears of new objects.
    pub(crate) async fn new(
        settings: &Settings,
        folder: &DataFolder,
        secrets: &Secrets,
        port: u16,
        created: UnboundedSender<s3::ObjectCreated>,
    ) -> Result<Self, PartsError> {
        // What counts asks for its counters when it is made.
        let metrics = Metrics::install()?;
        let public_url = settings.public_url.clone();
        let public_url = public_url.unwrap_or_else(|| format!("http://localhost:{port}"));
        let public_url = public_url.trim_end_matches('/').to_owned();
        let endpoint = format!("http://127.0.0.1:{port}");
        let services = &settings.services;
        let buckets_config = buckets_config(services, &endpoint, &public_url);
        let pool = pool_config(services, &endpoint, &public_url);
        let s3 = embedded_s3(services, folder, secrets, created)?;
        let http = HttpClient::new();
        let sdk = match &s3 {
            Some(s3) => s3::answered_by(&connection::sdk(&secrets.service()).await, s3),
            None => http.sdk().await,
        };
        let buckets = Buckets::new(sdk.clone(), buckets_config.clone());
        let registry = Registry::new(buckets.service());
        let api = ingest::Config {
            buckets: buckets_config.clone(),
            public_url: public_url.clone(),
            user_pool: pool.clone(),
            sagemaker_endpoint: Some(
                services.sagemaker_endpoint.clone().unwrap_or_else(|| endpoint.clone()),
            ),
            edge: Some(edge_config(&endpoint)),
        };
        let runtime = connection::sdk(&secrets.service()).await;
        let api = ingest::App::new(api, &runtime, &http, buckets.clone(), registry.clone());
        let predictions = api.predictions.clone();
        let delivery = resizer_lambda::Config {
            buckets: buckets_config.clone(),
            issuer: Issuer {
                issuer: pool.issuer.clone(),
                audience: pool.client_id.clone(),
                jwks: Jwks::new(pool.jwks.clone(), &http),
            },
            proof: Proof::new(&secrets.edge_secret),
            public_url: public_url.clone(),
            budget: resizer_lambda::Budget::default(),
        };
        let delivery = resizer_lambda::router(resizer_lambda::App::new(delivery, sdk));
        let edge = EdgeConfig {
            proof: Proof::new(&secrets.edge_secret),
            cache: CacheConfig {
                memory_bytes_max: settings.edge_memory_mib << 20,
                disk_bytes_max: settings.edge_disk_mib << 20,
                folder: folder.join("edge"),
            },
        };
        let edge = Edge::open(edge, delivery, registry.clone()).map_err(PartsError::Edge)?;
        let edge = Arc::new(edge);
        let operator = operators_buckets(s3.as_ref(), &buckets_config, secrets).await;
        let sagemaker = embedded_sagemaker(settings, folder, secrets, operator)?;
        let gateway = Gateway {
            s3,
            user_pool: embedded_pool(services, folder, secrets, &public_url)?,
            sagemaker,
            api: ingest::router(api),
            cloudfront: Arc::new(CloudFront {
                callers: vec![secrets.operator(), secrets.service()],
                distribution: names::DISTRIBUTION,
                edge: Arc::clone(&edge),
                invalidations: Invalidations::default(),
            }),
            edge,
            console: Console::new()?,
            metrics,
            ready: Arc::new(AtomicBool::new(false)),
        };
        Ok(Self { gateway, buckets, registry, predictions, buckets_config, public_url, endpoint })
    }

    /// The edge as the services reach it.
    pub(crate) async fn edge_cache(&self, secrets: &Secrets) -> EdgeCache {
        let sdk = connection::sdk(&secrets.service()).await;
        EdgeCache::new(&sdk, Some(edge_config(&self.endpoint)))
    }

    /// Whether S3 tells this process of new objects.
    pub(crate) fn is_notified(&self) -> bool {
        self.gateway.s3.is_some()
    }

    /// The buckets with the rights of whoever runs the machine, for making new ones.
    pub(crate) async fn operator_buckets(&self, secrets: &Secrets) -> Buckets {
        operators_buckets(self.gateway.s3.as_ref(), &self.buckets_config, secrets).await
    }

    /// How other tools reach this machine.
    pub(crate) fn connection(&self, secrets: &Secrets, kafka: &Kafka) -> Connection {
        let operator = secrets.operator();
        Connection {
            public_url: self.public_url.clone(),
            endpoint: self.endpoint.clone(),
            access_key_id: operator.id,
            secret_access_key: operator.secret,
            data_scientist: Some(secrets.data_scientist().into()),
            kafka_brokers: kafka.config.brokers.clone(),
            kafka_topic: kafka.config.topic.clone(),
            feed_epoch: kafka.epoch.clone(),
            kafka_in_process: kafka.ends_with_us(),
        }
    }
}

async fn operators_buckets(
    s3: Option<&s3::Server>,
    config: &BucketsConfig,
    secrets: &Secrets,
) -> Buckets {
    let sdk = match s3 {
        Some(s3) => s3::answered_by(&connection::sdk(&secrets.operator()).await, s3),
        None => HttpClient::new().sdk().await,
    };
    Buckets::new(sdk, config.clone())
}

/// The distribution that stands before delivery on the machine at `endpoint`.
pub(crate) fn edge_config(endpoint: &str) -> ingest::EdgeConfig {
    let distribution = names::DISTRIBUTION.to_owned();
    ingest::EdgeConfig { distribution, endpoint: Some(endpoint.to_owned()) }
}

fn buckets_config(services: &Services, endpoint: &str, public_url: &str) -> BucketsConfig {
    let embedded = services.s3_endpoint.is_none();
    let here = |url: &str| embedded.then(|| url.to_owned());
    BucketsConfig {
        s3_endpoint: services.s3_endpoint.clone().or_else(|| here(endpoint)),
        s3_public_endpoint: here(public_url),
        sts_endpoint: services.sts_endpoint.clone().or_else(|| here(endpoint)),
        customer_role: services
            .customer_role
            .clone()
            .unwrap_or_else(|| names::CUSTOMER_ROLE.to_owned()),
        service_bucket: names::SERVICE_BUCKET.to_owned(),
        feed_bucket: names::FEED_BUCKET.to_owned(),
    }
}

fn pool_config(services: &Services, endpoint: &str, public_url: &str) -> UserPoolConfig {
    let jwks = |issuer: &str| format!("{issuer}/.well-known/jwks.json");
    match (&services.user_pool_issuer, &services.user_pool_client_id) {
        (Some(issuer), Some(client_id)) => UserPoolConfig {
            issuer: issuer.clone(),
            jwks: services.user_pool_jwks.clone().unwrap_or_else(|| jwks(issuer)),
            client_id: client_id.clone(),
            endpoint: services.user_pool_endpoint.clone(),
        },
        _ => UserPoolConfig {
            issuer: format!("{public_url}/{}", names::POOL_ID),
            jwks: jwks(&format!("{endpoint}/{}", names::POOL_ID)),
            client_id: names::CLIENT_ID.to_owned(),
            endpoint: Some(endpoint.to_owned()),
        },
    }
}

fn embedded_s3(
    services: &Services,
    folder: &DataFolder,
    secrets: &Secrets,
    created: UnboundedSender<s3::ObjectCreated>,
) -> Result<Option<s3::Server>, PartsError> {
    if services.s3_endpoint.is_some() {
        return Ok(None);
    }
    let server = s3::Server::open(s3::Config {
        folder: folder.join("s3"),
        region: names::REGION.to_owned(),
        principals: rights::principals(secrets)?,
        sealing_key: secrets.sealing_key().ok_or(PartsError::SealingKey)?,
        roles: rights::roles(secrets),
        created,
    });
    server.map(Some).map_err(PartsError::S3)
}

fn embedded_pool(
    services: &Services,
    folder: &DataFolder,
    secrets: &Secrets,
    public_url: &str,
) -> Result<Option<UserPool>, PartsError> {
    if services.user_pool_issuer.is_some() {
        return Ok(None);
    }
    let issuer = format!("{public_url}/{}", names::POOL_ID);
    let operator = secrets.operator();
    let settings = user_pool::Settings::new(names::POOL_ID, names::CLIENT_ID, &issuer, operator);
    Ok(Some(UserPool::open(&folder.join("user_pool"), settings)?))
}

fn embedded_sagemaker(
    settings: &Settings,
    folder: &DataFolder,
    secrets: &Secrets,
    buckets: Buckets,
) -> Result<Option<Arc<SageMaker>>, PartsError> {
    if settings.services.sagemaker_endpoint.is_some() {
        return Ok(None);
    }
    let callers = vec![secrets.service(), secrets.operator()];
    let runtime = sagemaker::Settings::new(callers, settings.models.clone());
    let control = ControlSettings {
        operator: secrets.operator(),
        buckets,
        folder: folder.join("sagemaker"),
        python: settings.training_python.clone(),
    };
    Ok(Some(Arc::new(SageMaker::new(runtime, control)?)))
}
