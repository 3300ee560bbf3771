//! How many answers came about in which way, for `/metrics`.

use std::fmt;

use metrics::Counter;

use super::answer::Outcome;
use crate::metrics::edge_answers;

/// A counter for each way.
pub(super) struct Told {
    hit: Counter,
    stale: Counter,
    revalidated: Counter,
    miss: Counter,
    pass: Counter,
    refused: Counter,
}

impl Default for Told {
    fn default() -> Self {
        let of = |outcome: Outcome| edge_answers(outcome.as_str());
        Self {
            hit: of(Outcome::Hit),
            stale: of(Outcome::Stale),
            revalidated: of(Outcome::Revalidated),
            miss: of(Outcome::Miss),
            pass: of(Outcome::Pass),
            refused: edge_answers("refused"),
        }
    }
}

impl Told {
    pub(super) fn answered(&self, outcome: Outcome) {
        let counter = match outcome {
            Outcome::Hit => &self.hit,
            Outcome::Stale => &self.stale,
            Outcome::Revalidated => &self.revalidated,
            Outcome::Miss => &self.miss,
            Outcome::Pass => &self.pass,
        };
        counter.increment(1);
    }

    /// By the edge itself, which did not ask the origin.
    pub(super) fn refused(&self) {
        self.refused.increment(1);
    }
}

impl fmt::Debug for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Told")
    }
}
