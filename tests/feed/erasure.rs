use std::{
    collections::BTreeSet,
    io::Read,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use aws_sdk_s3::{
    config::{BehaviorVersion, Credentials, Region},
    types::{BucketVersioningStatus, VersioningConfiguration},
};
use consumer::{Receipt, Settled, SnapshotError, erase};
use customer::{Condition, Consent, Erasure, ObjectKey, Record, Timestamp, TrainedOn};
use serde_json::Value;
use tests::moto::Moto;

use crate::{
    snapshot::stand::{NAMES, Stand, sha256},
    store::{FEED_BUCKET, Store, fixture, incoming},
};

/// Nothing else is at work.
const AT_ONCE: Settled = Settled { orders: Duration::ZERO, segments: Duration::ZERO };
/// When images of these tests are deleted.
const LATER: i64 = 1_795_246_150_000;

impl Stand {
    /// The image is deleted, the feed has heard of it, and the sweep has erased it and ordered the same of the feed.
    async fn order(&mut self, record: &Record) -> Record {
        let tombstone = record.deleted(time::Duration::ZERO, Timestamp::from_ms(LATER));
        let mut chain = self.store.chain(0).await;
        let event = incoming(self.offset, &tombstone);
        self.store.stage().stage(&mut chain, &[event]).await.unwrap();
        self.offset += 1;
        Erasure::order(&self.store.buckets.feed(), &tombstone).await.unwrap();
        let bucket = self.store.bucket(record.customer.as_str()).await;
        bucket.delete(&ObjectKey::Record(record.image)).await.unwrap();
        tombstone
    }

    async fn keys(&self, prefix: &str) -> Vec<String> {
        let found = self.store.buckets.feed().list_all(prefix).await.unwrap();
        found.into_iter().map(|found| found.key).collect()
    }

    /// Customer, image and version of every sample in every tar of the feed.
    async fn samples(&self) -> Vec<(String, String, u64)> {
        let mut samples = Vec::new();
        let tars = [self.keys("segments/").await, self.keys("datasets/").await].concat();
        for key in tars.iter().filter(|key| ends(key, "tar")) {
            let tar = self.bytes(key).await;
            for entry in tar::Archive::new(&tar[..]).entries().unwrap() {
                let mut entry = entry.unwrap();
                if !ends(entry.path().unwrap().to_str().unwrap(), "json") {
                    continue;
                }
                let mut json = String::new();
                entry.read_to_string(&mut json).unwrap();
                let told: Value = serde_json::from_str(&json).unwrap();
                let text = |name: &str| told[name].as_str().unwrap().to_owned();
                samples.push((text("customer"), text("image"), told["version"].as_u64().unwrap()));
            }
        }
        samples
    }

    async fn holds(&self, record: &Record) -> bool {
        let subject = (record.customer.to_string(), record.image.to_string());
        self.samples()
            .await
            .iter()
            .any(|(customer, image, _)| (customer, image) == (&subject.0, &subject.1))
    }

    /// Passes until no order waits.
    async fn erase_all(&self) {
        let mut passes = 0;
        while erase(&self.store.buckets.feed(), AT_ONCE).await.unwrap().waiting > 0 {
            passes += 1;
            assert!(passes < 10, "it never ends");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_erased_is_in_no_tar_and_every_snapshot_that_held_it_has_another_in_its_place() {
    let mut stand = Stand::new().await;
    let gone = stand.staged("acme", NAMES[0], &["cat"]).await;
    let same = stand.staged("beta", NAMES[0], &["cat"]).await;
    let stays = stand.staged("acme", NAMES[1], &["dog"]).await;
    stand.build("").await.unwrap();
    let last = stand.staged("acme", NAMES[2], &["dog"]).await;
    assert_eq!(stand.build("").await.unwrap().number, 2);
    let before = stand.keys("segments/").await;
    for (model, snapshot) in [("one", "pets/1"), ("other", "pets/1"), ("of-cars", "cars/1")] {
        let (model, snapshot) = (model.parse().unwrap(), snapshot.parse().unwrap());
        let trained_on = TrainedOn { model, snapshot };
        trained_on.put(&stand.store.buckets.feed()).await.unwrap();
    }
    let tombstone = stand.order(&gone).await;
    assert!(stand.holds(&gone).await);

    let erased = erase(&stand.store.buckets.feed(), AT_ONCE).await.unwrap();
    let done = (erased.segments, erased.snapshots, erased.receipts, erased.waiting);
    assert_eq!(done, (1, 2, 1, 0), "{erased:?}");
    let nothing = erase(&stand.store.buckets.feed(), AT_ONCE).await.unwrap();
    assert_eq!((nothing.segments, nothing.receipts), (0, 0));
    assert!(!stand.holds(&gone).await);
    assert!(stand.holds(&same).await && stand.holds(&stays).await, "another customer's stays");
    for (replaced, by, images) in [(1, 3, 1), (2, 4, 2)] {
        let file = stand.published(replaced).await;
        assert_eq!(
            (&file["replaced_by"], &file["erased"][0]["image"]),
            (&by.into(), &gone.image.to_string().into())
        );
        assert_eq!(stand.keys(&format!("datasets/pets/snapshots/{replaced:08}/")).await.len(), 1);
        let members = stand.members(by).await;
        assert_eq!(members.keys().filter(|name| ends(name, "json")).count(), images);
        assert_eq!(stand.published(by).await["replaces"], replaced);
        assert!(!stand.members_of("acme", by).await.contains(&gone.image.to_string()));
    }
    assert_eq!(stand.json("datasets/pets/LATEST").await["snapshot"], 4);
    let key = format!("erasure/receipts/acme/{}-{}.json", gone.image, tombstone.version);
    let receipt: Receipt = serde_json::from_value(stand.json(&key).await).unwrap();
    assert_eq!(receipt.segments.len(), 1);
    let segment = &receipt.segments[0];
    assert_eq!((segment.before[0].key.as_str(), &segment.after), (before[0].as_str(), &None));
    assert!(!stand.keys("segments/").await.contains(&before[0]));
    let replaced: Vec<_> =
        receipt.snapshots.iter().map(|one| (one.snapshot, one.replaced_by)).collect();
    assert_eq!(replaced, [(1, Some(3)), (2, Some(4))]);
    let models: Vec<_> = receipt.snapshots.iter().map(|one| one.models.len()).collect();
    assert_eq!(models, [2, 0]);
    assert_eq!(receipt.snapshots[0].models[1].as_str(), "other");
    for shard in receipt.snapshots.iter().flat_map(|snapshot| &snapshot.shards) {
        assert!(!stand.keys("datasets/pets/shards/").await.contains(&shard.before.key));
        let Some(after) = &shard.after else { continue };
        assert_eq!(sha256(&stand.bytes(&after.key).await), after.sha256);
    }
    // From now on beta's is the first of its bytes.
    assert_eq!(stand.build("").await.unwrap().number, 5);
    let members = stand.members_of("beta", 5).await;
    assert_eq!(members, [same.image.to_string()]);
    assert_eq!(stand.members_of("acme", 5).await.len(), 2, "{} and {}", stays.image, last.image);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_that_is_cut_off_after_any_request_goes_on() {
    let mut stand = Stand::new().await;
    let gone = stand.staged("acme", NAMES[0], &["cat"]).await;
    for name in &NAMES[1..] {
        stand.staged("acme", name, &["cat"]).await;
    }
    stand.build("[shards]\nbytes = 1").await.unwrap();
    stand.build("").await.unwrap();
    stand.order(&gone).await;
    let left = &stand.store.faults.requests_left;
    let mut cut_off = 0;
    for requests in (2..).step_by(2) {
        left.store(requests, Ordering::SeqCst);
        let pass = erase(&stand.store.buckets.feed(), AT_ONCE).await;
        left.store(0, Ordering::SeqCst);
        match pass {
            Ok(erased) if erased.waiting == 0 => break,
            Ok(_) => {}
            Err(_) => cut_off += 1,
        }
    }
    assert!(cut_off > 10, "{cut_off}");
    assert!(!stand.holds(&gone).await);
    let latest = stand.json("datasets/pets/LATEST").await["snapshot"].as_u64().unwrap();
    let latest = u32::try_from(latest).unwrap();
    let members = stand.members(latest).await;
    assert_eq!(members.keys().filter(|name| ends(name, "json")).count(), NAMES.len() - 1);
    let snapshots: BTreeSet<_> = stand.keys("datasets/pets/snapshots/").await.into_iter().collect();
    let published = snapshots.iter().filter(|key| key.ends_with("stats.json")).count();
    assert_eq!(published, 2, "{snapshots:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_that_began_before_the_order_publishes_nothing_of_it() {
    let mut stand = Stand::new().await;
    let gone = stand.staged("acme", NAMES[0], &["cat"]).await;
    stand.staged("acme", NAMES[1], &["cat"]).await;
    let plan = async || {
        let plan = stand.snapshots.plan("pets".parse().unwrap(), <_>::default(), Duration::ZERO);
        plan.await.unwrap()
    };
    let (one, other) = (plan().await, plan().await);
    stand.order(&gone).await;
    // The segments are still there: the build comes to its end, and sees the order.
    let built = stand.snapshots.build(one, |_| ()).await;
    assert!(matches!(built, Err(SnapshotError::ErasedMeanwhile)), "{built:?}");
    assert!(stand.holds(&gone).await, "its shard is left");
    assert!(stand.keys("datasets/pets/snapshots/").await.is_empty(), "it looked before it put");
    stand.erase_all().await;
    assert!(!stand.holds(&gone).await);
    // They are gone: the build finds nothing to read.
    let built = stand.snapshots.build(other, |_| ()).await;
    assert!(matches!(built, Err(SnapshotError::Store(_))), "{built:?}");
    assert_eq!(stand.build("").await.unwrap().images, 1);
    assert!(!stand.holds(&gone).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_bytes_uploaded_again_stay_and_what_comes_late_of_before_does_not() {
    let mut stand = Stand::new().await;
    let gone = stand.staged("acme", NAMES[0], &["cat"]).await;
    stand.build("").await.unwrap();
    let tombstone = stand.order(&gone).await;
    let mut again = stand.store.upload("acme", &fixture(NAMES[0]), Consent::Training).await;
    again.version = tombstone.version + 1;
    stand.put(&again).await;
    let mut chain = stand.store.chain(0).await;
    let events = [incoming(stand.offset, &again), incoming(stand.offset + 1, &gone)];
    stand.store.stage().stage(&mut chain, &events).await.unwrap();
    stand.erase_all().await;
    let samples = stand.samples().await;
    let versions: Vec<_> = samples.iter().map(|(_, _, version)| *version).collect();
    assert_eq!(versions, [again.version], "{samples:?}");
    assert_eq!(stand.build("").await.unwrap().images, 1);
    assert_eq!(stand.members_of("acme", 2).await, [again.image.to_string()]);
    assert_eq!(stand.published(1).await["replaced_by"], Value::Null, "nothing else was in it");
}

/// Moto keeps versions, as S3 does where that is turned on.
#[tokio::test(flavor = "multi_thread")]
async fn no_version_of_anything_is_left_where_the_store_keeps_them() {
    let Some(moto) = Moto::start().await else { return };
    let (folder, endpoint) = (tempfile::tempdir().unwrap(), moto.endpoint.clone());
    let mut stand = Stand::with(Store::at(endpoint, folder, Arc::default()).await);
    let s3 = raw(&moto.endpoint);
    let enabled = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled);
    let versioning = s3.put_bucket_versioning().bucket(FEED_BUCKET);
    versioning.versioning_configuration(enabled.build()).send().await.unwrap();
    let gone = stand.staged("acme", NAMES[0], &["cat"]).await;
    let stays = stand.staged("beta", NAMES[1], &["cat"]).await;
    stand.build("").await.unwrap();
    stand.order(&gone).await;
    stand.erase_all().await;
    assert!(!stand.holds(&gone).await && stand.holds(&stays).await);

    let mut tars = 0;
    let kept = s3.list_object_versions().bucket(FEED_BUCKET).send().await.unwrap();
    for version in kept.versions().iter().filter(|version| ends(version.key().unwrap(), "tar")) {
        let got = s3.get_object().bucket(FEED_BUCKET).key(version.key().unwrap());
        let got = got.version_id(version.version_id().unwrap()).send().await.unwrap();
        let tar = got.body.collect().await.unwrap().to_vec();
        let (image, other) = (gone.image.to_string(), stays.image.to_string());
        let has = |name: &str| tar.windows(name.len()).any(|window| window == name.as_bytes());
        assert!(!has(&image) && has(&other), "{version:?}");
        tars += 1;
    }
    assert_eq!(tars, 2, "{kept:?}");
}

fn raw(endpoint: &str) -> aws_sdk_s3::Client {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(endpoint)
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .force_path_style(true)
        .build();
    aws_sdk_s3::Client::from_conf(config)
}

/// A consumer that died between its segment and its commit.
#[tokio::test(flavor = "multi_thread")]
async fn a_segment_that_no_commit_names_is_looked_into_when_whoever_put_it_has_ended() {
    let mut stand = Stand::new().await;
    let gone = stand.staged("acme", NAMES[0], &["cat"]).await;
    stand.build("").await.unwrap();
    let tar = stand.bytes(&stand.keys("segments/").await[0]).await;
    stand.order(&gone).await;
    let feed = stand.store.buckets.feed();
    let (chain, sha256) = (crate::store::chain(0), sha256(&tar));
    let left = ObjectKey::Segment { chain, first: 7, last: 7, sha256 };
    feed.put(&left, tar, None, Condition::Always).await.unwrap();
    let careful = Settled { segments: Duration::from_hours(1), ..AT_ONCE };
    assert_eq!(erase(&feed, careful).await.unwrap().waiting, 1);
    assert_eq!(stand.keys("segments/").await, [left.to_string()], "its commit may come yet");
    stand.erase_all().await;
    assert!(stand.keys("segments/").await.is_empty());
    assert!(stand.keys("datasets/pets/LATEST").await.is_empty(), "no snapshot is left");
}

/// The marker that would have kept it out came after it had been decided on.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_being_staged_when_the_order_came_is_found_by_a_later_pass() {
    let mut stand = Stand::new().await;
    let gone = stand.staged("acme", NAMES[0], &["cat"]).await;
    stand.order(&gone).await;
    let feed = stand.store.buckets.feed();
    let an_hour = Settled { orders: Duration::from_hours(1), ..AT_ONCE };
    for _ in 0..2 {
        assert_eq!(erase(&feed, an_hour).await.unwrap().waiting, 1, "something may be under way");
    }
    assert!(!stand.holds(&gone).await);
    let (customer, image) = (gone.customer.clone(), gone.image);
    feed.delete(&ObjectKey::Staged { customer, image }).await.unwrap();
    let mut chain = stand.store.chain(1).await;
    stand.store.stage().stage(&mut chain, &[incoming(0, &gone)]).await.unwrap();
    assert!(stand.holds(&gone).await);
    assert_eq!(erase(&feed, an_hour).await.unwrap().segments, 1);
    assert!(!stand.holds(&gone).await);
    stand.erase_all().await;
    let key = format!("erasure/receipts/acme/{}-2.json", gone.image);
    let receipt: Receipt = serde_json::from_value(stand.json(&key).await).unwrap();
    assert_eq!(receipt.segments.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_erasers_at_once_do_it_once() {
    let mut stand = Stand::new().await;
    let gone = stand.staged("acme", NAMES[0], &["cat"]).await;
    stand.staged("beta", NAMES[1], &["cat"]).await;
    stand.build("").await.unwrap();
    stand.order(&gone).await;
    let feed = stand.store.buckets.feed();
    loop {
        let (one, other) = tokio::join!(erase(&feed, AT_ONCE), erase(&feed, AT_ONCE));
        if one.unwrap().waiting + other.unwrap().waiting == 0 {
            break;
        }
    }
    assert!(!stand.holds(&gone).await);
    let published = stand.keys("datasets/pets/snapshots/").await;
    assert_eq!(published.iter().filter(|key| key.ends_with("stats.json")).count(), 1);
    assert_eq!(stand.members(2).await.len(), 3);
}

fn ends(name: &str, extension: &str) -> bool {
    name.rsplit('.').next() == Some(extension)
}
