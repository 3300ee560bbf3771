//! The core of the feed: records of one partition in, committed and acknowledged up to an offset.
//!
//! Both shells call [`Stage::stage`] and nothing else: the long-running consumer in
//! [`crate::Consumer`] and a function on the MSK event source. Repeats do no harm.
//!
//! A batch is committed whole or not at all. What is merely not to be had now is an error, after
//! which nothing of it is acknowledged and the caller tries again; what can never be had is
//! rejected inside the commit.

use std::{io, num::NonZero, sync::Arc, thread};

use customer::{Bucket, Buckets, Chain, ObjectKey, Registry, RegistryError, StoreError, UploadId};
use futures::{StreamExt, TryStreamExt, stream};
use metrics::counter;
use tokio::{sync::Semaphore, task::spawn_blocking};

use crate::{
    ChainError, CommitChain, Incoming, Sample, Staging,
    chain::Appended,
    commit::{Draft, Gap},
    dead_letters::DeadLetters,
    decide::Newest,
    segment::{self, Segment},
    staged,
};

/// Records that wait for the store at the same time; those that render are as many as cores.
const CONCURRENT: usize = 16;

/// Why a batch could not be committed. None of it is the batch's fault: the same call can succeed
/// later, and until then nothing of it may be acknowledged.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the customers cannot be looked up")]
    Registry(#[from] RegistryError),
    #[error(transparent)]
    Chain(#[from] ChainError),
    #[error("the segment could not be packed")]
    Pack(#[from] io::Error),
    #[error("a task of the process was stopped")]
    Stopped(#[from] tokio::task::JoinError),
}

impl StageError {
    /// Whether the same call can succeed later without anybody doing anything here. A commit that
    /// cannot be read stays so.
    pub fn passes(&self) -> bool {
        match self {
            Self::Store(_) | Self::Registry(_) | Self::Chain(ChainError::Store(_)) => true,
            Self::Chain(_) | Self::Pack(_) | Self::Stopped(_) => false,
        }
    }
}

/// What staging needs beside the records.
#[derive(Clone, Debug)]
pub struct Stage {
    pub(crate) buckets: Buckets,
    pub(crate) registry: Registry,
    pub(crate) staging: Staging,
    /// A rendering takes a core and up to 200 MB.
    pub(crate) cores: Arc<Semaphore>,
    /// Where rejected records go, beside the commit.
    pub(crate) dead_letters: Option<DeadLetters>,
    writer: String,
}

impl Stage {
    pub fn new(buckets: Buckets, registry: Registry, staging: Staging) -> Self {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let writer = format!("consumer {} {}", env!("CARGO_PKG_VERSION"), UploadId::random());
        let cores = Arc::new(Semaphore::new(cores));
        Self { buckets, registry, staging, cores, dead_letters: None, writer }
    }

    pub fn feed(&self) -> Bucket {
        self.buckets.feed()
    }

    /// Takes the records of one partition into its chain and returns the offset up to which
    /// everything may be acknowledged to Kafka, `None` while the chain is empty.
    pub async fn stage(
        &self,
        chain: &mut CommitChain,
        records: &[Incoming],
    ) -> Result<Option<i64>, StageError> {
        loop {
            self.mark_tail(chain).await?;
            let fresh = chain.fresh(records);
            if fresh.is_empty() {
                return Ok(chain.last());
            }
            if self.append(chain, &fresh, None).await? == Appended::Ours {
                tell_gap(chain);
            }
        }
    }

    /// Tries to add one commit of these records: after the chain's end, or into a gap. They are in the order of their
    /// offsets, and no commit has taken them.
    pub(crate) async fn append(
        &self,
        chain: &mut CommitChain,
        records: &[&Incoming],
        fills: Option<Gap>,
    ) -> Result<Appended, StageError> {
        self.mark_tail(chain).await?;
        let mut draft = self.draft(chain.id(), records).await?;
        if let Some(dead_letters) = &self.dead_letters {
            dead_letters.send(chain.id(), records, &draft.rejected).await;
        }
        let segment = pack(std::mem::take(&mut draft.samples)).await?;
        if let Some(segment) = &segment {
            draft.place(&segment.places);
        }
        let reasons: Vec<_> = draft.rejected.iter().map(|one| one.reason.clone()).collect();
        let appended = chain.append(draft, segment, &self.writer, fills).await?;
        if appended == Appended::Ours {
            count(records.len(), reasons);
        }
        Ok(appended)
    }

    async fn mark_tail(&self, chain: &mut CommitChain) -> Result<(), StoreError> {
        let id = chain.id().clone();
        let Some(tail) = chain.tail_mut().filter(|tail| !tail.marked) else { return Ok(()) };
        let key = ObjectKey::Commit { chain: id, seq: tail.commit.seq }.to_string();
        staged::mark(&self.feed(), &tail.commit, &key).await?;
        tail.marked = true;
        Ok(())
    }

    async fn draft(&self, chain: &Chain, fresh: &[&Incoming]) -> Result<Draft, StageError> {
        let newest = Newest::of(fresh);
        let taken: Vec<_> =
            fresh.iter().map(|incoming| self.take(chain, incoming, &newest)).collect();
        let taken: Vec<_> = stream::iter(taken).buffered(CONCURRENT).try_collect().await?;
        Ok(taken.into_iter().collect())
    }
}

fn count(records: usize, reasons: Vec<String>) {
    counter!("darkroom_feed_records_total").increment(records.try_into().unwrap_or(u64::MAX));
    for reason in reasons {
        counter!("darkroom_feed_rejected_total", "reason" => reason).increment(1);
    }
}

/// Records that nobody has seen: expired, or given up by an event source. What was lost with them reconcile brings again.
fn tell_gap(chain: &CommitChain) {
    let Some(Gap { from, to }) = chain.tail().and_then(|tail| tail.commit.gap_before) else {
        return;
    };
    let messages = (to - from + 1).try_into().unwrap_or_default();
    counter!("darkroom_feed_gap_messages_total").increment(messages);
    tracing::error!(chain = %chain.id(), from, to, "the feed has not seen these records");
}

async fn pack(samples: Vec<Sample>) -> Result<Option<Segment>, StageError> {
    if samples.is_empty() {
        return Ok(None);
    }
    let packed = spawn_blocking(move || segment::pack(&samples)).await??;
    Ok(Some(packed))
}
