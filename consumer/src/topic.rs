//! The Kafka client as one enum, so that the loop is a match.
//!
//! The chain decides where a partition begins, so an assignment is not taken up when Kafka makes
//! it: it is handed to the loop, which reads the chain and then calls [`Topic::begin`]. librdkafka
//! waits for that call. Offsets are stored when the loop acknowledges them and committed in the
//! background; they are hints for lag metrics and never a position.

use std::{
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use kafka::{Identity, KafkaConfig};
use rdkafka::{
    ClientConfig, ClientContext, Message, Offset, TopicPartitionList,
    client::OAuthToken,
    consumer::{BaseConsumer, Consumer, ConsumerContext, StreamConsumer},
    error::{KafkaError, KafkaResult},
    topic_partition_list::TopicPartitionListElem,
    types::{RDKafkaErrorCode, RDKafkaRespErr},
};
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::spawn_blocking,
};

use crate::{
    Gap, Incoming,
    log::{Log, TIMEOUT, incoming},
};

/// Something that Kafka has for the loop.
#[derive(Debug)]
pub(crate) enum TopicEvent {
    Message(i32, Box<Incoming>),
    /// Partitions that are ours once [`Topic::begin`] has been called for each.
    Assigned(Vec<i32>),
    /// Partitions that are somebody else's now.
    Revoked(Vec<i32>),
    /// A position that the broker does not have, in any of our partitions.
    OutOfRange,
    Failed(KafkaError),
}

/// The consumer's end of the topic. Closes, and leaves the group, when dropped.
pub(crate) struct Topic {
    client: Arc<StreamConsumer<Rebalances>>,
    config: KafkaConfig,
    rebalances: UnboundedReceiver<TopicEvent>,
    is_closing: Arc<AtomicBool>,
}

/// Hands assignments to the loop instead of taking them up.
struct Rebalances {
    sender: UnboundedSender<TopicEvent>,
    is_closing: Arc<AtomicBool>,
    identity: Identity,
}

impl Topic {
    pub(crate) fn subscribe(config: &KafkaConfig, group: &str) -> KafkaResult<Self> {
        let (sender, rebalances) = unbounded_channel();
        let is_closing = Arc::new(AtomicBool::new(false));
        let context =
            Rebalances { sender, is_closing: is_closing.clone(), identity: config.identity() };
        let client: StreamConsumer<_> =
            client_config(config, group).create_with_context(context)?;
        client.subscribe(&[&config.topic])?;
        let config = config.clone();
        Ok(Self { client: Arc::new(client), config, rebalances, is_closing })
    }

    /// Waits for what comes next. What became of partitions comes before what came from them.
    pub(crate) async fn next(&mut self) -> TopicEvent {
        tokio::select! {
            biased;
            Some(event) = self.rebalances.recv() => event,
            received = self.client.recv() => match received {
                Ok(message) => {
                    TopicEvent::Message(message.partition(), Box::new(incoming(&message)))
                },
                Err(KafkaError::MessageConsumption(RDKafkaErrorCode::AutoOffsetReset)) => {
                    TopicEvent::OutOfRange
                }
                Err(error) => TopicEvent::Failed(error),
            },
        }
    }

    /// Offsets of the first record that the broker still has and of the next one to come.
    pub(crate) async fn watermarks(&self, partition: i32) -> KafkaResult<(i64, i64)> {
        let (client, topic) = (self.client.clone(), self.config.topic.clone());
        let asked = spawn_blocking(move || client.fetch_watermarks(&topic, partition, TIMEOUT));
        asked.await.map_err(|_| KafkaError::Canceled)?
    }

    /// The record at an offset, if there still is one.
    pub(crate) async fn record_at(
        &self,
        partition: i32,
        offset: i64,
    ) -> KafkaResult<Option<Incoming>> {
        let range = Gap { from: offset, to: offset };
        Ok(Log::new(&self.config).read(partition, range).await?.pop())
    }

    /// Takes up assigned partitions, each at its offset.
    pub(crate) fn begin(&self, positions: &[(i32, i64)]) -> KafkaResult<()> {
        let mut list = TopicPartitionList::new();
        for (partition, offset) in positions {
            list.add_partition_offset(&self.config.topic, *partition, Offset::Offset(*offset))?;
        }
        self.client.incremental_assign(&list)
    }

    /// Puts partitions back into the state between [`TopicEvent::Assigned`] and [`Topic::begin`].
    pub(crate) fn suspend(&self, partitions: impl IntoIterator<Item = i32>) -> KafkaResult<()> {
        let mut list = TopicPartitionList::new();
        for partition in partitions {
            list.add_partition(&self.config.topic, partition);
        }
        self.client.incremental_unassign(&list)
    }

    /// Tells Kafka that everything up to `last` is in the chain.
    pub(crate) fn acknowledge(&self, partition: i32, last: i64) {
        if let Err(error) = self.client.store_offset(&self.config.topic, partition, last) {
            tracing::debug!(partition, last, %error, "Kafka did not take the hint");
        }
    }

    /// Leaves the group, which can take a broker's while.
    pub(crate) async fn close(self) {
        if spawn_blocking(move || drop(self)).await.is_err() {
            tracing::error!("closing the Kafka client panicked");
        }
    }
}

/// librdkafka closes only after every assignment was answered; nobody is left to do it later.
impl Drop for Topic {
    fn drop(&mut self) {
        self.is_closing.store(true, Ordering::SeqCst);
        let answered = self.client.incremental_assign(&TopicPartitionList::new());
        if let Err(error) = answered {
            tracing::debug!(%error, "there was no assignment to answer");
        }
    }
}

impl ClientContext for Rebalances {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = Identity::ENABLE_REFRESH_OAUTH_TOKEN;

    fn generate_oauth_token(&self, asked: Option<&str>) -> Result<OAuthToken, Box<dyn Error>> {
        self.identity.generate_oauth_token(asked)
    }
}

impl ConsumerContext for Rebalances {
    fn rebalance(
        &self,
        client: &BaseConsumer<Self>,
        error: RDKafkaRespErr,
        list: &mut TopicPartitionList,
    ) {
        let elements = list.elements();
        let partitions = elements.iter().map(TopicPartitionListElem::partition).collect();
        let (event, answered) = match error {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => {
                let is_closing = self.is_closing.load(Ordering::SeqCst);
                let answered = if is_closing { client.incremental_assign(list) } else { Ok(()) };
                (TopicEvent::Assigned(partitions), answered)
            }
            _ => (TopicEvent::Revoked(partitions), client.incremental_unassign(list)),
        };
        // Without a receiver the loop has ended.
        drop(self.sender.send(event));
        if let Err(error) = answered {
            drop(self.sender.send(TopicEvent::Failed(error)));
        }
    }
}

fn client_config(config: &KafkaConfig, group: &str) -> ClientConfig {
    let mut client = config.client("darkroom-consumer");
    client
        .set("group.id", group)
        .set("partition.assignment.strategy", "cooperative-sticky")
        // The partitions of a killed consumer are free after this time; Kafka's default is 45 s.
        .set("session.timeout.ms", "10000")
        .set("enable.auto.commit", "true")
        .set("enable.auto.offset.store", "false")
        // A position out of range is a question for the chain, see `run.rs`.
        .set("auto.offset.reset", "error")
        .set("isolation.level", "read_committed")
        // What librdkafka fetches ahead, for all partitions: some ten thousand events.
        .set("queued.max.messages.kbytes", "16384")
        // New partitions, and a topic made after the consumer, are found within this time.
        .set("topic.metadata.refresh.interval.ms", "10000");
    client
}
