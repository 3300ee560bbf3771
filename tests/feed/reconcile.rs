use bytes::Bytes;
use consumer::{Reconciled, reconcile};
use customer::{Condition, Consent, ObjectKey, Record, Status};

use crate::store::{Store, fixture, incoming};

async fn put_record(store: &Store, record: &Record) {
    let json = serde_json::to_vec(record).unwrap();
    let bucket = store.bucket(record.customer.as_str()).await;
    bucket.put(&ObjectKey::Record(record.image), json, None, Condition::Always).await.unwrap();
}

async fn outbox(store: &Store, customer: &str) -> Vec<String> {
    let found = store.bucket(customer).await.list_all(ObjectKey::OUTBOX).await.unwrap();
    found.into_iter().map(|found| found.key).collect()
}

#[tokio::test]
async fn only_what_the_feed_has_never_seen_is_announced_again() {
    let store = Store::start().await;
    let staged = store.upload("acme", &fixture("coffee.jpg"), Consent::Training).await;
    let mut changed = store.upload("acme", b"not an image", Consent::Training).await;
    let unseen = store.upload("beta", &fixture("rocket.jpg"), Consent::None).await;
    let mut tail = store.chain(0).await;
    let batch = [incoming(0, &staged), incoming(1, &changed)];
    store.stage().stage(&mut tail, &batch).await.unwrap();
    changed.version = 2;
    for record in [&staged, &changed, &unseen] {
        put_record(&store, record).await;
    }
    // A suspended customer's records are compared too: they come back with their customer.
    let suspend = |beta: &mut customer::Customer| beta.status = Status::Suspended;
    store.registry.update(&unseen.customer, suspend).await.unwrap();

    let expected = Reconciled { records: 3, missing: 2, customers_failed: 0 };
    assert_eq!(reconcile(&store.buckets, &store.registry).await.unwrap(), expected);
    assert_eq!(outbox(&store, "acme").await, [format!("outbox/{}-2", changed.image)]);
    assert_eq!(outbox(&store, "beta").await, [format!("outbox/{}-1", unseen.image)]);

    let batch = [incoming(2, &changed), incoming(3, &unseen)];
    store.stage().stage(&mut tail, &batch).await.unwrap();
    let expected = Reconciled { records: 3, missing: 0, customers_failed: 0 };
    assert_eq!(reconcile(&store.buckets, &store.registry).await.unwrap(), expected);
}

/// A crash between commit and markers: whoever opens the chain next writes them.
#[tokio::test]
async fn markers_that_a_crash_left_out_are_written_by_the_next_writer() {
    let store = Store::start().await;
    let staged = store.upload("acme", &fixture("coffee.jpg"), Consent::Training).await;
    put_record(&store, &staged).await;
    let mut tail = store.chain(0).await;
    store.stage().stage(&mut tail, &[incoming(0, &staged)]).await.unwrap();
    let marker = ObjectKey::Staged { customer: staged.customer.clone(), image: staged.image };
    let written = store.buckets.feed().get(&marker).await.unwrap().unwrap().bytes;
    store.buckets.feed().delete(&marker).await.unwrap();

    let mut reopened = store.chain(0).await;
    store.stage().stage(&mut reopened, &[]).await.unwrap();
    let again: Option<Bytes> =
        store.buckets.feed().get(&marker).await.unwrap().map(|object| object.bytes);
    assert_eq!(again, Some(written));
}
