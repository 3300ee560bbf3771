//! Failed sign-ins slow down whoever guesses, by the rule that Cognito documents.
//!
//! After `n` ≥ 5 failures a user name is refused for `2^(n-5)` seconds, at most 15 minutes; what is refused in
//! that time is not counted. A success, or 15 minutes without an attempt after that, begins anew. Unknown names
//! are counted like known ones, so the refusal tells nothing. In memory: a restart forgets it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use time::{Duration, OffsetDateTime};

use super::error::Error;

const FREE_FAILURES: u32 = 5;
const WAIT_MAX: Duration = Duration::minutes(15);
/// Names that are remembered, so that guessing names cannot fill the memory.
const NAMES_MAX: usize = 10_000;

#[derive(Default)]
pub(super) struct Attempts(Mutex<HashMap<String, Failures>>);

#[derive(Clone, Copy)]
struct Failures {
    count: u32,
    last: OffsetDateTime,
}

impl Failures {
    fn refused_until(self) -> Option<OffsetDateTime> {
        let doublings = self.count.checked_sub(FREE_FAILURES)?.min(10);
        Some(self.last + Duration::seconds(1 << doublings).min(WAIT_MAX))
    }

    fn refused(self, now: OffsetDateTime) -> bool {
        self.refused_until().is_some_and(|end| now < end)
    }

    fn forgotten(self, now: OffsetDateTime) -> bool {
        now >= self.refused_until().unwrap_or(self.last) + WAIT_MAX
    }
}

impl Attempts {
    /// Refuses while the name has to wait.
    pub(super) fn check(&self, name: &str, now: OffsetDateTime) -> Result<(), Error> {
        match self.lock().get(name) {
            Some(failures) if failures.refused(now) => {
                Err(Error::NotAuthorized("Password attempts exceeded"))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn failed(&self, name: &str, now: OffsetDateTime) {
        let mut names = self.lock();
        if names.len() >= NAMES_MAX {
            forget(&mut names, now);
        }
        let failures = names.entry(name.to_owned()).or_insert(Failures { count: 0, last: now });
        let before = if failures.forgotten(now) { 0 } else { failures.count };
        *failures = Failures { count: before.saturating_add(1), last: now };
    }

    pub(super) fn succeeded(&self, name: &str) {
        self.lock().remove(name);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Failures>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes room: first what no longer counts, then everything that makes nobody wait.
fn forget(names: &mut HashMap<String, Failures>, now: OffsetDateTime) {
    names.retain(|_, failures| !failures.forgotten(now));
    if names.len() >= NAMES_MAX {
        names.retain(|_, failures| failures.refused(now));
    }
    if names.len() >= NAMES_MAX {
        names.clear();
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const START: OffsetDateTime = datetime!(2026-01-02 03:04:05 UTC);

    fn failed_times(count: u32) -> Attempts {
        let attempts = Attempts::default();
        (0..count).for_each(|_| attempts.failed("a@b.c", START));
        attempts
    }

    #[test]
    fn waits_double_from_the_fifth_failure_to_fifteen_minutes() {
        for (count, wait) in [(4, 0), (5, 1), (6, 2), (9, 16), (14, 512), (15, 900), (40, 900)] {
            let attempts = failed_times(count);
            let end = START + Duration::seconds(wait);
            assert!(attempts.check("a@b.c", end).is_ok(), "{count} failures, after the wait");
            assert_eq!(
                attempts.check("a@b.c", end - Duration::MILLISECOND).is_err(),
                wait > 0,
                "{count} failures"
            );
            assert!(attempts.check("other@b.c", START).is_ok());
        }
    }

    #[test]
    fn success_and_a_quiet_quarter_of_an_hour_begin_anew() {
        let attempts = failed_times(7);
        attempts.succeeded("a@b.c");
        attempts.failed("a@b.c", START);
        assert!(attempts.check("a@b.c", START).is_ok());

        let attempts = failed_times(7);
        let later = START + Duration::seconds(4) + WAIT_MAX;
        attempts.failed("a@b.c", later);
        assert!(attempts.check("a@b.c", later).is_ok());
    }

    #[test]
    fn many_names_do_not_fill_the_memory() {
        let attempts = Attempts::default();
        for number in 0..2 * NAMES_MAX {
            attempts.failed(&format!("{number}@b.c"), START);
        }
        assert!(attempts.lock().len() <= NAMES_MAX);
    }
}
