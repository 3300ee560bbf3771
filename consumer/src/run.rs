//! The long-running shell: receive → batch → stage → acknowledge, partition by partition.
//!
//! The loop may be dropped at any await: what is not in the chain was not acknowledged, and who
//! comes next begins after the chain's end.

use std::{collections::BTreeMap, error::Error, time::Duration};

use customer::{Buckets, Chain, Registry};
use futures::future::BoxFuture;
use rdkafka::error::KafkaError;
use tokio::time::{Instant, sleep, sleep_until};

use crate::{
    Batch, ChainError, CommitChain, Config, ConfigError, Incoming, ProbeError, Stage, StageError,
    dead_letters::DeadLetters,
    probe,
    topic::{Topic, TopicEvent},
};

/// How long a complaint of Kafka's is not repeated.
const QUIET: Duration = Duration::from_secs(10);
/// Between tries while store or broker are down. Far below `max.poll.interval.ms` (300 s), since
/// Kafka is asked once in between.
const BACKOFF_MIN: Duration = Duration::from_millis(200);
const BACKOFF_MAX: Duration = Duration::from_secs(20);

/// Why the consumer gave up. Everything that passes by itself is waited for instead.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Probe(#[from] ProbeError),
    #[error(transparent)]
    Kafka(#[from] KafkaError),
    #[error(transparent)]
    Stage(#[from] StageError),
    #[error(
        "partition {partition} ends before offset {end}, but the chain of epoch '{epoch}' reaches \
         {last}: the topic was made anew. Give the feed a new epoch (FEED_EPOCH)"
    )]
    TopicMadeAnew { partition: i32, epoch: String, end: i64, last: i64 },
    #[error(
        "partition {partition} has another record at offset {last} than the chain of epoch '{epoch}' tells: the topic \
         was made anew. Give the feed a new epoch (FEED_EPOCH)"
    )]
    OtherRecords { partition: i32, epoch: String, last: i64 },
}

/// The feed's long-running process.
#[derive(Debug)]
pub struct Consumer {
    config: Config,
    stage: Stage,
}

struct Partition {
    chain: CommitChain,
    batch: Batch,
}

struct Loop {
    consumer: Consumer,
    topic: Topic,
    partitions: BTreeMap<i32, Partition>,
    backoff: Duration,
    /// Kafka's complaints are told again after this.
    quiet_until: Instant,
}

impl Consumer {
    pub fn new(config: Config, buckets: Buckets, registry: Registry) -> Self {
        let stage = Stage::new(buckets, registry, config.staging);
        Self { config, stage }
    }

    /// Consumes until `shutdown` is ready, or until something is wrong that does not pass.
    pub fn run(
        mut self,
        shutdown: BoxFuture<'static, ()>,
    ) -> BoxFuture<'static, Result<(), RunError>> {
        Box::pin(async move {
            self.config.check()?;
            probe(&self.stage.feed()).await?;
            self.stage.dead_letters = Some(DeadLetters::connect(&self.config.kafka)?);
            let topic = Topic::subscribe(&self.config.kafka, &self.config.group)?;
            let mut run = Loop {
                consumer: self,
                topic,
                partitions: BTreeMap::new(),
                backoff: BACKOFF_MIN,
                quiet_until: Instant::now(),
            };
            let ended = tokio::select! {
                () = shutdown => Ok(()),
                error = run.forever() => error.map(|never| match never {}),
            };
            run.topic.close().await;
            ended
        })
    }
}

impl Loop {
    async fn forever(&mut self) -> Result<std::convert::Infallible, RunError> {
        loop {
            let due_at = self.due_at();
            tokio::select! {
                biased;
                event = self.topic.next() => self.take(event).await?,
                () = sleep_until(due_at) => {}
            }
            self.flush().await?;
        }
    }

    async fn take(&mut self, event: TopicEvent) -> Result<(), RunError> {
        match event {
            TopicEvent::Message(partition, incoming) => self.push(partition, *incoming),
            TopicEvent::Assigned(partitions) => self.begin(&partitions).await?,
            TopicEvent::Revoked(partitions) => {
                self.partitions.retain(|partition, _| !partitions.contains(partition));
            }
            TopicEvent::OutOfRange => self.begin_anew().await?,
            TopicEvent::Failed(error @ KafkaError::MessageConsumptionFatal(_)) => {
                return Err(error.into());
            }
            TopicEvent::Failed(error) => self.complain(&error),
        }
        Ok(())
    }

    /// librdkafka goes on by itself, and complains many times a second while it cannot.
    fn complain(&mut self, error: &KafkaError) {
        if Instant::now() >= self.quiet_until {
            tracing::warn!(%error, "Kafka");
            self.quiet_until = Instant::now() + QUIET;
        }
    }

    fn push(&mut self, partition: i32, incoming: Incoming) {
        let Some(Partition { batch, .. }) = self.partitions.get_mut(&partition) else { return };
        let staging = self.consumer.config.staging;
        let raw_bytes = incoming.raw_bytes() as u64;
        let bytes =
            incoming.event.as_ref().map_or(raw_bytes, |record| staging.sample_bytes(record));
        batch.push(incoming, bytes, Instant::now().into_std());
    }

