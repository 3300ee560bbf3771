use std::sync::atomic::Ordering;

use consumer::{Gap, ProbeError, probe};

use crate::{
    store::{Store, chain, poison},
    verify::verify,
};

#[tokio::test]
async fn a_repeat_adds_nothing_and_an_overlap_only_what_is_new() {
    let store = Store::start().await;
    let (stage, mut tail) = (store.stage(), store.chain(0).await);
    let records: Vec<_> = (0..5).map(poison).collect();
    assert_eq!(stage.stage(&mut tail, &records[..3]).await.unwrap(), Some(2));
    assert_eq!(stage.stage(&mut tail, &records[..3]).await.unwrap(), Some(2));
    let mut reopened = store.chain(0).await;
    assert_eq!(reopened.last(), Some(2), "the end is found in the bucket");
    assert_eq!(stage.stage(&mut reopened, &records[1..]).await.unwrap(), Some(4));
    let verified = verify(&store.buckets, &chain(0)).await;
    let spans: Vec<_> = verified.commits.iter().map(|commit| (commit.first, commit.last)).collect();
    assert_eq!(spans, [(0, 2), (3, 4)]);
}

#[tokio::test]
async fn a_writer_left_behind_takes_only_what_is_left() {
    let store = Store::start().await;
    let (one, other) = (store.stage(), store.stage());
    let (mut tail_of_one, mut tail_of_other) = (store.chain(0).await, store.chain(0).await);
    let records: Vec<_> = (0..5).map(poison).collect();
    assert_eq!(one.stage(&mut tail_of_one, &records[..3]).await.unwrap(), Some(2));
    assert_eq!(other.stage(&mut tail_of_other, &records).await.unwrap(), Some(4));
    assert_eq!(one.stage(&mut tail_of_one, &records).await.unwrap(), Some(4));
    let verified = verify(&store.buckets, &chain(0)).await;
    let spans: Vec<_> = verified.commits.iter().map(|commit| (commit.first, commit.last)).collect();
    assert_eq!(spans, [(0, 2), (3, 4)]);
    assert_ne!(verified.commits[0].writer, verified.commits[1].writer);
}

/// The SDK repeats the PUT by itself and is told 412; four losses are more than its attempts.
#[tokio::test]
async fn a_lost_answer_is_found_to_be_our_own_commit() {
    let store = Store::start().await;
    let (stage, mut tail) = (store.stage(), store.chain(0).await);
    store.faults.answers_to_lose.store(1, Ordering::SeqCst);
    assert_eq!(stage.stage(&mut tail, &[poison(0)]).await.unwrap(), Some(0));
    assert_eq!(stage.stage(&mut tail, &[poison(1)]).await.unwrap(), Some(1));
    assert_eq!(store.faults.answers_to_lose.load(Ordering::SeqCst), 0);
    assert_eq!(verify(&store.buckets, &chain(0)).await.commits.len(), 2);
}

#[tokio::test]
async fn a_store_that_is_down_is_an_error_that_passes() {
    let store = Store::start().await;
    let (stage, mut tail) = (store.stage(), store.chain(0).await);
    store.faults.is_down.store(true, Ordering::SeqCst);
    let error = stage.stage(&mut tail, &[poison(0)]).await.unwrap_err();
    assert!(error.passes(), "{error}");
    store.faults.is_down.store(false, Ordering::SeqCst);
    assert_eq!(stage.stage(&mut tail, &[poison(0)]).await.unwrap(), Some(0));
    assert_eq!(verify(&store.buckets, &chain(0)).await.commits.len(), 1);
}

#[tokio::test]
async fn offsets_that_kafka_did_not_hand_out_are_named() {
    let store = Store::start().await;
    let (stage, mut tail) = (store.stage(), store.chain(0).await);
    for offset in [2, 3, 7] {
        stage.stage(&mut tail, &[poison(offset)]).await.unwrap();
    }
    let verified = verify(&store.buckets, &chain(0)).await;
    let gaps: Vec<_> = verified.commits.iter().map(|commit| commit.gap_before).collect();
    assert_eq!(gaps, [Some(Gap { from: 0, to: 1 }), None, Some(Gap { from: 4, to: 6 })]);
    stage.stage(&mut tail, &[8, 9, 12].map(poison)).await.unwrap();
    let commits = verify(&store.buckets, &chain(0)).await.commits;
    let spans: Vec<_> = commits[3..].iter().map(|commit| (commit.first, commit.last)).collect();
    assert_eq!(spans, [(8, 9), (12, 12)], "within a batch too");
    assert_eq!(commits[4].gap_before, Some(Gap { from: 10, to: 11 }));
}

#[tokio::test]
async fn a_long_chains_end_is_found_at_every_length() {
    let store = Store::start().await;
    let stage = store.stage();
    for length in 0..20 {
        let mut tail = store.chain(0).await;
        assert_eq!(tail.last(), (length > 0).then_some(length - 1), "{length} commits");
        stage.stage(&mut tail, &[poison(length)]).await.unwrap();
    }
}

#[tokio::test]
async fn a_store_that_ignores_conditions_is_refused() {
    let store = Store::start().await;
    let feed = store.buckets.feed();
    probe(&feed).await.unwrap();
    store.faults.ignores_conditions.store(true, Ordering::SeqCst);
    let refused = probe(&feed).await.unwrap_err();
    assert!(matches!(refused, ProbeError::Ignored { header: "If-None-Match", .. }), "{refused}");
    assert!(feed.list_all("probe/").await.unwrap().is_empty(), "nothing is left behind");
}
