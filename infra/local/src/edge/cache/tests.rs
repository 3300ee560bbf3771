use std::{path::Path, sync::atomic::AtomicUsize};

use axum::{Router, body::Body, extract::Request, response::Response};
use bytes::Bytes;
use customer::{Proof, Timestamp, Viewer};
use http::header;
use resizer_lambda::negotiate::Accepts;
use tempfile::TempDir;
use tokio::sync::Notify;

use super::*;

const YEAR: &str = "max-age=300, s-maxage=31536000";
const DAY_STALE: &str = "s-maxage=60, stale-while-revalidate=60, stale-if-error=3600";

fn key(path_and_query: &str) -> Key {
    let path_and_query = path_and_query.to_owned();
    Key { viewer: Viewer::Anon, path_and_query, accepts: Accepts::Other }
}

/// What stands behind the cache: answers as it is told and counts who asks.
#[derive(Clone, Debug, Default)]
struct Behind {
    asked: Arc<AtomicUsize>,
    says: Arc<std::sync::Mutex<Says>>,
}

#[derive(Clone, Debug)]
struct Says {
    status: StatusCode,
    cache_control: &'static str,
    body: Bytes,
}

impl Default for Says {
    fn default() -> Self {
        Self { status: StatusCode::OK, cache_control: YEAR, body: Bytes::from_static(b"image") }
    }
}

impl Behind {
    fn says(&self, status: u16, cache_control: &'static str, body: &'static str) {
        let status = StatusCode::from_u16(status).unwrap();
        *self.says.lock().unwrap() = Says { status, cache_control, body: body.into() };
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// The tag of an answer is the last part of its path.
    fn answer(&self, request: &Request) -> Response {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let Says { status, cache_control, body } = self.says.lock().unwrap().clone();
        let tag = request.uri().path().rsplit('/').next().unwrap();
        let etag = format!("\"{}\"", crc32fast::hash(&body));
        let response = Response::builder()
            .header(header::CACHE_CONTROL, cache_control)
            .header("cache-tag", format!("c:acme,i:{tag}"))
            .header(header::ETAG, &etag);
        if request.headers().get(header::IF_NONE_MATCH).is_some_and(|known| *known == etag) {
            return response.status(StatusCode::NOT_MODIFIED).body(Body::empty()).unwrap();
        }
        response.status(status).body(Body::from(body)).unwrap()
    }

    fn open(&self, folder: &Path, memory_bytes_max: u64, disk_bytes_max: u64) -> Cache {
        let behind = self.clone();
        let answer = async move |request: Request| behind.answer(&request);
        let origin = Origin { router: Router::new().fallback(answer), proof: Proof::new("x") };
        let folder = folder.join("edge");
        Cache::open(CacheConfig { memory_bytes_max, disk_bytes_max, folder }, origin).unwrap()
    }
}

fn start() -> (TempDir, Behind, Cache) {
    let (folder, behind) = (tempfile::tempdir().unwrap(), Behind::default());
    let cache = behind.open(folder.path(), 1 << 20, 1 << 20);
    (folder, behind, cache)
}

async fn got(cache: &Cache, path: &str) -> (Outcome, String) {
    let (answer, outcome) = cache.get(&key(path)).await;
    (outcome, String::from_utf8_lossy(&answer.bytes).into_owned())
}

async fn outcome(cache: &Cache, path: &str) -> Outcome {
    got(cache, path).await.0
}

/// Puts an answer into memory that was received `seconds` ago.
async fn keep_aged(cache: &Cache, path: &str, cache_control: &'static str, seconds: i64) {
    let headers = http::HeaderMap::from_iter([
        (header::CACHE_CONTROL, cache_control.parse().unwrap()),
        (header::ETAG, "\"old\"".parse().unwrap()),
    ]);
    let received_at = Timestamp::from_ms(Timestamp::now().ms() - seconds * 1000);
    let answer = Answer::kept(StatusCode::OK, headers, "old".into(), received_at, 0);
    cache.memory.insert(key(path), Arc::new(answer)).await;
}

async fn eventually(mut is_so: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), waiting).await.unwrap();
}

