use std::time::Duration;

use consumer::{Commit, SnapshotError};
use customer::{Condition, Consent, Customer, ObjectKey, Patch, Recipe, Status, Timestamp};

use super::stand::{NAMES, Stand};
use crate::store::{chain, fixture, incoming};

#[tokio::test(flavor = "multi_thread")]
async fn a_build_waits_for_what_the_feed_has_not_come_to() {
    let mut stand = Stand::new().await;
    stand.staged("acme", NAMES[0], &["cat"]).await;
    let late = stand.store.upload("acme", &fixture(NAMES[1]), Consent::Training).await;
    stand.put(&late).await;
    let plan = async |patience| {
        let plan = stand.snapshots.plan("pets".parse().unwrap(), Recipe::default(), patience).await;
        let plan = plan.unwrap();
        (plan.images(), plan.reasons().get("not_staged").copied())
    };
    assert_eq!(plan(Duration::from_millis(600)).await, (1, Some(1)), "its time was over");
    let staging = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let mut chain = stand.store.chain(0).await;
        stand.store.stage().stage(&mut chain, &[incoming(1, &late)]).await.unwrap();
    };
    let (planned, ()) = tokio::join!(plan(Duration::from_mins(1)), staging);
    assert_eq!(planned, (2, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_feed_could_not_take_is_said_and_not_waited_for() {
    let mut stand = Stand::new().await;
    stand.staged("acme", NAMES[0], &["cat"]).await;
    let mut broken = stand.store.upload("acme", &fixture(NAMES[1]), Consent::Training).await;
    broken.original.etag = "\"other\"".to_owned();
    stand.put(&broken).await;
    let mut chain = stand.store.chain(0).await;
    stand.store.stage().stage(&mut chain, &[incoming(1, &broken)]).await.unwrap();
    let plan = stand.snapshots.plan("pets".parse().unwrap(), Recipe::default(), Duration::MAX / 4);
    let plan = tokio::time::timeout(Duration::from_secs(20), plan).await.unwrap().unwrap();
    assert_eq!((plan.images(), plan.reasons()["rejected"]), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_customer_who_goes_nothing_is_taken_and_the_others_are() {
    let mut stand = Stand::new().await;
    let gone = stand.staged("acme", NAMES[0], &["cat"]).await;
    stand.staged("beta", NAMES[1], &["cat"]).await;
    let removing = |customer: &mut Customer| customer.status = Status::Removing;
    stand.store.registry.update(&gone.customer, removing).await.unwrap();
    assert_eq!(stand.build("").await.unwrap().images, 1);
    let expected = (gone.image.to_string(), "customer_gone".to_owned());
    assert_eq!(stand.left_out(1).await, [expected]);
}

/// A customer's own bucket may hold anything.
#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_is_named_by_another_image_or_is_of_another_customer_counts_for_nothing() {
    let mut stand = Stand::new().await;
    let own = stand.staged("acme", NAMES[0], &["cat"]).await;
    let theirs = stand.staged("beta", NAMES[1], &["cat"]).await;
    let no = Patch { consent: Some(Consent::None), ..Patch::default() };
    let now = Timestamp::from_ms(1_795_246_150_000);
    stand.put(&theirs.patched(&no, now).unwrap()).await;
    let mut of_another_hash = own.clone();
    of_another_hash.sha256.clone_from(&theirs.sha256);
    let bucket = stand.store.bucket("acme").await;
    for (name, record) in [(theirs.image, &theirs), (own.image, &of_another_hash)] {
        let json = serde_json::to_vec(record).unwrap();
        bucket.put(&ObjectKey::Record(name), json, None, Condition::Always).await.unwrap();
    }
    assert!(matches!(stand.build("").await, Err(SnapshotError::Empty)));
}

/// Feeds of before places were kept.
#[tokio::test(flavor = "multi_thread")]
async fn commits_that_do_not_say_where_samples_lie_make_the_same_snapshot() {
    let mut stand = Stand::new().await;
    for name in NAMES {
        stand.staged("acme", name, &["cat"]).await;
    }
    stand.build("").await.unwrap();
    let expected = stand.members(1).await;
    let feed = stand.store.buckets.feed();
    for seq in 0..NAMES.len() as u64 {
        let key = ObjectKey::Commit { chain: chain(0), seq };
        let mut commit: Commit =
            serde_json::from_value(stand.json(&key.to_string()).await).unwrap();
        commit.records.iter_mut().for_each(|entry| entry.place = None);
        feed.put(&key, serde_json::to_vec(&commit).unwrap(), None, Condition::Always)
            .await
            .unwrap();
    }
    for found in feed.list_all("datasets/").await.unwrap() {
        feed.delete_named(&found.key).await.unwrap();
    }
    stand.build("").await.unwrap();
    assert_eq!(stand.members(1).await, expected);
}
