//! What is kept, in memory, bounded by bytes; one request to the origin for each key at a time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use moka::{Expiry, future};

use super::{
    answer::{Answer, Outcome},
    key::Key,
};

#[derive(Debug)]
pub(super) struct Cache {
    kept: future::Cache<Key, Arc<Answer>>,
    /// How many purges there have been. A flight that was under way during one is not kept.
    purges: AtomicU64,
}

/// An answer that is not kept, for those who waited for it.
#[derive(Debug)]
struct Unkept {
    answer: Arc<Answer>,
    /// How many purges there had been when the origin was asked.
    asked_after: u64,
}

/// Every answer says itself how long it lives.
struct OwnLifetime;

impl Expiry<Key, Arc<Answer>> for OwnLifetime {
    fn expire_after_create(&self, _: &Key, answer: &Arc<Answer>, _: Instant) -> Option<Duration> {
        Some(answer.lifetime())
    }
}

impl Cache {
    pub(super) fn new(bytes_max: u64) -> Self {
        let kept = future::Cache::builder()
            .max_capacity(bytes_max)
            .weigher(|_, answer: &Arc<Answer>| answer.weight().try_into().unwrap_or(u32::MAX))
            .expire_after(OwnLifetime)
            .support_invalidation_closures()
            .build();
        Self { kept, purges: AtomicU64::new(0) }
    }

    /// The answer that is kept, or else `ask`'s, for all who ask meanwhile.
    pub(super) async fn get<F>(&self, key: &Key, ask: impl Fn() -> F) -> (Arc<Answer>, Outcome)
    where
        F: Future<Output = Answer>,
    {
        loop {
            let came_after = self.purges.load(Ordering::SeqCst);
            let flight = Box::pin(self.fly(ask()));
            match self.kept.entry_by_ref(key).or_try_insert_with(flight).await {
                Ok(kept) if kept.is_fresh() => return (kept.into_value(), Outcome::Miss),
                Ok(kept) => return (kept.into_value(), Outcome::Hit),
                // The flight of others had left before a purge that this request came after.
                Err(unkept) if unkept.asked_after < came_after => {}
                Err(unkept) => return (unkept.answer.clone(), Outcome::Miss),
            }
        }
    }

    /// Forgets every answer with this tag.
    pub(super) fn purge(&self, tag: &str) {
        self.purges.fetch_add(1, Ordering::SeqCst);
        let tag = tag.to_owned();
        let forgotten = self.kept.invalidate_entries_if(move |_, answer| answer.has_tag(&tag));
        debug_assert!(forgotten.is_ok(), "the cache was built to support it");
    }

    async fn fly(&self, asked: impl Future<Output = Answer>) -> Result<Arc<Answer>, Unkept> {
        let asked_after = self.purges.load(Ordering::SeqCst);
        let answer = Arc::new(asked.await);
        let purged = self.purges.load(Ordering::SeqCst) != asked_after;
        if purged || answer.lifetime().is_zero() {
            return Err(Unkept { answer, asked_after });
        }
        Ok(answer)
    }
}

#[cfg(test)]
mod tests;
