use std::sync::atomic::Ordering;

use consumer::{RequestsError, build_requested};
use customer::{ObjectKey, Recipe, SnapshotRequest, SnapshotState, Timestamp};

use super::stand::{NAMES, Stand};

impl Stand {
    async fn ask(&self, recipe: &str) -> SnapshotRequest {
        let request = SnapshotRequest {
            dataset: "pets".parse().unwrap(),
            asked_at: Timestamp::from_ms(1_795_246_160_000),
            asked_by: "subject".to_owned(),
            recipe: Recipe::parse(recipe).unwrap(),
            state: SnapshotState::Waiting,
        };
        request.ask(&self.store.buckets.feed()).await.unwrap()
    }

    async fn state(&self, request: &SnapshotRequest) -> SnapshotState {
        let (dataset, asked_ms) = (request.dataset.clone(), request.asked_at.ms());
        let read = SnapshotRequest::read(&self.store.buckets.feed(), dataset, asked_ms).await;
        read.unwrap().unwrap().state
    }

    async fn wanted(&self) -> usize {
        self.store.buckets.feed().list_all(ObjectKey::WANTED).await.unwrap().len()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_request_comes_to_its_own_end() {
    let mut stand = Stand::new().await;
    for name in NAMES {
        stand.staged("acme", name, &["cat"]).await;
    }
    let all = stand.ask("").await;
    let nothing = stand.ask("[filter]\ncustomers = [\"nobody\"]").await;
    assert!(all.asked_at < nothing.asked_at, "the moment is taken");
    assert_eq!(stand.ask("").await, all, "asked again, because the answer was lost");
    let again = stand.ask("[split]\ngroup = \"original\"").await;
    assert_eq!(again.asked_at, all.asked_at, "the same recipe, spelled out");
    assert_eq!(stand.state(&all).await, SnapshotState::Waiting);
    assert_eq!(stand.wanted().await, 2);
    assert_eq!(build_requested(&stand.snapshots).await.unwrap(), 2);
    let published = SnapshotState::Published { snapshot: 1, images: NAMES.len() };
    assert_eq!(stand.state(&all).await, published);
    let SnapshotState::Failed { reason } = stand.state(&nothing).await else { panic!() };
    assert!(reason.starts_with("no image is left"), "{reason}");
    assert_eq!(stand.wanted().await, 0);
    assert_eq!(build_requested(&stand.snapshots).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_store_that_was_down_kept_back_is_built_later() {
    let mut stand = Stand::new().await;
    stand.staged("acme", NAMES[0], &["cat"]).await;
    let request = stand.ask("").await;
    stand.store.faults.is_down.store(true, Ordering::SeqCst);
    let down = build_requested(&stand.snapshots).await;
    assert!(matches!(down, Err(RequestsError::Store(_))), "{down:?}");
    stand.store.faults.is_down.store(false, Ordering::SeqCst);
    assert_eq!((stand.wanted().await, stand.state(&request).await), (1, SnapshotState::Waiting));
    assert_eq!(build_requested(&stand.snapshots).await.unwrap(), 1);
    let published = SnapshotState::Published { snapshot: 1, images: 1 };
    assert_eq!(stand.state(&request).await, published);
    // A builder that comes late with its progress changes nothing.
    let feed = stand.store.buckets.feed();
    request.tell(&feed, SnapshotState::Building { images: 1, built: 0 }).await.unwrap();
    assert_eq!(stand.state(&request).await, published);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_builders_at_the_same_requests_build_each_once() {
    let mut stand = Stand::new().await;
    for name in NAMES {
        stand.staged("acme", name, &["cat"]).await;
    }
    let mut requests = Vec::new();
    for edge in 64..68 {
        requests.push(stand.ask(&format!("[transform]\nedge_max_px = {edge}")).await);
    }
    let (one, other) =
        tokio::join!(build_requested(&stand.snapshots), build_requested(&stand.snapshots));
    assert!(one.unwrap() + other.unwrap() >= requests.len());
    let mut numbers = Vec::new();
    for (request, edge) in requests.iter().zip(64..) {
        let SnapshotState::Published { snapshot, .. } = stand.state(request).await else {
            panic!()
        };
        let published = stand.published(snapshot).await;
        assert_eq!(published["recipe"]["transform"]["edge_max_px"], edge);
        numbers.push(snapshot);
    }
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2, 3, 4]);
}
