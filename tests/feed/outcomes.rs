use bytes::Bytes;
use consumer::{Mark, Marker};
use customer::{Condition, Consent, ImageId, ObjectKey, Patch, Record, Timestamp, Visibility};

use crate::{
    store::{Store, chain, fixture, incoming, poison, record},
    verify::verify,
};

fn patched(record: &Record, patch: &Patch) -> Record {
    record.patched(patch, Timestamp::from_ms(1_795_246_150_000)).unwrap()
}

async fn marker(store: &Store, record: &Record) -> Option<(u64, Mark)> {
    let marker = Marker::read(&store.buckets.feed(), &record.customer, record.image).await;
    marker.unwrap().map(|marker| (marker.version, marker.outcome))
}

#[tokio::test]
async fn consent_decides_and_the_highest_version_counts() {
    let store = Store::start().await;
    let (stage, mut tail) = (store.stage(), store.chain(0).await);
    let photo = store.upload("acme", &fixture("astronaut.jpg"), Consent::Training).await;
    let labels = Patch { labels: Some(vec!["moon".to_owned()]), ..Patch::default() };
    let labelled = patched(&photo, &labels);
    let private = store.upload("beta", &fixture("coffee.jpg"), Consent::None).await;
    let deleted = store
        .upload("beta", &fixture("rocket.jpg"), Consent::Training)
        .await
        .deleted(time::Duration::days(7), Timestamp::from_ms(1_795_246_150_000));

    let records = [&photo, &labelled, &labelled, &private, &deleted];
    let batch: Vec<_> = (0..).zip(records).map(|(at, record)| incoming(at, record)).collect();
    stage.stage(&mut tail, &batch).await.unwrap();
    // Afterwards: a late repeat, a change that keeps consent, and its withdrawal.
    let public = Patch { visibility: Some(Visibility::Public), ..Patch::default() };
    let public = patched(&labelled, &public);
    stage.stage(&mut tail, &[incoming(5, &photo), incoming(6, &public)]).await.unwrap();
    let withdrawal = Patch { consent: Some(Consent::None), ..Patch::default() };
    let withdrawn = patched(&public, &withdrawal);
    stage.stage(&mut tail, &[incoming(7, &withdrawn), incoming(8, &public)]).await.unwrap();

    let verified = verify(&store.buckets, &chain(0)).await;
    let outcomes: Vec<_> = verified.outcomes().into_iter().map(|(_, outcome)| outcome).collect();
    assert_eq!(
        outcomes,
        [
            "superseded", // by the labels after it
            "staged",
            "superseded", // the same again
            "withheld",   // no consent
            "withheld",   // deleted
            "superseded", // by an earlier commit
            "staged",     // visibility
            "withheld",   // withdrawn
            "superseded", // by the withdrawal before it
        ]
    );
    let key = format!("acme-{}-2.json", photo.image);
    let description: serde_json::Value =
        serde_json::from_slice(&verified.members[&key]).unwrap();
    assert_eq!(description["labels"], serde_json::json!(["moon"]));
    assert_eq!(description["lineage"]["offset"], 1);
    assert_eq!(description["original"]["sha256"], photo.sha256.as_str());
    assert!(!description.to_string().contains("IMG_0001"), "no file names in segments");
    assert!(!description.to_string().contains("subject"), "no users in segments");
    assert_eq!(marker(&store, &photo).await, Some((4, Mark::Withheld)));
    assert_eq!(marker(&store, &deleted).await, Some((2, Mark::Withheld)));
}

#[tokio::test]
async fn poison_is_rejected_with_its_reason_and_the_partition_goes_on() {
    let store = Store::start().await;
    let (stage, mut tail) = (store.stage(), store.chain(0).await);
    let good = store.upload("acme", &fixture("chelsea.png"), Consent::Training).await;
    let stranger = record("nobody", b"x", "\"e\"".to_owned(), Consent::Training);
    let missing = record("acme", b"never stored", "\"e\"".to_owned(), Consent::Training);
    let text = store.upload("acme", b"this is no image", Consent::Training).await;
    let mut hash = store.upload("acme", &fixture("coffee.jpg"), Consent::Training).await;
    hash.sha256 = ImageId::of(b"another").1;
    let changed = store.upload("acme", &fixture("rocket.jpg"), Consent::Training).await;
    let key = ObjectKey::Original(changed.image);
    let acme = store.bucket("acme").await;
    acme.put(&key, Bytes::from_static(b"other"), None, Condition::Always).await.unwrap();
    let mut reference = good.clone();
    reference.version = 2;
    reference.image = ImageId::of(b"another").0;
    reference.original.key.clear();
    let mut huge = reference.clone();
    huge.image = ImageId::of(b"a third").0;
    huge.bytes = 5_000_000_000;

    let records = [&stranger, &missing, &text, &hash, &changed, &reference, &huge, &good];
    let mut batch = vec![poison(0)];
    batch.extend((1..).zip(records).map(|(at, record)| incoming(at, record)));
    assert_eq!(stage.stage(&mut tail, &batch).await.unwrap(), Some(8));

    let verified = verify(&store.buckets, &chain(0)).await;
    let outcomes: Vec<_> = verified.outcomes().into_iter().map(|(_, outcome)| outcome).collect();
    assert_eq!(
        outcomes,
        [
            "not_an_event",
            "unknown_customer",
            "original_missing",
            "not_an_image",
            "hash_mismatch",
            "original_changed",
            "bad_reference",
            "too_large",
            "staged",
        ]
    );
    assert_eq!(marker(&store, &missing).await, Some((1, Mark::Rejected)));
    assert_eq!(marker(&store, &stranger).await, None, "the customer may yet be added");
    // What was rejected is tried again when it is announced again.
    let restored = store.upload("acme", b"never stored", Consent::Training).await;
    stage.stage(&mut tail, &[incoming(9, &restored)]).await.unwrap();
    let verified = verify(&store.buckets, &chain(0)).await;
    assert_eq!(verified.outcomes()[9].1, "not_an_image");
}
