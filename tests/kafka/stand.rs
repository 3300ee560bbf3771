use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use consumer::Outcome;
use customer::{Buckets, BucketsConfig, Chain, ObjectKey};
use futures::{StreamExt, stream};
use kafka::{KafkaConfig, Lag, TopicSettings};
use local::kafka::{Broker, BrokerSettings};
use reqwest::StatusCode;
use tempfile::TempDir;
use tests::{client::Client, darkroom::Darkroom};
use tokio::time::{sleep, timeout};

use crate::{
    picture::picture,
    verify::{Verified, verify},
};

/// Nothing here takes as long on the slowest machine that still passes.
const PATIENCE: Duration = Duration::from_mins(5);
const LOOKED_EVERY: Duration = Duration::from_millis(200);
/// Uploads on their way.
const AT_ONCE: usize = 8;
const GROUP: &str = "darkroom-feed";
const CUSTOMER_BUCKET: &str = "darkroom-customer-demo";

/// A `darkroom up` on a broker of its own.
pub(crate) struct Stand {
    pub(crate) darkroom: Darkroom,
    pub(crate) client: Client,
    pub(crate) config: KafkaConfig,
    pub(crate) uploaded: BTreeSet<String>,
    pictures: AtomicU32,
    data: TempDir,
}

impl Stand {
    /// With further options of `darkroom up`.
    pub(crate) async fn start(config: KafkaConfig, options: &[&str]) -> Self {
        kafka::create(&config, &TopicSettings::ONE_BROKER).await.unwrap();
        let data = tempfile::tempdir().unwrap();
        let all = [&["--kafka-brokers", &config.brokers], options].concat();
        let darkroom = Darkroom::start(&data.path().join("data"), &all);
        Self::on(darkroom, data, config).await
    }

    /// On the Kafka that `options` make `darkroom up` bring with it.
    pub(crate) async fn embedded(options: &[&str]) -> Self {
        let data = tempfile::tempdir().unwrap();
        let darkroom = Darkroom::start(&data.path().join("data"), options);
        let config = KafkaConfig::open(&darkroom.environment()["KAFKA_BROKERS"]);
        Self::on(darkroom, data, config).await
    }

    async fn on(darkroom: Darkroom, data: TempDir, config: KafkaConfig) -> Self {
        let client = Client::demo(&darkroom).await;
        let (pictures, uploaded) = (AtomicU32::new(1), BTreeSet::new());
        Self { darkroom, client, config, uploaded, pictures, data }
    }

    /// The same data folder with other options.
    pub(crate) async fn restart(self, options: &[&str]) -> Self {
        let Self { darkroom, config, uploaded, pictures, data, .. } = self;
        drop(darkroom);
        let all = [&["--kafka-brokers", &config.brokers], options].concat();
        let darkroom = Darkroom::start(&data.path().join("data"), &all);
        let client = Client::demo(&darkroom).await;
        Self { darkroom, client, config, uploaded, pictures, data }
    }

    /// Uploads new pictures; each is acknowledged, whatever Kafka does.
    pub(crate) async fn upload(&mut self, count: usize) {
        let uploads = (0..count).map(|_| self.upload_one());
        let images: Vec<_> = stream::iter(uploads).buffer_unordered(AT_ONCE).collect().await;
        self.uploaded.extend(images);
    }

    async fn upload_one(&self) -> String {
        let number = self.pictures.fetch_add(1, Ordering::Relaxed);
        let (status, image) = self.client.upload_bytes(picture(number), "consent=training").await;
        assert_eq!(status, StatusCode::CREATED, "{image}");
        image["id"].as_str().unwrap().to_owned()
    }

    /// How many entries the outbox has.
    pub(crate) async fn waiting(&self) -> usize {
        let bucket = self.buckets().await.service().elsewhere(CUSTOMER_BUCKET);
        bucket.list_all(ObjectKey::OUTBOX).await.unwrap().len()
    }

    /// By partition, messages that were not taken in; none while Kafka cannot be asked.
    pub(crate) async fn lag(&self) -> BTreeMap<i32, i64> {
        let lag = Lag::of(&self.config, GROUP).unwrap();
        tokio::task::spawn_blocking(move || lag.read().unwrap_or_default()).await.unwrap()
    }

