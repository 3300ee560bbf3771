//! The shell on Lambda: batches of the MSK event source → stage, partition by partition.
//!
//! A batch may come twice, late, or to two environments at once: the chain takes each record once. Whatever is cut off
//! comes again; if it was committed all the same, nothing is added.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use customer::{Buckets, Chain, Registry};
use futures::future::BoxFuture;
use rdkafka::error::KafkaError;
use tokio::{sync::Mutex, time::timeout};

use crate::{
    CommitChain, Incoming, MskBatch, MskFailures, ProbeError, Stage, StageError,
    config::FunctionConfig,
    dead_letters::DeadLetters,
    msk::{MskFailure, TopicPartition},
    probe,
};

/// What is left of an invocation's time for its answer.
const MARGIN: Duration = Duration::from_secs(2);

/// The feed as a Lambda function. Kept from one invocation to the next.
#[derive(Debug)]
pub struct Function {
    config: FunctionConfig,
    stage: Stage,
    /// Their ends may be behind the truth, which staging finds out. One that failed or was cut off is read anew.
    chains: Mutex<HashMap<TopicPartition, CommitChain>>,
}

/// Why the function cannot work.
#[derive(Debug, thiserror::Error)]
pub enum FunctionStartError {
    #[error(transparent)]
    Probe(#[from] ProbeError),
    #[error("Kafka's client for dead letters cannot be made")]
    Kafka(#[from] KafkaError),
}

/// Why all of a batch has to come again.
#[derive(Debug, thiserror::Error)]
#[error(
    "partition {partition} could not be staged from offset {offset} on; the batch has to come again"
)]
pub struct FunctionError {
    /// Topic and number, with a hyphen.
    partition: String,
    offset: i64,
    source: CutOff,
}

/// What kept a partition from being staged.
#[derive(Debug, thiserror::Error)]
enum CutOff {
    #[error(transparent)]
    Stage(#[from] StageError),
    #[error("the invocation's time was over")]
    Late,
}

impl Function {
    /// Refuses a store that does not honour conditional PUT.
    pub fn new(
        config: FunctionConfig,
        buckets: Buckets,
        registry: Registry,
    ) -> BoxFuture<'static, Result<Self, FunctionStartError>> {
        Box::pin(async move {
            let mut stage = Stage::new(buckets, registry, config.staging);
            probe(&stage.feed()).await?;
            stage.dead_letters = config.kafka.as_ref().map(DeadLetters::connect).transpose()?;
            Ok(Self { config, stage, chains: Mutex::default() })
        })
    }

    /// Stages a batch, as far as there is time until `deadline`.
    ///
    /// # Errors
    ///
    /// Where the event source is not told of single records, for the first partition that failed.
    pub fn handle(
        &self,
        batch: MskBatch,
        deadline: Instant,
    ) -> BoxFuture<'_, Result<MskFailures, FunctionError>> {
        Box::pin(async move {
            let mut failures = MskFailures::default();
            // Lambda invokes one environment once at a time.
            let mut chains = self.chains.lock().await;
            for (partition, records) in batch.partitions() {
                let left =
                    deadline.saturating_duration_since(Instant::now()).saturating_sub(MARGIN);
                let staged = if left.is_zero() {
                    Err(CutOff::Late)
                } else {
                    let staged = timeout(left, self.stage(&mut chains, &partition, &records)).await;
                    staged.unwrap_or(Err(CutOff::Late))
                };
                let Err(source) = staged else { continue };
                let offset = records.first().map_or(0, |first| first.offset);
                let TopicPartition { topic, partition: number } = &partition;
                let name = format!("{topic}-{number}");
                tracing::warn!(
                    partition = name,
                    offset,
                    error = &source as &dyn std::error::Error,
                    "comes again"
                );
                if !self.config.reports_failures {
                    return Err(FunctionError { partition: name, offset, source });
                }
                failures.batch_item_failures.push(MskFailure::from(&partition, offset));
            }
            Ok(failures)
        })
    }

    async fn stage(
        &self,
        chains: &mut HashMap<TopicPartition, CommitChain>,
        from: &TopicPartition,
        records: &[Incoming],
    ) -> Result<(), CutOff> {
        let mut chain = match chains.remove(from) {
            Some(chain) => chain,
            None => self.open(from).await?,
        };
        let last = self.stage.stage(&mut chain, records).await?;
        tracing::info!(chain = %chain.id(), records = records.len(), last, "committed");
        chains.insert(from.clone(), chain);
        Ok(())
    }

    async fn open(&self, from: &TopicPartition) -> Result<CommitChain, StageError> {
        let TopicPartition { topic, partition } = from.clone();
        let id = Chain { epoch: self.config.epoch.clone(), topic, partition };
        Ok(CommitChain::open(self.stage.feed(), id).await?)
    }
}