fn files(folder: &TempDir) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder.path().join("edge")).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[tokio::test]
async fn an_image_is_kept_and_a_refusal_is_not() {
    let (_folder, behind, cache) = start();
    for (path, status, cache_control, second) in [
        ("/a/1", 200, YEAR, Outcome::Hit),
        ("/a/2", 404, YEAR, Outcome::Miss),
        ("/a/3", 200, "no-store", Outcome::Miss),
        ("/a/4", 200, "private, max-age=300", Outcome::Miss),
        ("/a/5", 206, YEAR, Outcome::Miss),
        ("/a/6", 500, YEAR, Outcome::Miss),
    ] {
        behind.says(status, cache_control, "image");
        assert_eq!(outcome(&cache, path).await, Outcome::Miss, "{path}");
        assert_eq!(outcome(&cache, path).await, second, "{path}");
    }
}

#[tokio::test]
async fn a_purge_forgets_what_it_names_and_nothing_else() {
    let (folder, _behind, cache) = start();
    let paths = ["/a/one?w=1", "/a/one?w=2", "/a/two"];
    for path in paths {
        outcome(&cache, path).await;
    }
    eventually(async || files(&folder).len() == 3).await;
    cache.purge(Forgotten::parse("#I:one").unwrap());
    eventually(async || files(&folder).len() == 1).await;
    let mut outcomes = Vec::new();
    for path in ["/a/one?w=1", "/a/one?w=2", "/a/two", "/a/one?w=1"] {
        outcomes.push(outcome(&cache, path).await);
    }
    assert_eq!(outcomes, [Outcome::Miss, Outcome::Miss, Outcome::Hit, Outcome::Hit]);
    cache.purge(Forgotten::parse("/a/*").unwrap());
    assert_eq!(outcome(&cache, "/a/two").await, Outcome::Miss);
}

#[tokio::test]
async fn after_too_many_purges_an_answer_is_asked_for_again() {
    let (_folder, _behind, cache) = start();
    outcome(&cache, "/a/1").await;
    for _ in 0..10_001 {
        cache.purges.add(Forgotten::Path("/other".to_owned()));
    }
    assert_eq!(outcome(&cache, "/a/1").await, Outcome::Miss);
}

#[tokio::test]
async fn a_burst_asks_the_origin_once() {
    let (_folder, behind, cache) = start();
    let burst = (0..20).map(|_| {
        let cache = cache.clone();
        tokio::spawn(async move { got(&cache, "/a/1").await.1 })
    });
    let bodies = futures::future::try_join_all(burst).await.unwrap();
    assert_eq!((bodies, behind.asked()), (vec!["image".to_owned(); 20], 1));
}

/// The flight leaves, the image is deleted and purged, and only then does the origin answer.
#[tokio::test]
async fn what_was_under_way_during_a_purge_is_neither_kept_nor_given_to_latecomers() {
    let (left, land) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (folder, behind) = (tempfile::tempdir().unwrap(), Behind::default());
    let mut cache = behind.open(folder.path(), 1 << 20, 1 << 20);
    let (was_left, may_land, answers) = (left.clone(), land.clone(), behind.clone());
    let held = async move |request: Request| {
        let response = answers.answer(&request);
        was_left.notify_one();
        may_land.notified().await;
        response
    };
    cache.origin.router = Router::new().fallback(held);
    let early = tokio::spawn({
        let cache = cache.clone();
        async move { got(&cache, "/a/1").await }
    });
    left.notified().await;
    cache.purge(Forgotten::Tag("i:1".to_owned()));
    behind.says(404, "no-store", "gone");
    let late = tokio::spawn({
        let cache = cache.clone();
        async move { got(&cache, "/a/1").await }
    });
    // The latecomer waits for the flight that is under way, which lands only now.
    tokio::task::yield_now().await;
    land.notify_one();
    assert_eq!(early.await.unwrap().1, "image", "asked before the purge");
    land.notify_one();
    assert_eq!(late.await.unwrap().1, "gone", "asked after it");
    assert_eq!(cache.disk.settle().await, 0, "and nothing is kept");
}

#[tokio::test]
async fn a_stale_answer_is_used_while_its_successor_is_fetched() {
    let (_folder, behind, cache) = start();
    keep_aged(&cache, "/a/1", DAY_STALE, 90).await;
    assert_eq!(got(&cache, "/a/1").await, (Outcome::Stale, "old".to_owned()));
    eventually(async || got(&cache, "/a/1").await == (Outcome::Hit, "image".to_owned())).await;
    assert_eq!(behind.asked(), 1);
}

#[tokio::test]
async fn a_stale_answer_whose_image_is_gone_is_used_no_more() {
    let (_folder, behind, cache) = start();
    keep_aged(&cache, "/a/1", DAY_STALE, 90).await;
    behind.says(404, "no-store", "gone");
    assert_eq!(outcome(&cache, "/a/1").await, Outcome::Stale);
    eventually(async || got(&cache, "/a/1").await.1 == "gone").await;
}

