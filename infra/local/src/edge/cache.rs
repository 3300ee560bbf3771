//! What is kept, in memory and on disk, and who asks the origin for what is not.
//!
//! One request to the origin for each key at a time; whoever comes meanwhile waits for it. An answer
//! past its time is used while one request asks for its successor, where the origin allowed that.

use std::{
    io,
    mem::take,
    path::PathBuf,
    sync::{Arc, Mutex, OnceLock, PoisonError, atomic::Ordering},
    time::{Duration, Instant},
};

use http::StatusCode;
use moka::{Expiry, future};

use super::{
    answer::{Answer, Outcome},
    disk::{Disk, Found},
    key::Key,
    lifetime::Standing,
    origin::Origin,
    purges::{Forgotten, Purges, Untidied},
};

const TIDIED_AFTER: Duration = Duration::from_secs(1);

/// How much may be kept, and where.
#[derive(Clone, Debug)]
pub struct CacheConfig {
    pub memory_bytes_max: u64,
    pub disk_bytes_max: u64,
    /// Made when it is missing.
    pub folder: PathBuf,
}

/// The cache. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Cache {
    origin: Origin,
    memory: future::Cache<Key, Arc<Answer>>,
    disk: Disk,
    purges: Arc<Purges>,
    untidied: Arc<Mutex<Untidied>>,
}

/// An answer that is not kept, for those who waited for it.
#[derive(Debug)]
struct Unkept {
    answer: Arc<Answer>,
    outcome: Outcome,
    asked_after: u64,
}

/// Every answer says itself how long it is of use.
struct OwnLifetime;

impl Expiry<Key, Arc<Answer>> for OwnLifetime {
    fn expire_after_create(&self, _: &Key, answer: &Arc<Answer>, _: Instant) -> Option<Duration> {
        Some(answer.time_left())
    }

    fn expire_after_update(
        &self,
        _: &Key,
        answer: &Arc<Answer>,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(answer.time_left())
    }
}

impl Cache {
    pub(super) fn open(config: CacheConfig, origin: Origin) -> io::Result<Self> {
        let memory = future::Cache::builder()
            .max_capacity(config.memory_bytes_max)
            .weigher(|_, answer: &Arc<Answer>| answer.weight().try_into().unwrap_or(u32::MAX))
            .expire_after(OwnLifetime)
            .build();
        let disk = Disk::open(config.folder, config.disk_bytes_max)?;
        Ok(Self { origin, memory, disk, purges: Arc::default(), untidied: Arc::default() })
    }

    /// The answer that is kept, or else the origin's, for all who ask meanwhile.
    pub(super) async fn get(&self, key: &Key) -> (Arc<Answer>, Outcome) {
        if let Some(kept) = self.memory.get(key).await
            && self.standing(key, &kept) == Standing::Fresh
        {
            return (kept, Outcome::Hit);
        }
        // Boxed, because hits would be moved about with the room that this takes.
        Box::pin(self.get_or_ask(key)).await
    }

    async fn get_or_ask(&self, key: &Key) -> (Arc<Answer>, Outcome) {
        loop {
            let came_after = self.purges.count();
            let reserve = match self.memory.get(key).await {
                Some(kept) => match self.standing(key, &kept) {
                    Standing::Fresh => return (kept, Outcome::Hit),
                    Standing::Stale => {
                        self.renew(key, &kept);
                        return (kept, Outcome::Stale);
                    }
                    standing => {
                        self.memory.invalidate(key).await;
                        (standing == Standing::Reserve).then_some(kept)
                    }
                },
                None => None,
            };
            let landed = OnceLock::new();
            let flight = async {
                let (answer, outcome) = self.fly(key, reserve).await?;
                landed.get_or_init(|| outcome);
                Ok::<_, Unkept>(answer)
            };
            match self.memory.entry_by_ref(key).or_try_insert_with(Box::pin(flight)).await {
                // Whoever waited for the flight of another finds its answer in memory now.
                Ok(kept) => {
                    if let Some(outcome) = landed.get() {
                        return (kept.into_value(), *outcome);
                    }
                }
                // The flight of others had left before a purge that this request came after.
                Err(unkept) if unkept.asked_after < came_after => {}
                Err(unkept) => return (unkept.answer.clone(), unkept.outcome),
            }
        }
    }

    /// Forgets, from now on, whatever `forgotten` says.
    pub(super) fn purge(&self, forgotten: Forgotten) {
        let count = self.purges.add(forgotten.clone());
        let mut untidied = self.untidied.lock().unwrap_or_else(PoisonError::into_inner);
        if untidied.is_empty() {
            tokio::spawn(self.clone().tidy());
        }
        untidied.add(forgotten, count);
    }

