//! Versions that nobody announced, and entries whose version never came.

use customer::{Bucket, Found, ObjectKey, Timestamp};
use futures::{StreamExt, stream};

use super::{Swept, is_due};
use crate::announce::{AnnounceError, Announced, Announcer};

/// An entry whose version has not come by then has lost its writer.
pub(super) const WRITER_LOST_MS: i64 = 60 * 60 * 1000;
/// Entries announced at a time.
const ANNOUNCED_AT_ONCE: usize = 32;

pub(super) async fn sweep(
    announcer: &Announcer,
    bucket: &Bucket,
    before: Timestamp,
    swept: &mut Swept,
) {
    let found = swept.listed(bucket.list_all(ObjectKey::OUTBOX).await);
    let due = found.into_iter().filter(|found| is_due(found, before));
    let mut announced = stream::iter(due)
        .map(|found| announce(announcer, bucket, found))
        .buffer_unordered(ANNOUNCED_AT_ONCE);
    while let Some(announced) = announced.next().await {
        match announced {
            Ok(Entry::Announced) => swept.announced += 1,
            Ok(Entry::Removed) => swept.orphans_removed += 1,
            Ok(Entry::Kept) => {}
            Err(error) => swept.note(|swept| &mut swept.failed, Err(error)),
        }
    }
}

/// What became of an entry.
enum Entry {
    Announced,
    /// Its writer is still at it.
    Kept,
    Removed,
}

async fn announce(
    announcer: &Announcer,
    bucket: &Bucket,
    found: Found,
) -> Result<Entry, AnnounceError> {
    let Some(ObjectKey::Outbox { image, version }) = ObjectKey::parse(&found.key) else {
        return Ok(Entry::Kept);
    };
    if announcer.announce(bucket, image, version).await? == Announced::Done {
        return Ok(Entry::Announced);
    }
    if has_lost_its_writer(&found) {
        bucket.delete_named(&found.key).await?;
        return Ok(Entry::Removed);
    }
    Ok(Entry::Kept)
}

/// Whether what was put before a version was put so long ago that the version never comes.
pub(super) fn has_lost_its_writer(found: &Found) -> bool {
    Timestamp::now().ms() - found.modified_at.ms() > WRITER_LOST_MS
}
