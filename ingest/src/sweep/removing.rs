//! Deletes, without retention, every image of a customer who is being removed. The tombstones' own
//! sweep erases them once Kafka has heard.

use customer::{Bucket, ObjectKey, Record, RecordError, Records, Timestamp};
use futures::{StreamExt, stream};
use time::Duration;

use super::Swept;

/// Images deleted at a time.
const DELETED_AT_ONCE: usize = 16;

pub(super) async fn sweep(bucket: &Bucket, swept: &mut Swept) {
    let found = swept.listed(bucket.list_all(ObjectKey::RECORDS).await);
    let images = found.iter().filter_map(|found| ObjectKey::image_in(&found.key));
    let deletions: Vec<_> = images.map(|image| delete(bucket, image)).collect();
    let mut deletions = stream::iter(deletions).buffer_unordered(DELETED_AT_ONCE);
    while let Some(deleted) = deletions.next().await {
        swept.note(|swept| &mut swept.deleted, deleted.map(usize::from));
    }
}

/// Whether a tombstone had to be written.
async fn delete(bucket: &Bucket, image: customer::ImageId) -> Result<bool, RecordError> {
    let (records, now) = (Records::new(bucket), Timestamp::now());
    let Some(current) = records.read(image).await? else { return Ok(false) };
    if is_due(&current.record, now) {
        return Ok(false);
    }
    let tombstone = current.record.deleted(Duration::ZERO, now);
    records.write(tombstone, Some(&current)).await?;
    Ok(true)
}

fn is_due(record: &Record, now: Timestamp) -> bool {
    record.erase_after.is_some_and(|erase_after| erase_after <= now)
}
