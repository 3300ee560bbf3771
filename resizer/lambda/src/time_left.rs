//! The time that a request has: no more than its budget, and no more than is left to the Lambda that it runs in.

use std::time::{Duration, Instant};

use crate::error::Error;

/// When an invocation must have ended, as an extension of its request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline(pub(crate) Instant);

/// What is left of an invocation for its answer, once that is complete.
const ANSWERED_WITHIN: Duration = Duration::from_millis(500);

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
}
