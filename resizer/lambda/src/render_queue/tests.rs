use std::pin::Pin;
use std::sync::mpsc;
use std::task::{Context, Waker};

use super::*;

fn customer(name: &str) -> CustomerId {
    name.parse().unwrap()
}

/// Lets a future go as far as it can.
fn is_pending(future: &mut Pin<Box<impl Future>>) -> bool {
    future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending()
}

/// As many places as the customer gets.
fn places(queue: &RenderQueue, name: &str) -> Vec<Place> {
    std::iter::from_fn(|| queue.enter(&customer(name)).ok()).collect()
}

#[tokio::test]
async fn one_renders_one_waits_and_the_third_is_refused() {
    let (queue, ann) = (RenderQueue::new(1, 1), customer("ann"));
    let (finish, finished) = mpsc::channel::<()>();
    let first = tokio::spawn(queue.enter(&ann).unwrap().run(move || finished.recv().is_ok()));
    let second = tokio::spawn(queue.enter(&ann).unwrap().run(|| 2));
    assert!(matches!(queue.enter(&ann), Err(Error::Busy)));
    finish.send(()).unwrap();
    assert!(first.await.unwrap().unwrap());
    assert_eq!(second.await.unwrap().unwrap(), 2);
    assert!(queue.enter(&ann).is_ok());
}

#[tokio::test]
async fn a_panic_is_an_error_and_frees_its_place() {
    let (queue, ann) = (RenderQueue::new(1, 0), customer("ann"));
    let broken = queue.enter(&ann).unwrap().run(|| panic!("a codec's bug")).await;
    assert!(matches!(broken, Err(Error::Panicked(_))), "{broken:?}");
    assert_eq!(queue.enter(&ann).unwrap().run(|| 3).await.unwrap(), 3);
}

#[test]
fn a_flood_leaves_places_to_others() {
    let queue = RenderQueue::new(2, 10);
    let of_ann = places(&queue, "ann");
    assert_eq!(of_ann.len(), 8, "two thirds of twelve");
    let of_others = ["bob", "cid", "dan", "eve", "fay"].map(|name| places(&queue, name));
    assert_eq!(of_others.each_ref().map(Vec::len), [1, 1, 1, 1, 0], "as long as there is any");
    drop((of_ann, of_others));
    assert_eq!(places(&queue, "ann").len(), 4, "what was full is cut to six");
    queue.state().refused_at = Instant::now().checked_sub(BURST);
    assert_eq!(places(&queue, "ann").len(), 8);
}

/// A worker is busy until the sender is dropped.
fn occupy(queue: &RenderQueue) -> mpsc::Sender<()> {
    let (busy, free) = mpsc::channel();
    queue.start(&customer("ann"), Box::new(move || free.recv().unwrap_or_default()));
    busy
}

/// Waits until so many workers have nothing to do.
async fn idle(queue: &RenderQueue, workers: usize) {
    while queue.state().idle_workers != workers {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn workers_go_to_the_customers_in_turn() {
    let queue = RenderQueue::new(1, 30);
    let busy = occupy(&queue);
    let (order, seen) = mpsc::channel();
    for name in ["ann", "ann", "ann", "bob", "cid", "bob"] {
        let order = order.clone();
        queue.start(&customer(name), Box::new(move || order.send(name).unwrap()));
    }
    assert_eq!(queue.state().idle_workers, 0);
    drop((busy, order));
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), ["ann", "bob", "cid", "ann", "bob", "ann"]);
    idle(&queue, 1).await;
}

#[tokio::test]
async fn the_turn_of_one_who_left_goes_to_the_next() {
    let (queue, ann) = (RenderQueue::new(1, 30), customer("ann"));
    let busy = occupy(&queue);
    let (order, seen) = mpsc::channel();
    let wait = |name: &'static str, order: mpsc::Sender<_>| {
        Box::pin(queue.enter(&ann).unwrap().run(move || order.send(name).unwrap()))
    };
    let (mut left, mut next) = (wait("left", order.clone()), wait("next", order.clone()));
    assert!(is_pending(&mut left));
    assert!(is_pending(&mut next));
    drop(left);
    assert_eq!(queue.state().held[&ann], 1, "the place is free at once");
    drop(busy);
    next.await.unwrap();
    idle(&queue, 1).await;
    // Also who has begun, and is not waited for any more.
    let ((begun, has_begun), (finish, finished)) = (mpsc::channel(), mpsc::channel::<()>());
    let job = move || {
        begun.send(()).unwrap();
        finished.recv().is_err() && order.send("late").is_ok()
    };
    let mut late = Box::pin(queue.enter(&ann).unwrap().run(job));
    assert!(is_pending(&mut late));
    has_begun.recv().unwrap();
    drop((late, finish));
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), ["next", "late"], "what has begun ends");
    idle(&queue, 1).await;
    assert!(queue.state().held.is_empty());
}

#[tokio::test]
async fn a_worker_goes_from_one_job_to_the_next() {
    let queue = RenderQueue::new(1, 30);
    let busy = occupy(&queue);
    let (threads, seen) = mpsc::channel();
    for _ in 0..20 {
        let threads = threads.clone();
        let job = move || threads.send(std::thread::current().id()).unwrap();
        queue.start(&customer("ann"), Box::new(job));
    }
    drop((busy, threads));
    let seen: std::collections::HashSet<_> = seen.into_iter().collect();
    assert_eq!(seen.len(), 1);
}

#[tokio::test]
async fn a_queue_that_stands_for_a_second_is_cut_until_it_is_empty() {
    let (queue, ann) = (RenderQueue::new(2, 30), customer("ann"));
    let busy = [occupy(&queue), occupy(&queue)];
    queue.start(&ann, Box::new(|| ()));
    assert_eq!(places(&queue, "ann").len(), 22, "a burst has all of the queue");
    let long_ago = Instant::now().checked_sub(BURST + Duration::from_millis(1));
    queue.state().refused_at = None;
    queue.state().waiting_since = long_ago;
    assert_eq!(places(&queue, "ann").len(), 4, "each worker with one that waits");
    queue.state().refused_at = None;
    drop(busy);
    idle(&queue, 2).await;
    assert_eq!(places(&queue, "ann").len(), 22);
}
