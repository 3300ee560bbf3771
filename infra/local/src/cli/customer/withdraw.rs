//! `darkroom customer withdraw`: nothing of a customer's may be trained on any more. May be cut off anywhere and asked for
//! again.

use std::process::ExitCode;

use anyhow::ensure;
use customer::{
    Bucket, Consent, Customer, ImageId, ObjectKey, Patch, RecordError, Records, Registry, Timestamp,
};
use futures::{StreamExt, stream};

use super::{
    super::{operator::Operator, progress::Progress, say},
    Named,
};

/// Images withdrawn at a time.
const WITHDRAWN_AT_ONCE: usize = 16;

/// Every image and what uploads agree to that say nothing; each image is a change of its own, which the feed hears of.
pub(super) async fn run(named: &Named) -> anyhow::Result<ExitCode> {
    let operator = Operator::at(&named.place).await?;
    let closing = |customer: &mut Customer| customer.default_consent = Consent::None;
    let customer = operator.registry.update(&named.name, closing).await?;
    let bucket = operator.buckets.of(&customer).await;
    let mut withdrawn = all(&bucket).await?;
    say(format_args!("{withdrawn} images withdrawn; waiting for uploads that are under way"))?;
    tokio::time::sleep(Registry::SETTLED_AFTER).await;
    withdrawn += all(&bucket).await?;
    operator.audit("customer withdraw", named.name.as_str());
    say(format_args!(
        "{withdrawn} images of {} may not be trained on any more; no snapshot from now on holds them",
        named.name
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// Withdraws every image that may be trained on, and says how many there were.
async fn all(bucket: &Bucket) -> anyhow::Result<usize> {
    let found = bucket.list_all(ObjectKey::RECORDS).await?;
    let images: Vec<_> = found.iter().filter_map(|found| ObjectKey::image_in(&found.key)).collect();
    let progress = Progress::new(images.len());
    let withdrawals =
        images.into_iter().map(|image| async move { (image, one(bucket, image).await) });
    let mut withdrawals = stream::iter(withdrawals).buffer_unordered(WITHDRAWN_AT_ONCE);
    let (mut withdrawn, mut failed) = (0, 0);
    while let Some((image, result)) = withdrawals.next().await {
        match result {
            Ok(changed) => withdrawn += usize::from(changed),
            Err(error) => {
                failed += 1;
                progress.say(format_args!("{image}  not withdrawn: {error}"))?;
            }
        }
        progress.one_more();
    }
    progress.end();
    ensure!(failed == 0, "{failed} images are not withdrawn, {withdrawn} are; ask again");
    Ok(withdrawn)
}

/// Whether the record had to be changed. A deleted image counts, too: it can be brought back.
async fn one(bucket: &Bucket, image: ImageId) -> Result<bool, RecordError> {
    let (records, none) =
        (Records::new(bucket), Patch { consent: Some(Consent::None), ..Patch::default() });
    loop {
        let Some(current) = records.read(image).await? else { return Ok(false) };
        let Some(next) = current.record.patched(&none, Timestamp::now()) else { return Ok(false) };
        match records.write(next, Some(&current)).await {
            Err(RecordError::Stale(_)) => {}
            written => return written.map(|_| true),
        }
    }
}
