//! Uploads that nobody accepted, and those in parts that nobody brought to an end.

use customer::{Bucket, Customer, ObjectKey, Timestamp};
use time::Duration;

use super::{Swept, is_due};
use crate::{Steps, notify::accept_upload};

/// Parts lie as long as a ticket can be accepted.
const PARTS_KEPT: Duration = Duration::hours(24);

pub(super) async fn sweep(
    steps: &Steps,
    customer: &Customer,
    bucket: &Bucket,
    before: Timestamp,
    swept: &mut Swept,
) {
    let found = swept.listed(bucket.list_all(ObjectKey::INCOMING).await);
    for found in found.iter().filter(|found| is_due(found, before)) {
        let Some(ObjectKey::Incoming(upload)) = ObjectKey::parse(&found.key) else { continue };
        let accepted = accept_upload(steps, customer, bucket, upload).await;
        swept.note(|swept| &mut swept.uploads_accepted, accepted.map(|()| 1));
    }
    abort(bucket, before.plus(-PARTS_KEPT), swept).await;
}

/// Gives up uploads in parts that were begun before `before`.
pub(super) async fn abort(bucket: &Bucket, before: Timestamp, swept: &mut Swept) {
    let unfinished = swept.listed(bucket.unfinished(ObjectKey::INCOMING).await);
    for upload in unfinished.iter().filter(|upload| upload.begun_at <= before) {
        let aborted = bucket.abort(upload).await;
        swept.note(|swept| &mut swept.uploads_aborted, aborted.map(|()| 1));
    }
}
