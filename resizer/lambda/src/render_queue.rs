//! Rendering on as many threads as there are cores, with a bounded queue before them.
//!
//! A place is taken before the original is fetched, so the places bound the memory too. Under a flood of requests
//!
//! * places stay free for others: a customer may hold twice as many as are free, so that one has at most two thirds of
//!   them (Choudhury and Hahne, "Dynamic queue length thresholds for shared-memory packet switches", 1998), and who has
//!   none gets one as long as there is any;
//! * workers go to the customers in turn ([`Line`]);
//! * waiting stays short: a queue that has not been empty for a second, or that was full within the last, is no burst,
//!   and is cut to a length that the workers get through at once (after Nichols and Jacobson, "Controlling queue delay",
//!   2012). What comes then is refused at once, which costs next to nothing, instead of late.

mod line;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use customer::CustomerId;

use crate::error::Error;
use line::Line;

/// As long may a burst take.
const BURST: Duration = Duration::from_secs(1);

/// Places for each worker once a queue is no burst: one customer then renders with all workers, with one request
/// waiting for each.
const STANDING_PLACES: usize = 3;

#[derive(Clone, Debug)]
pub(crate) struct RenderQueue(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    workers: usize,
    queue_max: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    idle_workers: usize,
    /// Places that each customer holds; none at zero.
    held: HashMap<CustomerId, usize>,
    line: Line<Worker>,
    /// Since when there has always been somebody waiting for a worker.
    waiting_since: Option<Instant>,
    refused_at: Option<Instant>,
}

/// The right to render once.
#[derive(Debug)]
pub(crate) struct Place {
    queue: RenderQueue,
    customer: CustomerId,
}

/// The right to render now; none once it was given back.
#[derive(Debug)]
struct Worker(Option<RenderQueue>);

impl RenderQueue {
    /// `workers` render at the same time, `queue_max` more may wait.
    pub(crate) fn new(workers: usize, queue_max: usize) -> Self {
        let state = Mutex::new(State { idle_workers: workers, ..State::default() });
        Self(Arc::new(Shared { workers, queue_max, state }))
    }

    /// Takes a place, or fails with [`Error::Busy`] at once.
    pub(crate) fn enter(&self, customer: &CustomerId) -> Result<Place, Error> {
        let mut state = self.state();
        let taken: usize = state.held.values().sum();
        let all = self.0.workers + self.0.queue_max;
        let free = self.places(&state, all).saturating_sub(taken);
        let own = state.held.get(customer).copied().unwrap_or(0);
        let is_newcomer = own == 0 && taken < all;
        if own >= 2 * free && !is_newcomer {
            state.refused_at = Some(Instant::now());
            return Err(Error::Busy);
        }
        state.held.insert(customer.clone(), own + 1);
        Ok(Place { queue: self.clone(), customer: customer.clone() })
    }

    /// How many of all places there are just now.
    fn places(&self, state: &State, all: usize) -> usize {
        let is_full = state.refused_at.is_some_and(|last| last.elapsed() < BURST);
        let stands = state.waiting_since.is_some_and(|since| since.elapsed() > BURST);
        if is_full || stands { all.min(self.0.workers * STANDING_PLACES) } else { all }
    }

    async fn worker(&self, customer: &CustomerId) -> Result<Worker, Error> {
        let turn = {
            let mut state = self.state();
            if state.idle_workers > 0 {
                state.idle_workers -= 1;
                return Ok(Worker(Some(self.clone())));
            }
            state.waiting_since.get_or_insert_with(Instant::now);
            state.line.join(customer)
        };
        turn.await.map_err(|_| Error::Busy)
    }

    /// What panicked while it held the lock has not left anything half done: each change is one step.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Waits for a worker and runs `work` on a blocking thread. Place and worker stay taken until
    /// the work is done, even if nobody waits for it any more.
    pub(crate) async fn run<T: Send + 'static>(
        self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let worker = self.queue.worker(&self.customer).await?;
        let task = tokio::task::spawn_blocking(move || {
            let _held = (self, worker);
            work()
        });
        Ok(task.await?)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.queue.state();
        if let Some(held) = state.held.get_mut(&self.customer) {
            *held -= 1;
            if *held == 0 {
                state.held.remove(&self.customer);
            }
        }
    }
}

impl Drop for Worker {
    /// Hands the right over to whoever is next.
    fn drop(&mut self) {
        let Some(queue) = self.0.take() else { return };
        let mut state = queue.state();
        let mut worker = Some(Self(Some(queue.clone())));
        while let Some(unused) = worker.take() {
            let Some(turn) = state.line.next() else {
                // There is nobody, so it ends here without another turn.
                worker = Some(unused);
                break;
            };
            // It comes back from where nobody waits any more.
            worker = turn.send(unused).err();
        }
        if state.line.is_empty() {
            state.waiting_since = None;
        }
        if let Some(mut unused) = worker {
            unused.0 = None;
            state.idle_workers += 1;
        }
    }
}

#[cfg(test)]
mod tests;