    /// Removes what must not be used any more, so that it does not lie about until it is asked for. For that all that is
    /// kept is looked through, so many purges share a look.
    async fn tidy(self) {
        tokio::time::sleep(TIDIED_AFTER).await;
        let untidied = take(&mut *self.untidied.lock().unwrap_or_else(PoisonError::into_inner));
        let concerned: Vec<_> = self
            .memory
            .iter()
            .filter(|(key, answer)| {
                untidied.concern(key.path(), &answer.tags().collect::<Vec<_>>(), answer.asked_after)
            })
            .map(|(key, _)| key)
            .collect();
        for key in concerned {
            self.memory.invalidate(&*key).await;
        }
        self.disk.forget(&untidied).await;
    }

    /// What may be done with an answer, by its age and by what was purged since.
    fn standing(&self, key: &Key, answer: &Answer) -> Standing {
        let cleared_until = answer.cleared_until.load(Ordering::Acquire);
        let count = self.purges.count();
        if self.purges.concern(key, answer, cleared_until) {
            return Standing::Expired;
        }
        answer.cleared_until.store(count, Ordering::Release);
        answer.standing()
    }

    /// From disk, or from the origin. `reserve` is used if the origin fails.
    async fn fly(
        &self,
        key: &Key,
        reserve: Option<Arc<Answer>>,
    ) -> Result<(Arc<Answer>, Outcome), Unkept> {
        if reserve.is_some() {
            return self.ask(key, reserve.as_ref(), reserve.as_ref()).await;
        }
        let Some(Found { answer, is_of_this_run }) = self.disk.get(key).await else {
            return self.ask(key, None, None).await;
        };
        let found = Arc::new(answer);
        if !is_of_this_run {
            return self.ask(key, Some(&found), None).await;
        }
        match self.standing(key, &found) {
            Standing::Fresh => Ok((found, Outcome::Hit)),
            Standing::Stale | Standing::Reserve => self.ask(key, Some(&found), Some(&found)).await,
            Standing::Expired => self.ask(key, None, None).await,
        }
    }

    /// Asks the origin whether `known` still holds, or for the answer. `reserve` is what is used if
    /// it fails.
    async fn ask(
        &self,
        key: &Key,
        known: Option<&Arc<Answer>>,
        reserve: Option<&Arc<Answer>>,
    ) -> Result<(Arc<Answer>, Outcome), Unkept> {
        let asked_after = self.purges.count();
        let known = known.filter(|known| known.etag().is_some());
        let etag = known.and_then(|known| known.etag());
        let answer = self.origin.ask(key, etag, asked_after).await;
        if let Some(reserve) = reserve.filter(|_| answer.is_failure()) {
            let (answer, outcome) = (Arc::clone(reserve), Outcome::Stale);
            return Err(Unkept { answer, outcome, asked_after });
        }
        let (answer, outcome) = match known {
            Some(known) if answer.status == StatusCode::NOT_MODIFIED => {
                (known.renewed(&answer.headers, asked_after), Outcome::Revalidated)
            }
            _ => (answer, Outcome::Miss),
        };
        let answer = Arc::new(answer);
        let is_purged = self.purges.concern(key, &answer, asked_after);
        if is_purged || answer.time_left().is_zero() {
            if !answer.is_failure() {
                self.disk.remove(key).await;
            }
            return Err(Unkept { answer, outcome, asked_after });
        }
        tokio::spawn(self.clone().store(key.clone(), Arc::clone(&answer)));
        Ok((answer, outcome))
    }

    async fn store(self, key: Key, answer: Arc<Answer>) {
        self.disk.put(&key, Arc::clone(&answer)).await;
        // A purge that came meanwhile has not seen the file.
        if self.purges.concern(&key, &answer, answer.asked_after) {
            self.disk.remove(&key).await;
        }
    }

    /// Asks for the successor of a stale answer, in the background and once.
    fn renew(&self, key: &Key, kept: &Arc<Answer>) {
        if !kept.claim_renewal() {
            return;
        }
        let (cache, key, kept) = (self.clone(), key.clone(), Arc::clone(kept));
        tokio::spawn(async move {
            match cache.ask(&key, Some(&kept), Some(&kept)).await {
                Ok((answer, _)) => cache.memory.insert(key, answer).await,
                // The origin failed: others may try as long as the answer may be used.
                Err(unkept) if Arc::ptr_eq(&unkept.answer, &kept) => {
                    kept.being_renewed.store(false, Ordering::Release);
                }
                Err(_) => cache.memory.invalidate(&key).await,
            }
        });
    }
}

#[cfg(test)]
mod tests;
