#![doc = include_str!("../README.md")]

mod amendment;
mod archive;
mod batch;
mod chain;
mod checkpoint;
mod command;
mod commit;
mod config;
mod dead_letters;
mod decide;
mod ending;
mod erase;
mod function;
mod gaps;
mod incoming;
mod log;
mod msk;
mod poison;
mod probe;
mod reconcile;
mod repair;
mod run;
mod sample;
mod segment;
mod snapshot;
mod stage;
mod staged;
mod topic;

pub use amendment::{Amendment, Kept};
pub use batch::{Batch, BatchLimits};
pub use chain::{ChainError, CommitChain};
pub use checkpoint::Checkpoint;
pub use command::{Command, CommandError};
pub use commit::{Commit, Entry, Gap, Outcome, Place, Rejected, Repair, SegmentReference, Subject};
pub use config::{Config, ConfigError, FunctionConfig};
pub use ending::told_to_end;
pub use erase::{ErasePassError, Erased, Receipt, SETTLED_AFTER, Settled, erase};
pub use function::{Function, FunctionError, FunctionStartError};
pub use incoming::Incoming;
pub use msk::{MskBatch, MskFailures};
pub use poison::Poison;
pub use probe::{ProbeError, probe};
pub use reconcile::{ReconcileError, Reconciled, reconcile};
pub use repair::{RepairError, Repaired, repair};
pub use run::{Consumer, RunError};
pub use sample::{Sample, Staging};
pub use segment::{Segment, pack};
pub use snapshot::{
    Difference, DifferenceError, Named, Plan, RequestsError, Rewritten, Snapshot, SnapshotError,
    SnapshotOptions, SnapshotOptionsError, SnapshotVerb, Snapshots, build_requested,
};
pub use stage::{Stage, StageError};
pub use staged::{Mark, Marker};
