//! Kafka: inside the process, Apache's own broker beside it, or elsewhere.

mod apache;
mod backlog;
mod in_process;
mod jars;

pub use apache::{ApacheError, Broker, BrokerSettings};
pub(crate) use backlog::Backlog;
use clap::ValueEnum;
use kafka::{ConfigError, KafkaConfig, LagError, Security, TopicSettings, TopicsError};
use rdkafka::error::KafkaError;

use self::in_process::Cluster;
use crate::{
    data_folder::DataFolder,
    settings::{Services, Settings},
};

/// Which of the two that come with `darkroom up`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Embedded {
    /// In the process and in memory; nothing to install
    #[default]
    InProcess,
    /// Apache Kafka as a process of its own, its log in the data folder (needs Java 17 and Maven)
    Apache,
}

/// The Kafka that is used. What was started ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Kafka {
    pub config: KafkaConfig,
    pub group: String,
    /// The feed's epoch.
    pub epoch: String,
    started: Started,
}

#[derive(Debug)]
enum Started {
    /// Its messages live in it.
    InProcess {
        _cluster: Cluster,
    },
    Apache(Broker),
    Nothing,
}

/// Why there is no Kafka.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KafkaStartError {
    #[error("the cluster in the process cannot be started")]
    InProcess(#[from] KafkaError),
    #[error(transparent)]
    Apache(#[from] ApacheError),
    #[error(transparent)]
    Topic(#[from] TopicsError),
    #[error(transparent)]
    Security(#[from] ConfigError),
}

impl Kafka {
    pub(crate) async fn start(
        settings: &Settings,
        folder: &DataFolder,
    ) -> Result<Self, KafkaStartError> {
        let services = &settings.services;
        let (brokers, security, started) = match (brokers_elsewhere(services), services.kafka) {
            (Some(brokers), _) => (brokers.to_owned(), Security::from_env()?, Started::Nothing),
            (None, Embedded::InProcess) => {
                let config =
                    KafkaConfig { topic: services.kafka_topic.clone(), ..KafkaConfig::open("") };
                let cluster = Cluster::start([&config.topic, &config.dead_letter_topic()])?;
                (cluster.brokers(), Security::default(), Started::InProcess { _cluster: cluster })
            }
            (None, Embedded::Apache) => {
                let home = folder.join("kafka");
                let jars = services.kafka_jars.clone().unwrap_or_else(|| home.join("jars"));
                let broker = Broker::start(BrokerSettings::new(home.join("broker"), jars)).await?;
                (broker.address(), Security::default(), Started::Apache(broker))
            }
        };
        let config = KafkaConfig { brokers, topic: services.kafka_topic.clone(), security };
        if let Started::Apache(_) = started {
            kafka::create(&config, &TopicSettings::ONE_BROKER).await?;
        }
        let (group, epoch) = (services.kafka_group.clone(), started.epoch(services));
        Ok(Self { config, group, epoch, started })
    }

    /// Whether nobody can reach it when this process has ended.
    pub(crate) fn ends_with_us(&self) -> bool {
        !matches!(self.started, Started::Nothing)
    }

    /// Watches how far the consumer is behind, and holds announce back where messages could be dropped.
    pub(crate) fn backlog(&self) -> Result<Backlog, LagError> {
        let is_bounded = matches!(self.started, Started::InProcess { .. });
        Backlog::watch(&self.config, &self.group, is_bounded)
    }

    /// Lets a broker of ours write down what it has.
    pub(crate) async fn stop(self) {
        if let Started::Apache(broker) = self.started {
            broker.stop().await;
        }
    }
}

impl Started {
    /// The cluster in the process forgets its offsets, so that each start of it is an epoch of its own.
    fn epoch(&self, services: &Services) -> String {
        match self {
            Self::InProcess { .. } => format!("local-{:013}", customer::Timestamp::now().ms()),
            Self::Apache(_) | Self::Nothing => services.feed_epoch.clone(),
        }
    }
}

/// Brokers that ended with an earlier start are gone: the shell has them from `darkroom env`.
fn brokers_elsewhere(services: &Services) -> Option<&str> {
    let Services { kafka_brokers, kafka_in_process, .. } = services;
    kafka_brokers.as_deref().filter(|_| kafka_brokers != kafka_in_process)
}
