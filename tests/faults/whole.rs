use std::collections::{BTreeMap, BTreeSet};

use customer::{Bucket, ImageId, ObjectKey, Record, Records};

use crate::picture::Picture;

/// Reads the bucket and fails unless every image is wholly there or wholly absent, after the sweep
/// of leftovers: a record with its original, byte for byte, its name in `newest/` and, deleted, its
/// tombstone; nothing else. Returns the records.
pub(crate) async fn check(
    bucket: &Bucket,
    pictures: impl IntoIterator<Item = &Picture>,
) -> BTreeMap<ImageId, Record> {
    let held = held(bucket).await;
    let mut records = BTreeMap::new();
    for picture in pictures {
        let found = Records::new(bucket).read(picture.image).await.unwrap();
        let record = found.map(|found| found.record);
        let mut keys = held.get(&picture.image).cloned().unwrap_or_default();
        keys.retain(|key| !waits_for_its_time(key, record.as_ref()));
        assert_eq!(keys, record.as_ref().map(keys_of).unwrap_or_default());
        if let Some(record) = record {
            let original = bucket.original(&record.original).await.unwrap().bytes;
            assert!(original == picture.bytes, "{}: other bytes", picture.image);
            records.insert(picture.image, record);
        }
    }
    records
}

/// Everything of every image.
async fn held(bucket: &Bucket) -> BTreeMap<ImageId, BTreeSet<String>> {
    let mut held = BTreeMap::<_, BTreeSet<_>>::new();
    for prefix in ObjectKey::CUSTOMER_PREFIXES {
        for found in bucket.list_all(prefix).await.unwrap() {
            if let Some(image) = ObjectKey::image_in(&found.key) {
                held.entry(image).or_default().insert(found.key);
            }
        }
    }
    held
}

fn keys_of(record: &Record) -> BTreeSet<String> {
    let image = record.image;
    let tombstone = record
        .erase_after
        .map(|erase_after| ObjectKey::Tombstone { erase_after_ms: erase_after.ms(), image });
    let named = [Some(ObjectKey::Record(image)), Some(record.newest()), tombstone];
    let own = named.into_iter().flatten().map(|key| key.to_string());
    own.chain([record.original.key.clone()]).collect()
}

/// What a writer put before a version that it then did not write. The sweep takes it away when no
/// writer can need it any more: an entry after an hour, a tombstone when it is due.
fn waits_for_its_time(key: &str, record: Option<&Record>) -> bool {
    match ObjectKey::parse(key) {
        Some(ObjectKey::Outbox { version, .. }) => {
            version > record.map_or(0, |record| record.version)
        }
        Some(ObjectKey::Tombstone { erase_after_ms, .. }) => {
            let meant = record.and_then(|record| record.erase_after);
            meant.is_none_or(|meant| meant.ms() != erase_after_ms)
        }
        _ => false,
    }
}
