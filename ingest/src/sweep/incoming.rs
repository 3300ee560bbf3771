//! Uploads that nobody accepted.

use customer::{Bucket, Customer, ObjectKey, Timestamp};

use super::Swept;
use crate::{Steps, notify::accept_upload};

pub(super) async fn sweep(
    steps: &Steps,
    customer: &Customer,
    bucket: &Bucket,
    before: Timestamp,
    swept: &mut Swept,
) {
    let found = swept.listed(bucket.list_all(ObjectKey::INCOMING).await);
    for found in found.iter().filter(|found| found.modified_at <= before) {
        let Some(ObjectKey::Incoming(upload)) = ObjectKey::parse(&found.key) else { continue };
        let accepted = accept_upload(steps, customer, bucket, upload).await;
        swept.note(|swept| &mut swept.uploads_accepted, accepted.map(|()| 1));
    }
}
