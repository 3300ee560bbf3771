//! The topic: made where it is missing, and compared with what it should be.

use std::time::Duration;

use rdkafka::{
    admin::{
        AdminClient, AdminOptions, ConfigResource, NewTopic, ResourceSpecifier, TopicReplication,
    },
    error::KafkaError,
    metadata::MetadataTopic,
    types::RDKafkaErrorCode,
};
use tokio::task::spawn_blocking;

use crate::{Identity, KafkaConfig};

const TIMEOUT: Duration = Duration::from_secs(10);
/// The size of a record's event; a thousand bytes is usual, and the longest record has not sixty thousand.
const MESSAGE_BYTES_MIN: i64 = 65_536;

/// How the topic should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopicSettings {
    pub partitions: i32,
    /// Brokers that keep each message.
    pub replicas: i32,
    /// Of these, how many must have a message before it counts.
    pub insync_replicas_min: i32,
    pub retention_hours: u32,
    pub message_bytes_max: i64,
}

/// What [`create`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Created {
    New,
    /// It was there, and was left as it was.
    Existing,
}

/// Something about the topic that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The word for it in Kafka's own configuration.
    pub name: &'static str,
    pub found: String,
    pub expected: String,
}

/// Why the topic could not be made or looked at.
#[derive(Debug, thiserror::Error)]
pub enum TopicsError {
    #[error("these settings make no client")]
    Client(#[source] KafkaError),
    #[error("Kafka did not answer: {complaint}")]
    Silent { complaint: String, source: KafkaError },
    #[error("Kafka refused: {0}")]
    Refused(RDKafkaErrorCode),
    #[error("Kafka has no topic '{0}'; make it with: darkroom topics create")]
    NoTopic(String),
    #[error("settings that contradict each other: {0}")]
    Contradiction(String),
    #[error("a task of the process was stopped")]
    Stopped(#[from] tokio::task::JoinError),
}

impl TopicSettings {
    /// What a cluster of one broker can have.
    pub const ONE_BROKER: Self = Self {
        partitions: 4,
        replicas: 1,
        insync_replicas_min: 1,
        retention_hours: 168,
        message_bytes_max: 1_048_588,
    };

    fn retention_ms(&self) -> String {
        (u64::from(self.retention_hours) * 3_600_000).to_string()
    }

    fn check(&self) -> Result<(), TopicsError> {
        let Self { partitions, replicas, insync_replicas_min, message_bytes_max, .. } = *self;
        let contradiction = if partitions < 1 {
            format!("{partitions} partitions")
        } else if !(1..=replicas).contains(&insync_replicas_min) {
            format!("{insync_replicas_min} of {replicas} replicas must have a message")
        } else if message_bytes_max < MESSAGE_BYTES_MIN {
            format!(
                "messages of {message_bytes_max} bytes at most; events may have {MESSAGE_BYTES_MIN}"
            )
        } else {
            return Ok(());
        };
        Err(TopicsError::Contradiction(contradiction))
    }
}

/// Makes the topic where it is missing, and that of dead letters.
pub async fn create(
    config: &KafkaConfig,
    settings: &TopicSettings,
) -> Result<Created, TopicsError> {
    settings.check()?;
    let (retention, insync, bytes) = (
        settings.retention_ms(),
        settings.insync_replicas_min.to_string(),
        settings.message_bytes_max.to_string(),
    );
    let dead_letters = config.dead_letter_topic();
    let names = [(config.topic.as_str(), settings.partitions), (&dead_letters, 1)];
    let topics = names.map(|(name, partitions)| {
        NewTopic::new(name, partitions, TopicReplication::Fixed(settings.replicas))
            .set("retention.ms", &retention)
            .set("min.insync.replicas", &insync)
            .set("max.message.bytes", &bytes)
            .set("cleanup.policy", "delete")
            .set("unclean.leader.election.enable", "false")
    });
    let admin = admin(config)?;
    let made = admin.create_topics(&topics, &options()).await;
    let made = made.map_err(|source| silent(&admin, source))?;
    let mut created = Created::New;
    for (made, name) in made.into_iter().zip([&config.topic, &dead_letters]) {
        match made {
            Err((_, RDKafkaErrorCode::TopicAlreadyExists)) if *name == config.topic => {
                created = Created::Existing;
            }
            Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((_, refused)) => return Err(TopicsError::Refused(refused)),
        }
    }
    Ok(created)
}

/// What is not as `settings` say. More partitions, replicas, hours and bytes than those are fine.
pub async fn check(
    config: &KafkaConfig,
    settings: &TopicSettings,
) -> Result<Vec<Finding>, TopicsError> {
    settings.check()?;
    let admin = admin(config)?;
    let topic = ResourceSpecifier::Topic(&config.topic);
    let described = admin.describe_configs([&topic], &options()).await;
    let described = described.map_err(|source| silent(&admin, source))?;
    let (topic, dead_letters) = (config.topic.clone(), config.dead_letter_topic());
    let asked = spawn_blocking(move || {
        let has_dead_letters = layout(&admin, &dead_letters).is_ok();
        Ok::<_, TopicsError>((layout(&admin, &topic)?, has_dead_letters))
    });
    let (layout, has_dead_letters) = asked.await??;
    let configured = match described.into_iter().next() {
        Some(Ok(configured)) => configured,
        Some(Err(RDKafkaErrorCode::UnknownTopicOrPartition)) | None => {
            return Err(TopicsError::NoTopic(config.topic.clone()));
        }
        Some(Err(refused)) => return Err(TopicsError::Refused(refused)),
    };
    let mut findings = compare(&layout, &configured, settings);
    if !has_dead_letters {
        let expected = format!("topic '{}'", config.dead_letter_topic());
        findings.push(Finding { name: "dead letters", found: "nothing".to_owned(), expected });
    }
    Ok(findings)
}

/// Partitions, and the least replicas that one of them has.
struct Layout {
    partitions: usize,
    replicas: usize,
}

fn layout(admin: &AdminClient<Identity>, topic: &str) -> Result<Layout, TopicsError> {
    let metadata = admin.inner().fetch_metadata(Some(topic), TIMEOUT);
    let metadata = metadata.map_err(|source| silent(admin, source))?;
    let partitions = metadata.topics().first().map_or(&[][..], MetadataTopic::partitions);
    let replicas = partitions.iter().map(|partition| partition.replicas().len()).min();
    let replicas = replicas.ok_or_else(|| TopicsError::NoTopic(topic.to_owned()))?;
    Ok(Layout { partitions: partitions.len(), replicas })
}

fn compare(layout: &Layout, configured: &ConfigResource, settings: &TopicSettings) -> Vec<Finding> {
    let configured = |name| {
        let entry = configured.get(name);
        entry.and_then(|entry| entry.value.clone()).unwrap_or_else(|| "nothing".to_owned())
    };
    let at_least = |name, found: String, expected: String| {
        // Retention may be -1: for ever.
        let enough = match (found.parse::<i64>(), expected.parse::<i64>()) {
            (Ok(-1), _) => name == "retention.ms",
            (Ok(found), Ok(expected)) => found >= expected,
            _ => false,
        };
        (!enough).then(|| Finding { name, found, expected: format!("at least {expected}") })
    };
    let exactly = |name, expected: &str| {
        let found = configured(name);
        (found != expected).then(|| Finding { name, found, expected: expected.to_owned() })
    };
    let insync = settings.insync_replicas_min.to_string();
    let bytes = settings.message_bytes_max.to_string();
    [
        at_least("partitions", layout.partitions.to_string(), settings.partitions.to_string()),
        at_least("replication.factor", layout.replicas.to_string(), settings.replicas.to_string()),
        at_least("min.insync.replicas", configured("min.insync.replicas"), insync),
        at_least("retention.ms", configured("retention.ms"), settings.retention_ms()),
        at_least("max.message.bytes", configured("max.message.bytes"), bytes),
        // A compacted topic forgets versions; the chain would have a gap for each.
        exactly("cleanup.policy", "delete"),
        exactly("unclean.leader.election.enable", "false"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn admin(config: &KafkaConfig) -> Result<AdminClient<Identity>, TopicsError> {
    let client = config.client("darkroom-topics");
    client.create_with_context(config.identity()).map_err(TopicsError::Client)
}

fn silent(admin: &AdminClient<Identity>, source: KafkaError) -> TopicsError {
    let complaint = admin.inner().context().complaint().unwrap_or("nobody is there");
    TopicsError::Silent { complaint: complaint.to_owned(), source }
}

fn options() -> AdminOptions {
    AdminOptions::new().request_timeout(Some(TIMEOUT)).operation_timeout(Some(TIMEOUT))
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} is {}, expected {}", self.name, self.found, self.expected)
    }
}
