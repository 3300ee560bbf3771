use std::{collections::BTreeMap, io::Read, time::Duration};

use aws_lc_rs::digest::{SHA256, digest};
use bytes::Bytes;
use consumer::{Snapshot, SnapshotError, Snapshots};
use customer::{Condition, Consent, ObjectKey, Recipe, Record};
use data_encoding::HEXLOWER;
use serde_json::Value;

use crate::store::{Store, fixture, incoming};

pub(crate) const NAMES: [&str; 4] = ["coffee.jpg", "astronaut.jpg", "rocket.jpg", "chelsea.png"];

/// A feed, and the records beside it.
pub(crate) struct Stand {
    pub(crate) store: Store,
    pub(crate) snapshots: Snapshots,
    pub(crate) offset: i64,
}

impl Stand {
    pub(crate) async fn new() -> Self {
        Self::with(Store::start().await)
    }

    pub(crate) fn with(store: Store) -> Self {
        let snapshots = Snapshots::new(store.buckets.clone(), store.registry.clone());
        Self { store, snapshots, offset: 0 }
    }

    /// An image whose record is there, and which the feed has taken in.
    pub(crate) async fn staged(&mut self, customer: &str, name: &str, labels: &[&str]) -> Record {
        let mut record = self.store.upload(customer, &fixture(name), Consent::Training).await;
        record.labels = labels.iter().map(ToString::to_string).collect();
        self.put(&record).await;
        let mut chain = self.store.chain(0).await;
        self.store.stage().stage(&mut chain, &[incoming(self.offset, &record)]).await.unwrap();
        self.offset += 1;
        record
    }

    /// The record as it is now, of which the feed has not heard.
    pub(crate) async fn put(&self, record: &Record) {
        let key = ObjectKey::Record(record.image);
        let json = serde_json::to_vec(record).unwrap();
        let bucket = self.store.bucket(record.customer.as_str()).await;
        bucket.put(&key, json, None, Condition::Always).await.unwrap();
    }

    pub(crate) async fn build(&self, recipe: &str) -> Result<Snapshot, SnapshotError> {
        let recipe = Recipe::parse(recipe).unwrap();
        let plan = self.snapshots.plan("pets".parse().unwrap(), recipe, Duration::ZERO).await?;
        self.snapshots.build(plan, |_| ()).await
    }

    pub(crate) async fn bytes(&self, key: &str) -> Bytes {
        let found = self.store.buckets.feed().list_all(key).await.unwrap();
        let bytes = found.iter().find(|found| found.key == key).expect(key).bytes;
        self.store.buckets.feed().range(key, 0..bytes.try_into().unwrap()).await.unwrap()
    }

    /// What a snapshot's `members/…` says of a customer's images.
    pub(crate) async fn members_of(&self, customer: &str, number: u32) -> Vec<String> {
        let lines = self.bytes(&format!("members/{customer}/pets/{number:08}")).await;
        std::str::from_utf8(&lines).unwrap().lines().map(str::to_owned).collect()
    }

    pub(crate) async fn json(&self, key: &str) -> Value {
        serde_json::from_slice(&self.bytes(key).await).unwrap()
    }

    pub(crate) async fn file(&self, number: u32, file: &str) -> Bytes {
        self.bytes(&format!("datasets/pets/snapshots/{number:08}/{file}")).await
    }

    pub(crate) async fn published(&self, number: u32) -> Value {
        serde_json::from_slice(&self.file(number, "snapshot.json").await).unwrap()
    }

    /// Members of all shards by name; each shard is what the snapshot says.
    pub(crate) async fn members(&self, number: u32) -> BTreeMap<String, Vec<u8>> {
        let mut members = BTreeMap::new();
        let published = self.published(number).await;
        let splits = published["splits"].as_object().unwrap().values();
        for shard in splits.flat_map(|split| split["shards"].as_array().unwrap()) {
            let tar = self.bytes(shard["key"].as_str().unwrap()).await;
            assert_eq!((sha256(&tar), tar.len()), (text(&shard["sha256"]), size(&shard["bytes"])));
            for entry in tar::Archive::new(&tar[..]).entries().unwrap() {
                let mut entry = entry.unwrap();
                let name = entry.path().unwrap().to_str().unwrap().to_owned();
                let mut bytes = Vec::new();
                entry.read_to_end(&mut bytes).unwrap();
                assert!(members.insert(name, bytes).is_none(), "a name twice");
            }
        }
        members
    }

    pub(crate) async fn left_out(&self, number: u32) -> Vec<(String, String)> {
        let lines = self.file(number, "left_out.jsonl").await;
        let lines = std::str::from_utf8(&lines).unwrap().lines();
        let lines = lines.map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.map(|line| (text(&line["image"]), text(&line["reason"]))).collect()
    }
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    HEXLOWER.encode(digest(&SHA256, bytes).as_ref())
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

pub(crate) fn size(value: &Value) -> usize {
    value.as_u64().unwrap().try_into().unwrap()
}