#[tokio::test]
async fn where_staleness_is_not_allowed_the_origin_is_asked_first() {
    let (_folder, behind, cache) = start();
    keep_aged(&cache, "/a/1", "s-maxage=60", 90).await;
    behind.says(500, "no-store", "broken");
    assert_eq!(got(&cache, "/a/1").await, (Outcome::Miss, "broken".to_owned()));
}

#[tokio::test]
async fn a_failing_origin_is_stood_in_for_where_that_is_allowed() {
    let (_folder, behind, cache) = start();
    for age in [90, 600] {
        behind.says(503, "no-store", "broken");
        keep_aged(&cache, "/a/1", DAY_STALE, age).await;
        assert_eq!(got(&cache, "/a/1").await, (Outcome::Stale, "old".to_owned()), "{age}");
    }
    keep_aged(&cache, "/a/1", DAY_STALE, 3700).await;
    assert_eq!(got(&cache, "/a/1").await, (Outcome::Miss, "broken".to_owned()));
}

#[tokio::test]
async fn what_memory_dropped_comes_from_disk() {
    let (folder, behind) = (tempfile::tempdir().unwrap(), Behind::default());
    let cache = behind.open(folder.path(), 0, 1 << 20);
    outcome(&cache, "/a/1").await;
    eventually(async || files(&folder).len() == 1 && cache.disk.settle().await > 0).await;
    assert_eq!(got(&cache, "/a/1").await, (Outcome::Hit, "image".to_owned()));
    assert_eq!(behind.asked(), 1);
}

#[tokio::test]
async fn after_a_restart_the_origin_is_asked_whether_it_still_holds() {
    let (folder, behind, cache) = start();
    for path in ["/a/1", "/a/2", "/a/3"] {
        outcome(&cache, path).await;
    }
    eventually(async || files(&folder).len() == 3).await;
    drop(cache);
    let cache = behind.open(folder.path(), 1 << 20, 1 << 20);
    eventually(async || cache.disk.settle().await > 0).await;
    assert_eq!(got(&cache, "/a/1").await, (Outcome::Revalidated, "image".to_owned()));
    assert_eq!(outcome(&cache, "/a/1").await, Outcome::Hit);
    // While nothing ran, one was replaced and one deleted.
    behind.says(200, YEAR, "other");
    assert_eq!(got(&cache, "/a/2").await, (Outcome::Miss, "other".to_owned()));
    behind.says(404, "no-store", "gone");
    assert_eq!(got(&cache, "/a/3").await, (Outcome::Miss, "gone".to_owned()));
    eventually(async || files(&folder).len() == 2).await;
}

#[tokio::test]
async fn a_damaged_file_is_asked_for_again() {
    let (folder, behind, cache) = start();
    outcome(&cache, "/a/1").await;
    eventually(async || files(&folder).len() == 1).await;
    let file = &files(&folder)[0];
    let mut bytes = std::fs::read(file).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(file, bytes).unwrap();
    std::fs::write(file.with_file_name("half"), "{\"key\":").unwrap();
    let cache = behind.open(folder.path(), 1 << 20, 1 << 20);
    eventually(async || cache.disk.settle().await > 0).await;
    assert_eq!(files(&folder).len(), 1, "what cannot be read is removed");
    assert_eq!(got(&cache, "/a/1").await, (Outcome::Miss, "image".to_owned()));
    assert_eq!(behind.asked(), 2);
}

#[tokio::test]
async fn memory_and_disk_are_bounded() {
    let (folder, behind) = (tempfile::tempdir().unwrap(), Behind::default());
    behind.says.lock().unwrap().body = vec![0; 10_000].into();
    let cache = behind.open(folder.path(), 100_000, 50_000);
    for n in 0..100 {
        outcome(&cache, &format!("/a/{n}")).await;
    }
    cache.memory.run_pending_tasks().await;
    let kept = cache.memory.weighted_size();
    assert!((10_000..=100_000).contains(&kept), "{kept} bytes in memory");
    eventually(async || {
        let kept = cache.disk.settle().await;
        let on_disk: u64 =
            files(&folder).iter().filter_map(|f| f.metadata().ok()).map(|m| m.len()).sum();
        (10_000..=50_000).contains(&kept) && on_disk == kept
    })
    .await;
}
