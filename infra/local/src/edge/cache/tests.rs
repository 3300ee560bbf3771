use std::sync::atomic::AtomicUsize;

use bytes::Bytes;
use customer::Viewer;
use http::{Request, Response};
use tokio::sync::Notify;

use super::*;

fn key(uri: &str) -> Key {
    Key::new(Viewer::Anon, &Request::get(uri).body(()).unwrap().into_parts().0)
}

fn answer(status: u16, cache_control: &str, tag: &str, bytes: usize) -> Answer {
    let response = Response::builder()
        .status(status)
        .header("cache-control", cache_control)
        .header("cache-tag", format!("c:acme,{tag}"));
    Answer::new(response.body(()).unwrap().into_parts().0, Bytes::from(vec![0; bytes]))
}

fn image(tag: &str) -> Answer {
    answer(200, "max-age=300, s-maxage=1000", tag, 10)
}

async fn outcome(cache: &Cache, uri: &str, answer: impl Fn() -> Answer) -> Outcome {
    cache.get(&key(uri), || async { answer() }).await.1
}

#[tokio::test]
async fn an_image_is_kept_and_a_refusal_is_not() {
    let cache = Cache::new(1 << 20);
    for (uri, status, cache_control, second) in [
        ("/a/1", 200, "max-age=300, s-maxage=1000", Outcome::Hit),
        ("/a/2", 404, "max-age=300, s-maxage=1000", Outcome::Miss),
        ("/a/3", 200, "no-store", Outcome::Miss),
        ("/a/4", 200, "private, max-age=300", Outcome::Miss),
        ("/a/5", 206, "max-age=300", Outcome::Miss),
    ] {
        let answer = || answer(status, cache_control, "i:x", 10);
        assert_eq!(outcome(&cache, uri, answer).await, Outcome::Miss, "{uri}");
        assert_eq!(outcome(&cache, uri, answer).await, second, "{uri}");
    }
}

#[tokio::test]
async fn a_purge_forgets_what_has_the_tag_and_nothing_else() {
    let cache = Cache::new(1 << 20);
    for (uri, tag) in [("/a/1?w=1", "i:one"), ("/a/1?w=2", "i:one"), ("/a/2", "i:two")] {
        outcome(&cache, uri, || image(tag)).await;
    }
    cache.purge("i:one");
    for (uri, tag, after) in [
        ("/a/1?w=1", "i:one", Outcome::Miss),
        ("/a/1?w=2", "i:one", Outcome::Miss),
        ("/a/2", "i:two", Outcome::Hit),
        ("/a/1?w=1", "i:one", Outcome::Hit),
    ] {
        assert_eq!(outcome(&cache, uri, || image(tag)).await, after, "{uri}");
    }
}

#[tokio::test]
async fn a_burst_asks_the_origin_once() {
    let cache = Arc::new(Cache::new(1 << 20));
    let asked = Arc::new(AtomicUsize::new(0));
    let burst = (0..20).map(|_| {
        let (cache, asked) = (cache.clone(), asked.clone());
        tokio::spawn(async move {
            let ask = || async {
                asked.fetch_add(1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                image("i:x")
            };
            cache.get(&key("/a/1"), ask).await.0.weight()
        })
    });
    let weights: Vec<_> = futures::future::join_all(burst).await;
    assert_eq!((weights.len(), asked.load(Ordering::SeqCst)), (20, 1));
}

/// The flight leaves, the image is deleted and purged, and only then does the origin answer.
#[tokio::test]
async fn what_was_under_way_during_a_purge_is_neither_kept_nor_given_to_latecomers() {
    let cache = Arc::new(Cache::new(1 << 20));
    let (left, land) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let early = {
        let (cache, left, land) = (cache.clone(), left.clone(), land.clone());
        tokio::spawn(async move {
            let ask = || async {
                left.notify_one();
                land.notified().await;
                image("i:x")
            };
            cache.get(&key("/a/1"), ask).await.0.lifetime()
        })
    };
    left.notified().await;
    cache.purge("i:x");
    let late = {
        let cache = cache.clone();
        tokio::spawn(async move {
            let gone = || async { answer(404, "no-store", "i:x", 0) };
            cache.get(&key("/a/1"), gone).await.0.lifetime()
        })
    };
    // The latecomer waits for the flight that is under way, which lands only now.
    tokio::task::yield_now().await;
    land.notify_one();
    assert_eq!(early.await.unwrap(), Duration::from_secs(1000), "asked before the purge");
    assert_eq!(late.await.unwrap(), Duration::ZERO, "asked after it: the 404");
    assert_eq!(outcome(&cache, "/a/1", || image("i:x")).await, Outcome::Miss);
}

#[tokio::test]
async fn memory_is_bounded() {
    let cache = Cache::new(100_000);
    for n in 0..100 {
        let large = || answer(200, "max-age=9", "i:x", 10_000);
        outcome(&cache, &format!("/a/{n}"), large).await;
    }
    cache.kept.run_pending_tasks().await;
    let kept = cache.kept.weighted_size();
    assert!((10_000..=100_000).contains(&kept), "{kept} bytes");
}
