//! Removes what nothing leads to: what an upload, a render or an erasure left when it was cut off,
//! and what was kept for a while only.

use std::collections::HashSet;

use customer::{
    Bucket, Found, ImageId, ObjectKey, Record, RecordError, Records, StoreError, Timestamp,
};
use time::Duration;

use super::Swept;

/// For how long a client may ask what became of an upload, and for how long what was refused can
/// be looked at.
const TICKETS_KEPT: Duration = Duration::days(7);

/// Names that a record leads to: by its own words, or by being there.
struct Kept {
    prefix: &'static str,
    /// The one name of the image that the record leads to; `None`: every name of the image is kept.
    named: Option<fn(&Record) -> String>,
}

const KEPT: [Kept; 3] = [
    Kept { prefix: ObjectKey::ORIGINALS, named: Some(|record| record.original.key.clone()) },
    Kept { prefix: ObjectKey::NEWEST, named: Some(|record| record.newest().to_string()) },
    Kept { prefix: ObjectKey::RENDITIONS, named: None },
];

pub(super) async fn sweep(bucket: &Bucket, before: Timestamp, swept: &mut Swept) {
    for prefix in [ObjectKey::TICKETS, ObjectKey::QUARANTINE] {
        let removed = remove_older(bucket, prefix, before.plus(-TICKETS_KEPT)).await;
        swept.note(|swept| &mut swept.leftovers_removed, removed);
    }
    let images = match recorded(bucket).await {
        Ok(images) => images,
        Err(error) => return swept.note(|swept| &mut swept.failed, Err(error)),
    };
    for kept in &KEPT {
        let removed = remove_unnamed(bucket, kept, &images, before).await;
        swept.note(|swept| &mut swept.leftovers_removed, removed);
    }
}

async fn remove_older(
    bucket: &Bucket,
    prefix: &str,
    before: Timestamp,
) -> Result<usize, StoreError> {
    let mut removed = 0;
    for found in bucket.list_all(prefix).await? {
        if found.modified_at <= before {
            bucket.delete_named(&found.key).await?;
            removed += 1;
        }
    }
    Ok(removed)
}

async fn recorded(bucket: &Bucket) -> Result<HashSet<ImageId>, StoreError> {
    let found = bucket.list_all(ObjectKey::RECORDS).await?;
    Ok(found.iter().filter_map(|found| ObjectKey::image_in(&found.key)).collect())
}

/// Two listings tell almost all. A record is read only where they leave a doubt: where an image has
/// no record, or several names of which it can mean one.
async fn remove_unnamed(
    bucket: &Bucket,
    kept: &Kept,
    images: &HashSet<ImageId>,
    before: Timestamp,
) -> Result<usize, RecordError> {
    let found = bucket.list_all(kept.prefix).await?;
    let mut names: Vec<_> = found
        .into_iter()
        .filter_map(|found| Some((ObjectKey::image_in(&found.key)?, found)))
        .collect();
    names.sort_by_key(|(image, _)| *image);
    let mut removed = 0;
    for names in names.chunk_by(|(one, _), (other, _)| one == other) {
        let Some((image, _)) = names.first() else { continue };
        let is_one = names.len() == 1 || kept.named.is_none();
        if is_one && images.contains(image) {
            continue;
        }
        let due = names.iter().map(|(_, found)| found).filter(|found| found.modified_at <= before);
        removed += remove_all_but(bucket, kept, *image, due).await?;
    }
    Ok(removed)
}

async fn remove_all_but(
    bucket: &Bucket,
    kept: &Kept,
    image: ImageId,
    names: impl Iterator<Item = &Found>,
) -> Result<usize, RecordError> {
    let record = Records::new(bucket).read(image).await?.map(|found| found.record);
    let keeps = |found: &Found| match (&record, kept.named) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some(record), Some(named)) => named(record) == found.key,
    };
    let mut removed = 0;
    for found in names.filter(|found| !keeps(found)) {
        bucket.delete_named(&found.key).await?;
        removed += 1;
    }
    Ok(removed)
}
