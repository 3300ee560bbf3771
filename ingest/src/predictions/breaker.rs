//! A circuit breaker for each endpoint: one that fails again and again is left alone for a while, so that nobody waits
//! for it and it can recover. (M. Nygard, Release It!, 2007.)

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Failures in a row that open it.
const FAILURES_MAX: u32 = 5;
/// Then nobody asks for this long, and after that one request at a time until one succeeds.
const LEFT_ALONE_FOR: Duration = Duration::from_secs(10);

/// Those of all endpoints.
#[derive(Debug, Default)]
pub(super) struct Breakers(Mutex<HashMap<String, Breaker>>);

#[derive(Clone, Copy, Debug, Default)]
struct Breaker {
    /// In a row.
    failures: u32,
    /// Until then nobody asks.
    closed_at: Option<Instant>,
}

impl Breakers {
    /// Whether the endpoint may be asked at `now`. Who asks one that was left alone is the only one for a while.
    pub(super) fn admit(&self, endpoint: &str, now: Instant) -> bool {
        let mut all = self.all();
        let Some(breaker) = all.get_mut(endpoint) else { return true };
        match breaker.closed_at {
            None => true,
            Some(closed_at) if now < closed_at => false,
            Some(_) => {
                breaker.closed_at = Some(now + LEFT_ALONE_FOR);
                true
            }
        }
    }

    pub(super) fn succeeded(&self, endpoint: &str) {
        self.all().remove(endpoint);
    }

    pub(super) fn failed(&self, endpoint: &str, now: Instant) {
        let mut all = self.all();
        let breaker = all.entry(endpoint.to_owned()).or_default();
        breaker.failures += 1;
        if breaker.failures >= FAILURES_MAX {
            breaker.closed_at = Some(now + LEFT_ALONE_FOR);
        }
    }

    fn all(&self) -> MutexGuard<'_, HashMap<String, Breaker>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_that_fails_again_and_again_is_left_alone_and_then_tried_by_one() {
        let (breakers, start) = (Breakers::default(), Instant::now());
        for _ in 1..FAILURES_MAX {
            breakers.failed("pets", start);
            assert!(breakers.admit("pets", start));
        }
        breakers.failed("pets", start);
        assert!(!breakers.admit("pets", start));
        assert!(breakers.admit("cars", start), "another endpoint is another matter");
        let later = start + LEFT_ALONE_FOR;
        assert!(breakers.admit("pets", later));
        assert!(!breakers.admit("pets", later), "one at a time");
        breakers.succeeded("pets");
        assert!(breakers.admit("pets", later) && breakers.admit("pets", later));
    }

    #[test]
    fn a_success_forgets_the_failures_before_it() {
        let (breakers, now) = (Breakers::default(), Instant::now());
        for _ in 0..2 {
            for _ in 1..FAILURES_MAX {
                breakers.failed("pets", now);
            }
            breakers.succeeded("pets");
        }
        assert!(breakers.admit("pets", now));
    }
}
