#![doc = include_str!("../README.md")]

mod batch;
mod chain;
mod commit;
mod config;
mod dead_letters;
mod decide;
mod function;
mod incoming;
mod msk;
mod poison;
mod probe;
mod reconcile;
mod run;
mod sample;
mod segment;
mod stage;
mod staged;
mod topic;

pub use batch::{Batch, BatchLimits};
pub use chain::{ChainError, CommitChain};
pub use commit::{Commit, Entry, Gap, Outcome, Rejected, SegmentReference, Subject};
pub use config::{Config, ConfigError, FunctionConfig};
pub use function::{Function, FunctionError, FunctionStartError};
pub use incoming::Incoming;
pub use msk::{MskBatch, MskFailures};
pub use poison::Poison;
pub use probe::{ProbeError, probe};
pub use reconcile::{ReconcileError, Reconciled, reconcile};
pub use run::{Consumer, RunError};
pub use sample::{Sample, Staging};
pub use segment::{Segment, pack};
pub use stage::{Stage, StageError};
pub use staged::{Mark, Marker};
