//! The dead-letter topic: what was rejected, as it came, with the reason in its headers.
//!
//! Sent before the commit that rejects it, so that a crash between the two sends it once more and never not at all. Where
//! Kafka does not take it, the partition goes on: the commit has offset and reason, and the topic still has the message.

use std::time::Duration;

use customer::{Chain, Event};
use futures::future::join_all;
use kafka::{Identity, KafkaConfig};
use metrics::counter;
use rdkafka::{
    error::KafkaError,
    message::{Header, OwnedHeaders},
    producer::{FutureProducer, FutureRecord},
};

use crate::{Incoming, Rejected};

/// How long a message may wait for room in the local queue.
const QUEUE_TIMEOUT: Duration = Duration::from_secs(5);

/// Sends dead letters. Cheap to clone.
#[derive(Clone)]
pub(crate) struct DeadLetters {
    producer: FutureProducer<Identity>,
    topic: String,
}

impl DeadLetters {
    /// Connects in the background.
    pub(crate) fn connect(kafka: &KafkaConfig) -> Result<Self, KafkaError> {
        let producer = kafka.producer("darkroom-dead-letters")?;
        Ok(Self { producer, topic: kafka.dead_letter_topic() })
    }

    /// Sends those of a partition's records that are rejected, and waits until Kafka has them or does not take them.
    pub(crate) async fn send(&self, chain: &Chain, records: &[&Incoming], rejected: &[Rejected]) {
        let letters = rejected.iter().filter_map(|rejected| {
            let record = records.iter().find(|record| record.offset == rejected.offset)?;
            Some(self.send_one(chain, record, rejected))
        });
        join_all(letters).await;
    }

    async fn send_one(&self, chain: &Chain, record: &Incoming, rejected: &Rejected) {
        let (key, payload, came_with) = content(record);
        let told = [
            ("darkroom_topic", chain.topic.clone()),
            ("darkroom_partition", chain.partition.to_string()),
            ("darkroom_offset", rejected.offset.to_string()),
            ("darkroom_reason", rejected.reason.clone()),
            ("darkroom_detail", rejected.detail.clone()),
        ];
        let told = told.map(|(name, value)| (name.to_owned(), value.into_bytes()));
        let headers =
            came_with.into_iter().chain(told).fold(OwnedHeaders::new(), |all, (key, value)| {
                all.insert(Header { key: &key, value: Some(&value) })
            });
        let mut letter = FutureRecord::to(&self.topic).payload(&payload).headers(headers);
        letter.key = key.as_ref();
        if let Err((error, _)) = self.producer.send(letter, QUEUE_TIMEOUT).await {
            counter!("darkroom_dead_letters_failed_total").increment(1);
            tracing::error!(%chain, offset = rejected.offset, %error, "a dead letter was not sent");
        }
    }
}

type Headers = Vec<(String, Vec<u8>)>;

/// Key, value and headers: those of the event, or what came instead of one.
fn content(record: &Incoming) -> (Option<String>, Vec<u8>, Headers) {
    match (&record.event, &record.raw) {
        (Ok(record), _) => {
            let event = Event { record: record.clone() };
            let headers =
                event.headers().map(|(name, value)| (name.to_owned(), value.into_bytes()));
            (Some(event.key()), event.payload().unwrap_or_default(), headers.into())
        }
        (Err(_), Some(raw)) => (None, raw.payload.clone(), raw.headers.clone()),
        (Err(_), None) => (None, Vec::new(), Vec::new()),
    }
}

impl std::fmt::Debug for DeadLetters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeadLetters").field("topic", &self.topic).finish_non_exhaustive()
    }
}
