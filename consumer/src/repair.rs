//! Fills the gaps that a chain has named, with what Kafka still has of them.
//!
//! An event source that gives a batch up goes on after it, and so does the chain. The records are in the topic for as long
//! as it keeps them. A repair takes them in by commits that go back, each under the chain's next number: a writer that
//! takes the number first makes the repair read the chain anew, and so two repairs never fill the same.
//!
//! What Kafka no longer has, [`crate::reconcile`] brings again under new offsets.

use customer::{Buckets, Chain, Registry};
use rdkafka::error::KafkaError;

use crate::{
    ChainError, CommitChain, Config, ConfigError, Gap, Incoming, ProbeError, Stage, StageError,
    chain::Appended, dead_letters::DeadLetters, log::Log, probe,
};

/// What a run found and did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Repaired {
    /// Records that were taken in.
    pub records: u64,
    /// Offsets in gaps that Kafka no longer has, or never gave to a record.
    pub gone: u64,
}

/// Why gaps are left.
#[derive(Debug, thiserror::Error)]
pub enum RepairError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Probe(#[from] ProbeError),
    #[error(transparent)]
    Kafka(#[from] KafkaError),
    #[error(transparent)]
    Stage(#[from] StageError),
}

impl From<ChainError> for RepairError {
    fn from(error: ChainError) -> Self {
        Self::Stage(error.into())
    }
}

/// Fills the gaps of every partition's chain. What was filled stays so where a later one fails.
pub async fn repair(
    config: &Config,
    buckets: Buckets,
    registry: Registry,
) -> Result<Repaired, RepairError> {
    config.check()?;
    let mut stage = Stage::new(buckets, registry, config.staging);
    probe(&stage.feed()).await?;
    stage.dead_letters = Some(DeadLetters::connect(&config.kafka)?);
    let (log, mut repaired) = (Log::new(&config.kafka), Repaired::default());
    let records_max = i64::try_from(config.batch.records_max).unwrap_or(i64::MAX);
    for partition in 0..log.partitions().await? {
        let (epoch, topic) = (config.epoch.clone(), config.kafka.topic.clone());
        let mut chain = CommitChain::open(stage.feed(), Chain { epoch, topic, partition }).await?;
        let read = async |piece| Ok(log.read(partition, piece).await?);
        let of_chain = stage.repair(&mut chain, records_max, read).await?;
        repaired.records += of_chain.records;
        repaired.gone += of_chain.gone;
    }
    tracing::info!(?repaired, "filled the gaps of all chains");
    Ok(repaired)
}

impl Stage {
    /// Fills the gaps of one chain, by at most `offsets_max` offsets at a time, with what `read` finds in the topic's log.
    pub async fn repair(
        &self,
        chain: &mut CommitChain,
        offsets_max: i64,
        read: impl AsyncFn(Gap) -> Result<Vec<Incoming>, RepairError>,
    ) -> Result<Repaired, RepairError> {
        let mut repaired = Repaired::default();
        let mut gone = Vec::new();
        let mut gaps = chain.gaps().await?;
        while let Some(piece) = gaps.first(offsets_max) {
            let records = read(piece).await?;
            if records.is_empty() {
                gone.push(piece);
                gaps.fill(piece);
                continue;
            }
            let records: Vec<_> = records.iter().collect();
            if self.append(chain, &records, Some(piece)).await? == Appended::Ours {
                let taken = records.len() as u64;
                repaired.records += taken;
                repaired.gone += piece.offsets() - taken;
                gaps.fill(piece);
            } else {
                gaps = chain.gaps().await?;
                for piece in &gone {
                    gaps.fill(*piece);
                }
            }
        }
        repaired.gone += gone.into_iter().map(Gap::offsets).sum::<u64>();
        Ok(repaired)
    }
}
