//! `darkroom topics`: the topic at whatever Kafka is used.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use kafka::{Created, KafkaConfig, Security, TopicSettings};

use super::{Where, say};

/// Make the topic, or compare it with what it should be.
#[derive(Subcommand, Debug)]
pub(super) enum Topics {
    /// Make the topic where it is missing, and then check it
    Create(Topic),
    /// Say what about the topic is not as it should be
    Check(Topic),
}

#[derive(Args, Debug)]
pub(super) struct Topic {
    /// Brokers [default: those of the running darkroom]; KAFKA_SECURITY_PROTOCOL and others say how they are spoken to
    #[arg(long = "kafka-brokers", env = "KAFKA_BROKERS", value_name = "HOST:PORT,…")]
    brokers: Option<String>,

    /// Name of the topic
    #[arg(long = "kafka-topic", env = "KAFKA_TOPIC", default_value = customer::TOPIC)]
    name: String,

    /// Partitions; more of them let more consumers share the work, and their number cannot fall again
    #[arg(long, env = "KAFKA_PARTITIONS", default_value_t = 12)]
    partitions: i32,

    /// Brokers that keep each message
    #[arg(long, env = "KAFKA_REPLICAS", default_value_t = 3)]
    replicas: i32,

    /// Of these, how many must have a message before it counts
    #[arg(long, env = "KAFKA_INSYNC_REPLICAS_MIN", default_value_t = 2)]
    insync_replicas_min: i32,

    /// Hours for which messages are kept; what no consumer took by then, reconcile announces again
    #[arg(long, env = "KAFKA_RETENTION_HOURS", default_value_t = 168)]
    retention_hours: u32,

    /// Bytes of the longest message
    #[arg(long, env = "KAFKA_MESSAGE_BYTES_MAX", default_value_t = 1_048_588)]
    message_bytes_max: i64,

    #[command(flatten)]
    place: Where,
}

impl Topics {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let (Self::Create(topic) | Self::Check(topic)) = &self;
        let (config, settings) = (topic.kafka()?, topic.settings());
        let name = &config.topic;
        if let Self::Create(_) = self {
            match kafka::create(&config, &settings).await? {
                Created::New => say(format_args!("made topic '{name}'"))?,
                Created::Existing => say(format_args!("topic '{name}' was there"))?,
            }
        }
        let findings = kafka::check(&config, &settings).await?;
        for finding in &findings {
            say(finding)?;
        }
        if findings.is_empty() {
            say(format_args!("topic '{name}' is as it should be"))?;
            return Ok(ExitCode::SUCCESS);
        }
        Ok(ExitCode::FAILURE)
    }
}

impl Topic {
    fn settings(&self) -> TopicSettings {
        let Self {
            partitions,
            replicas,
            insync_replicas_min,
            retention_hours,
            message_bytes_max,
            ..
        } = *self;
        TopicSettings {
            partitions,
            replicas,
            insync_replicas_min,
            retention_hours,
            message_bytes_max,
        }
    }

    fn kafka(&self) -> anyhow::Result<KafkaConfig> {
        let brokers = match &self.brokers {
            Some(brokers) => brokers.clone(),
            None => self.place.connection()?.kafka_brokers,
        };
        let topic = self.name.clone();
        Ok(KafkaConfig { brokers, topic, security: Security::from_env()? })
    }
}
