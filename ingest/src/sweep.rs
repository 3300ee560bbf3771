//! Sweep: finds what is older than it should be, because a process died or a notification was lost.
//!
//! What can wait no longer (uploads, announcements, erasures) is found by one short listing each;
//! [`sweep_leftovers`] compares whole listings and runs seldom. One sweep at a time: whoever
//! schedules them sees to it. Each step may be cut off anywhere and is done again by the next one.

mod incoming;
mod leftovers;
mod outbox;
mod removing;
mod tombstones;

use customer::{Bucket, Customer, Found, RegistryError, Status, StoreError, Timestamp};
use futures::future::BoxFuture;
use time::Duration;

use crate::Steps;

/// What is further ahead of our clock was put by one that was wrong; it may be long ago.
const CLOCKS_APART: Duration = Duration::minutes(15);

/// What a sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    pub uploads_accepted: usize,
    /// In parts, and never brought to an end.
    pub uploads_aborted: usize,
    pub announced: usize,
    /// Names of versions that were never written.
    pub orphans_removed: usize,
    /// Images of customers who are being removed.
    pub deleted: usize,
    /// Deleted images of which nothing is left.
    pub erased: usize,
    /// Objects that no record, upload or ticket needs.
    pub leftovers_removed: usize,
    /// What is left for the next sweep; the log says why.
    pub failed: usize,
}

/// Sweeps every customer's bucket for what was put before `before`: late enough that no
/// notification of it is on its way any more.
pub fn sweep(steps: &Steps, before: Timestamp) -> BoxFuture<'_, Result<Swept, RegistryError>> {
    Box::pin(async move {
        let mut swept = Swept::default();
        for (customer, bucket) in customers(steps).await? {
            if customer.status == Status::Removing {
                removing::sweep(&bucket, &mut swept).await;
                incoming::abort(&bucket, Timestamp::now(), &mut swept).await;
            } else {
                incoming::sweep(steps, &customer, &bucket, before, &mut swept).await;
            }
            outbox::sweep(&steps.announcer, &bucket, before, &mut swept).await;
            tombstones::sweep(&bucket, &steps.buckets.feed(), &mut swept).await;
        }
        Ok(swept)
    })
}

/// Removes from every customer's bucket what was put before `before` and nothing leads to: late
/// enough that nobody is at work any more who could still need it.
pub fn sweep_leftovers(
    steps: &Steps,
    before: Timestamp,
) -> BoxFuture<'_, Result<Swept, RegistryError>> {
    Box::pin(async move {
        let mut swept = Swept::default();
        for (_, bucket) in customers(steps).await? {
            leftovers::sweep(&bucket, before, &mut swept).await;
        }
        Ok(swept)
    })
}

/// Whether an object was put before `before`, as far as clocks tell.
fn is_due(found: &Found, before: Timestamp) -> bool {
    found.modified_at <= before || found.modified_at > Timestamp::now().plus(CLOCKS_APART)
}

/// Every customer, the suspended ones too: what they had begun is brought to its end.
pub(crate) async fn customers(
    steps: &Steps,
) -> Result<Vec<(std::sync::Arc<Customer>, Bucket)>, RegistryError> {
    let mut found = Vec::new();
    for id in steps.registry.ids().await? {
        let Some(customer) = steps.registry.find(&id).await? else { continue };
        let bucket = steps.buckets.of(&customer).await;
        found.push((customer, bucket));
    }
    Ok(found)
}

impl Swept {
    /// Adds to `count` what was done, or reports what failed.
    fn note<E: std::error::Error + 'static>(
        &mut self,
        count: fn(&mut Self) -> &mut usize,
        done: Result<usize, E>,
    ) {
        match done {
            Ok(done) => *count(self) += done,
            Err(error) => {
                self.failed += 1;
                tracing::warn!(error = &error as &dyn std::error::Error, "left for the next sweep");
            }
        }
    }

    /// What a listing found; nothing where it could not be made.
    fn listed<T>(&mut self, listed: Result<Vec<T>, StoreError>) -> Vec<T> {
        match listed {
            Ok(found) => found,
            Err(error) => {
                self.note(|swept| &mut swept.failed, Err(error));
                Vec::new()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_clock_put_that_was_ahead_is_due() {
        let now = Timestamp::now();
        let before = now.plus(-Duration::minutes(1));
        for (minutes, due) in [(-2, true), (0, false), (14, false), (16, true), (600, true)] {
            let modified_at = now.plus(Duration::minutes(minutes));
            let (key, etag) = (String::new(), String::new());
            let found = Found { key, etag, bytes: 0, modified_at, media_type: None };
            assert_eq!(is_due(&found, before), due, "{minutes} minutes ahead");
        }
    }
}
