//! The time that a request has: no more than its budget, and no more than is left to the Lambda that it runs in.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use crate::error::Error;

/// When an invocation must have ended, as an extension of its request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline(pub(crate) Instant);

/// What is left of an invocation for its answer, once that is complete.
const ANSWERED_WITHIN: Duration = Duration::from_millis(500);

/// How long AVIF takes before any was encoded here, in nanoseconds a pixel: a slow core.
const AVIF_NS_A_PIXEL: u64 = 400;
/// How long it took here.
static AVIF_PACE: AtomicU64 = AtomicU64::new(AVIF_NS_A_PIXEL);

/// How much time there is in all, and until when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TimeLeft {
    budget: Duration,
    until: Instant,
}

impl TimeLeft {
    pub(crate) fn new(budget: Duration, deadline: Option<Deadline>) -> Self {
        let now = Instant::now();
        let until = now + budget;
        let latest = deadline.and_then(|Deadline(at)| at.checked_sub(ANSWERED_WITHIN));
        Self { budget, until: latest.map_or(until, |latest| until.min(latest)) }
    }

    pub(crate) fn until(&self) -> Instant {
        self.until
    }

    /// Whether work that takes so long comes to its end in time: none is begun that does not.
    pub(crate) fn is_enough_for(&self, work: Duration) -> Result<(), Error> {
        if work > self.budget {
            return Err(Error::TooSlow { seconds: work.as_secs().max(1) });
        }
        if Instant::now() + work > self.until {
            return Err(Error::RequestTimeout);
        }
        Ok(())
    }
}

/// How long an AVIF of so many pixels may take, going by those that were encoded before.
pub(crate) fn avif_takes(pixels: u64) -> Duration {
    Duration::from_nanos(AVIF_PACE.load(Ordering::Relaxed).saturating_mul(pixels))
}

/// An AVIF of so many pixels took so long. What is slower counts at once, what is faster by and by.
pub(crate) fn avif_took(pixels: u64, spent: Duration) {
    let took = u64::try_from(spent.as_nanos()).unwrap_or(u64::MAX) / pixels.max(1);
    let _ = AVIF_PACE.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |pace| {
        Some(took.max((pace * 7 + took) / 8))
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn what_cannot_end_in_time_is_not_begun() {
        let deadline = Deadline(Instant::now() + 3 * SECOND);
        let time = TimeLeft::new(10 * SECOND, Some(deadline));
        assert!(time.is_enough_for(2 * SECOND).is_ok());
        assert!(matches!(time.is_enough_for(4 * SECOND), Err(Error::RequestTimeout)));
        assert!(matches!(time.is_enough_for(11 * SECOND), Err(Error::TooSlow { seconds: 11 })));
        let time = TimeLeft::new(10 * SECOND, None);
        assert!(time.is_enough_for(9 * SECOND).is_ok());
    }

    #[test]
    fn a_late_invocation_has_no_time() {
        let time = TimeLeft::new(SECOND, Some(Deadline(Instant::now())));
        assert!(matches!(time.is_enough_for(Duration::ZERO), Err(Error::RequestTimeout)));
    }

    #[test]
    fn the_pace_is_what_was_seen() {
        avif_took(1_000_000, 2 * SECOND);
        assert_eq!(avif_takes(500_000), SECOND);
        for _ in 0..100 {
            avif_took(1_000_000, Duration::from_millis(100));
        }
        assert!(avif_takes(1_000_000) < Duration::from_millis(120));
    }
}