    /// Waits until the outbox is empty and the lag 0, and checks that every upload was staged once. `epoch` is the feed's;
    /// returns its chains.
    pub(crate) async fn comes_to_rest(&self, epoch: &str) -> Vec<Verified> {
        self.rests_at_last().await;
        self.check(epoch).await
    }

    /// Waits until the outbox is empty and the lag 0.
    pub(crate) async fn rests_at_last(&self) {
        let rests = async {
            while !self.rests().await {
                sleep(LOOKED_EVERY).await;
            }
        };
        let rested = timeout(PATIENCE, rests).await;
        assert!(rested.is_ok(), "outbox {}, lag {:?}", self.waiting().await, self.lag().await);
    }

    async fn rests(&self) -> bool {
        // In this order: what leaves the outbox is on Kafka then.
        if self.waiting().await > 0 {
            return false;
        }
        let lag = self.lag().await;
        !lag.is_empty() && lag.values().all(|lag| *lag == 0)
    }

    async fn check(&self, epoch: &str) -> Vec<Verified> {
        let (buckets, mut chains) = (self.buckets().await, Vec::new());
        for partition in 0..TopicSettings::ONE_BROKER.partitions {
            let topic = self.config.topic.clone();
            let chain = Chain { epoch: epoch.to_owned(), topic, partition };
            chains.push(verify(&buckets, &chain).await);
        }
        let entries = chains.iter().flat_map(|chain| &chain.commits);
        let staged: Vec<_> = entries
            .flat_map(|commit| &commit.records)
            .filter(|entry| entry.outcome == Outcome::Staged)
            .map(|entry| entry.subject.image.to_string())
            .collect();
        assert_eq!(staged.len(), self.uploaded.len(), "each once");
        assert_eq!(staged.into_iter().collect::<BTreeSet<_>>(), self.uploaded);
        assert!(chains.iter().all(|chain| {
            chain
                .commits
                .iter()
                .all(|commit| commit.rejected.is_empty() && commit.gap_before.is_none())
        }));
        chains
    }

    /// What `/metrics` says of a name, with its labels.
    pub(crate) async fn measured(&self, name: &str) -> Option<f64> {
        let metrics = self.client.get("/metrics").await.text().await.unwrap();
        let line = metrics.lines().find(|line| line.split(' ').next() == Some(name))?;
        line.rsplit(' ').next()?.parse().ok()
    }

    /// The buckets with the operator's rights.
    pub(crate) async fn buckets(&self) -> Buckets {
        let endpoint = self.darkroom.environment()["AWS_ENDPOINT_URL"].clone();
        let config = BucketsConfig {
            s3_endpoint: Some(endpoint.clone()),
            s3_public_endpoint: None,
            sts_endpoint: Some(endpoint),
            customer_role: "arn:aws:iam::000000000000:role/darkroom-customer".to_owned(),
            service_bucket: "darkroom-service".to_owned(),
            feed_bucket: "darkroom-feed".to_owned(),
        };
        Buckets::new(self.darkroom.sdk().await, config)
    }
}

/// A broker that is started again on its port and its log.
pub(crate) struct Apache {
    pub(crate) settings: BrokerSettings,
    pub(crate) broker: Broker,
    _folder: TempDir,
}

impl Apache {
    /// `None` where Apache Kafka is not wanted.
    pub(crate) async fn start(properties: &[String]) -> Option<Self> {
        if !tests::kafka::is_apache() {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let mut settings = tests::kafka::broker(folder.path());
        settings.properties = properties.to_vec();
        let broker = Broker::start(settings.clone()).await.unwrap();
        settings.port = broker.address().rsplit(':').next().unwrap().parse().unwrap();
        Some(Self { settings, broker, _folder: folder })
    }

    pub(crate) fn config(&self) -> KafkaConfig {
        KafkaConfig::open(self.broker.address())
    }

    /// After it was killed.
    pub(crate) async fn start_again(&mut self) {
        self.broker = Broker::start(self.settings.clone()).await.unwrap();
    }

    /// From here on none of its files may grow past so many bytes.
    pub(crate) fn limit_files(&self, bytes: u64) {
        self.run("prlimit", &[&format!("--fsize={bytes}"), "--pid"]);
    }

    /// `STOP` or `CONT`.
    pub(crate) fn signal(&self, name: &str) {
        self.run("kill", &["-s", name]);
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let pid = self.broker.pid().to_string();
        let status = std::process::Command::new(program).args(arguments).arg(pid).status().unwrap();
        assert!(status.success(), "{program}");
    }
}