    /// When the next batch is due by age. Far away where there is none.
    fn due_at(&self) -> Instant {
        let limits = &self.consumer.config.batch;
        let due = self.partitions.values().filter_map(|partition| partition.batch.due_at(limits));
        due.min().map_or_else(|| Instant::now() + Duration::from_hours(1), Instant::from_std)
    }

    /// Stages every batch that is due. One at a time: a batch renders on all cores by itself, and
    /// so the pixels of one are in memory.
    async fn flush(&mut self) -> Result<(), RunError> {
        let now = Instant::now().into_std();
        let limits = self.consumer.config.batch;
        for (&id, Partition { chain, batch }) in &mut self.partitions {
            if !batch.is_due(&limits, now) {
                continue;
            }
            match self.consumer.stage.stage(chain, batch.records()).await {
                Ok(last) => {
                    tracing::info!(
                        partition = id,
                        records = batch.records().len(),
                        last,
                        "committed"
                    );
                    batch.clear();
                    if let Some(last) = last {
                        self.topic.acknowledge(id, last);
                    }
                    self.backoff = BACKOFF_MIN;
                }
                Err(error) if error.passes() => {
                    wait(&mut self.backoff, &error).await;
                    break;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    async fn begin_anew(&mut self) -> Result<(), RunError> {
        let partitions: Vec<_> = std::mem::take(&mut self.partitions).into_keys().collect();
        self.topic.suspend(partitions.iter().copied())?;
        self.begin(&partitions).await
    }

    /// Reads the chains of assigned partitions and begins each after its end.
    async fn begin(&mut self, partitions: &[i32]) -> Result<(), RunError> {
        let mut positions = Vec::new();
        for &partition in partitions {
            let (chain, position) = self.open(partition).await?;
            tracing::info!(partition, position, "assigned");
            positions.push((partition, position));
            self.partitions.insert(partition, Partition { chain, batch: Batch::default() });
        }
        self.topic.begin(&positions)?;
        self.acknowledge_ends(partitions);
        Ok(())
    }

    /// Somebody else may have come further than the group has heard of, and left nothing to take.
    fn acknowledge_ends(&self, partitions: &[i32]) {
        for partition in partitions {
            if let Some(last) = self.partitions.get(partition).and_then(|one| one.chain.last()) {
                self.topic.acknowledge(*partition, last);
            }
        }
    }

    async fn open(&mut self, partition: i32) -> Result<(CommitChain, i64), RunError> {
        let Config { epoch, kafka, .. } = &self.consumer.config;
        let id = Chain { epoch: epoch.clone(), topic: kafka.topic.clone(), partition };
        let chain = loop {
            match CommitChain::open(self.consumer.stage.feed(), id.clone()).await {
                Ok(chain) => break chain,
                Err(ChainError::Store(error)) => wait(&mut self.backoff, &error).await,
                Err(error) => return Err(StageError::from(error).into()),
            }
        };
        let (first, end) = loop {
            match self.topic.watermarks(partition).await {
                Ok(watermarks) => break watermarks,
                Err(error) => wait(&mut self.backoff, &error).await,
            }
        };
        let position = position(&chain, first, end)?;
        if let Some(last) = chain.last().filter(|last| *last >= first) {
            self.check_same_log(&chain, last).await?;
        }
        self.backoff = BACKOFF_MIN;
        Ok((chain, position))
    }

    /// A log that was made anew may have grown past the chain's end since; its records are others.
    async fn check_same_log(&mut self, chain: &CommitChain, last: i64) -> Result<(), RunError> {
        let Chain { epoch, partition, .. } = chain.id().clone();
        let found = loop {
            match self.topic.record_at(partition, last).await {
                Ok(found) => break found,
                Err(error) => wait(&mut self.backoff, &error).await,
            }
        };
        if found.is_some_and(|found| chain.contradicts(&found)) {
            return Err(RunError::OtherRecords { partition, epoch, last });
        }
        Ok(())
    }
}

/// Where to begin: after the chain's end. Records that the broker dropped meanwhile are a gap that
/// the next commit names; a log that ends before the chain does is another log.
fn position(chain: &CommitChain, first: i64, end: i64) -> Result<i64, RunError> {
    let Some(last) = chain.last() else { return Ok(first) };
    if last >= end {
        let Chain { epoch, partition, .. } = chain.id().clone();
        return Err(RunError::TopicMadeAnew { partition, epoch, end, last });
    }
    Ok(first.max(last + 1))
}

async fn wait(backoff: &mut Duration, error: &(dyn Error + Send + Sync + 'static)) {
    tracing::warn!(error, backoff_ms = backoff.as_millis(), "trying again");
    sleep(*backoff).await;
    *backoff = (*backoff * 2).min(BACKOFF_MAX);
}
