//! The use case: an uploader or admin takes the bytes back as they were uploaded.

use bytes::Bytes;
use customer::Record;

use crate::{
    app::App,
    error::Error,
    path::Target,
    resolve::{Seen, see},
    timings::Timings,
    viewer::Asker,
};

/// Refuses by role before it looks at the record, so that the refusal says nothing about the image.
pub(crate) async fn get_original(
    app: &App,
    asker: &Asker,
    target: &Target,
    spent: &mut Timings,
) -> Result<(Record, Bytes), Error> {
    if *asker == Asker::Anon {
        return Err(Error::Unauthorized);
    }
    if !asker.may_download() {
        return Err(Error::RoleMissing);
    }
    let Seen { bucket, record, .. } = see(app, asker, target, spent).await?;
    let bytes = spent.wait("fetch", app.fetch.original(&bucket, &record)).await?;
    Ok((record, bytes))
}
