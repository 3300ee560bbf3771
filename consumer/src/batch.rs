//! Keep or flush: the records of one partition that wait for a segment.
//!
//! Pure: `now` is an argument. A batch may be cut anywhere without harm to exactly-once, because
//! the commit chain and not the batch decides what is taken; the bounds here are for segments of
//! a useful size, for memory, and for how long an image waits.

use std::time::{Duration, Instant};

use crate::Incoming;

/// When a batch is full. Whatever is reached first flushes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchLimits {
    pub records_max: usize,
    /// Of what the samples are estimated to take; the estimate is [`crate::Staging::sample_bytes`].
    pub bytes_max: u64,
    /// Since the first record of the batch came.
    pub age_max_ms: u64,
}

/// Records of one partition in the order of their offsets.
#[derive(Debug, Default)]
pub struct Batch {
    records: Vec<Incoming>,
    bytes: u64,
    opened_at: Option<Instant>,
}

impl Default for BatchLimits {
    fn default() -> Self {
        Self { records_max: 100, bytes_max: 64 << 20, age_max_ms: 5_000 }
    }
}

impl Batch {
    pub fn push(&mut self, incoming: Incoming, bytes: u64, now: Instant) {
        self.opened_at.get_or_insert(now);
        self.bytes = self.bytes.saturating_add(bytes);
        self.records.push(incoming);
    }

    pub fn records(&self) -> &[Incoming] {
        &self.records
    }

    /// When age alone flushes the batch; `None` while it is empty.
    pub fn due_at(&self, limits: &BatchLimits) -> Option<Instant> {
        self.opened_at.map(|opened_at| opened_at + Duration::from_millis(limits.age_max_ms))
    }

    pub fn is_due(&self, limits: &BatchLimits, now: Instant) -> bool {
        self.records.len() >= limits.records_max
            || self.bytes >= limits.bytes_max
            || self.due_at(limits).is_some_and(|due_at| due_at <= now)
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIMITS: BatchLimits = BatchLimits { records_max: 4, bytes_max: 100, age_max_ms: 5_000 };

    fn incoming(offset: i64) -> Incoming {
        Incoming::read(offset, None, [], b"")
    }

    #[test]
    fn each_bound_flushes_at_its_edge_and_not_before() {
        let start = Instant::now();
        let mut batch = Batch::default();
        assert_eq!(batch.due_at(&LIMITS), None);
        assert!(!batch.is_due(&LIMITS, start + Duration::from_hours(1)), "nothing to flush");

        batch.push(incoming(0), 99, start);
        assert!(!batch.is_due(&LIMITS, start + Duration::from_millis(4_999)));
        assert!(batch.is_due(&LIMITS, start + Duration::from_secs(5)), "age");

        batch.push(incoming(1), 1, start + Duration::from_secs(4));
        assert!(batch.is_due(&LIMITS, start), "bytes");
        assert_eq!(batch.due_at(&LIMITS), Some(start + Duration::from_secs(5)), "the first counts");

        batch.clear();
        for offset in 2..5 {
            batch.push(incoming(offset), 0, start);
            assert!(!batch.is_due(&LIMITS, start));
        }
        batch.push(incoming(5), 0, start);
        assert!(batch.is_due(&LIMITS, start), "count");
    }

    proptest! {
        /// Flushed whenever due, no batch exceeds a bound by more than its last record, and the
        /// batches together are the records in their order.
        #[test]
        fn batches_are_bounded_and_lose_nothing(
            steps in prop::collection::vec((0_u64..60, 0_u64..3_000), 0..200)
        ) {
            let mut now = Instant::now();
            let mut batch = Batch::default();
            let mut flushed = Vec::new();
            for (offset, (bytes, wait_ms)) in (0_i64..).zip(&steps) {
                now += Duration::from_millis(*wait_ms);
                if batch.is_due(&LIMITS, now) {
                    flushed.extend(batch.records().iter().map(|incoming| incoming.offset));
                    batch.clear();
                }
                prop_assert!(batch.records().len() < LIMITS.records_max);
                prop_assert!(batch.bytes < LIMITS.bytes_max);
                batch.push(incoming(offset), *bytes, now);
            }
            flushed.extend(batch.records().iter().map(|incoming| incoming.offset));
            prop_assert_eq!(flushed, (0_i64..).take(steps.len()).collect::<Vec<_>>());
        }
    }
}
