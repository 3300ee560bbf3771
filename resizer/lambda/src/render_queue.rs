//! Rendering on as many threads as there are cores, with a bounded queue before them.
//!
//! A place is taken before the original is fetched, so the places bound the memory too. Under a flood of requests
//!
//! * places stay free for others: a customer may hold twice as many as are free, so that one has at most two thirds of
//!   them (Choudhury and Hahne, "Dynamic queue length thresholds for shared-memory packet switches", 1998), and who has
//!   none gets one as long as there is any;
//! * workers go to the customers in turn ([`Line`]), each from one job to the next without a turn of another thread;
//! * waiting stays short: a queue that has not been empty for a second, or that was full within the last, is no burst,
//!   and is cut to a length that the workers get through at once (after Nichols and Jacobson, "Controlling queue delay",
//!   2012). What comes then is refused at once, which costs next to nothing, instead of late.

mod line;

use std::{
    any::Any,
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use customer::CustomerId;
use tokio::{sync::oneshot, task::spawn_blocking};

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
    line: Line<Job>,
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

/// What a worker does.
type Job = Box<dyn FnOnce() + Send>;

/// What is to be done, as long as somebody waits for it: whoever leaves before it has begun takes it along.
struct Waiting<T>(Arc<Mutex<Option<T>>>);

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

    /// Has `job` done by a worker that is idle, or by the next one whose turn it is.
    fn start(&self, customer: &CustomerId, job: Job) {
        let mut state = self.state();
        if state.idle_workers == 0 {
            state.waiting_since.get_or_insert_with(Instant::now);
            return state.line.join(customer, job);
        }
        state.idle_workers -= 1;
        let queue = self.clone();
        spawn_blocking(move || queue.work(job));
    }

    /// One job after the other until nobody waits.
    fn work(&self, mut job: Job) {
        loop {
            job();
            let Some(next) = self.next_job() else { return };
            job = next;
        }
    }

    fn next_job(&self) -> Option<Job> {
        let mut state = self.state();
        let next = state.line.next();
        if state.line.is_empty() {
            state.waiting_since = None;
        }
        if next.is_none() {
            state.idle_workers += 1;
        }
        next
    }

    /// What panicked while it held the lock has not left anything half done: each change is one step.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Waits for a worker, who does `work` on a blocking thread. Once it has begun, place and worker stay taken until it
    /// is done, even if nobody waits for it any more.
    pub(crate) async fn run<T: Send + 'static>(
        self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let (queue, customer) = (self.queue.clone(), self.customer.clone());
        let (done, outcome) = oneshot::channel();
        let waiting = Waiting(Arc::new(Mutex::new(Some((self, work)))));
        let waited_for = Arc::clone(&waiting.0);
        let job = move || {
            let Some((place, work)) = take(&waited_for) else { return };
            let outcome = catch_unwind(AssertUnwindSafe(work));
            drop(place);
            // Whether anybody has waited until now makes no difference.
            let _ = done.send(outcome);
        };
        queue.start(&customer, Box::new(job));
        let outcome = outcome.await.map_err(|_| Error::Busy)?;
        outcome.map_err(|panic| Error::Panicked(message(panic.as_ref())))
    }
}

impl<T> Drop for Waiting<T> {
    fn drop(&mut self) {
        drop(take(&self.0));
    }
}

fn take<T>(slot: &Mutex<Option<T>>) -> Option<T> {
    slot.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// What was said with a panic.
fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("it does not say why").to_owned()
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

#[cfg(test)]
mod tests;
