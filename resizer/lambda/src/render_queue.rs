//! Rendering on as many threads as there are cores, with a bounded queue before them.
//!
//! A place is taken before the original is fetched, so the places bound the memory too.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::Error;

#[derive(Clone, Debug)]
pub(crate) struct RenderQueue {
    places: Arc<Semaphore>,
    workers: Arc<Semaphore>,
}

/// The right to render once.
#[derive(Debug)]
pub(crate) struct Place {
    place: OwnedSemaphorePermit,
    workers: Arc<Semaphore>,
}

impl RenderQueue {
    /// `workers` render at the same time, `queue_max` more may wait.
    pub(crate) fn new(workers: usize, queue_max: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(workers + queue_max)),
            workers: Arc::new(Semaphore::new(workers)),
        }
    }

    /// Takes a place, or fails with [`Error::Busy`] at once.
    pub(crate) fn enter(&self) -> Result<Place, Error> {
        let place = self.places.clone().try_acquire_owned().map_err(|_| Error::Busy)?;
        Ok(Place { place, workers: self.workers.clone() })
    }
}

impl Place {
    /// Waits for a worker and runs `work` on a blocking thread. Place and worker stay taken until
    /// the work is done, even if nobody waits for it any more.
    pub(crate) async fn run<T: Send + 'static>(
        self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let worker = self.workers.acquire_owned().await.map_err(|_| Error::Busy)?;
        let place = self.place;
        let task = tokio::task::spawn_blocking(move || {
            let _held = (place, worker);
            work()
        });
        Ok(task.await?)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn one_renders_one_waits_and_the_third_is_refused() {
        let queue = RenderQueue::new(1, 1);
        let (finish, finished) = mpsc::channel::<()>();
        let first = tokio::spawn(queue.enter().unwrap().run(move || finished.recv().is_ok()));
        let second = tokio::spawn(queue.enter().unwrap().run(|| 2));
        assert!(matches!(queue.enter(), Err(Error::Busy)));
        finish.send(()).unwrap();
        assert!(first.await.unwrap().unwrap());
        assert_eq!(second.await.unwrap().unwrap(), 2);
        assert!(queue.enter().is_ok());
    }

    #[tokio::test]
    async fn a_panic_is_an_error_and_frees_its_place() {
        let queue = RenderQueue::new(1, 0);
        let broken = queue.enter().unwrap().run(|| panic!("a codec's bug")).await;
        assert!(matches!(broken, Err(Error::Panicked(_))), "{broken:?}");
        assert_eq!(queue.enter().unwrap().run(|| 3).await.unwrap(), 3);
    }
}
