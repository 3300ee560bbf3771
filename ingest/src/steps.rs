//! What the three steps work with: accept, announce and sweep, wherever they are set off.

use customer::{Buckets, Registry};
use resizer::Limits;

use crate::{Announcer, Predictions};

/// Clients and limits. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Steps {
    pub buckets: Buckets,
    pub registry: Registry,
    pub announcer: Announcer,
    pub predictions: Predictions,
    pub limits: Limits,
}
