//! The use case: a viewer asks for a rendition.

use std::sync::Arc;

use customer::Record;

use crate::{
    app::App,
    error::Error,
    etag::{ETag, IfNoneMatch},
    renditions::{Made, Sources},
    resolve::Resolved,
    time_left::TimeLeft,
    timings::Timings,
};

/// An image that may be shown.
#[derive(Debug)]
pub(crate) struct Image {
    pub(crate) record: Record,
    /// Its watermark's.
    pub(crate) mark: Option<Record>,
    pub(crate) etag: ETag,
    /// Whether it is soon to be another one under this URL.
    pub(crate) is_outdated: bool,
    /// `None` where the client has it already.
    pub(crate) made: Option<Arc<Made>>,
}

/// Answers from the client's own copy, the store, or by rendering; in this order.
pub(crate) async fn get_image(
    app: &App,
    resolved: Resolved,
    if_none_match: &IfNoneMatch,
    time: TimeLeft,
    spent: &mut Timings,
) -> Result<Image, Error> {
    let Resolved { customer, bucket, record, mark, query, transform, etag, .. } = resolved;
    let is_outdated = query.is_outdated;
    if if_none_match.names(&etag.to_string()) {
        return Ok(Image { record, mark, etag, is_outdated, made: None });
    }
    let sources = Sources { record: &record, mark: mark.as_ref() };
    let bounds = app.bounds(&customer);
    let made = app.renditions.get(&bucket, sources, transform, bounds, time).await?;
    spent.extend(&made.spent);
    Ok(Image { record, mark, etag, is_outdated, made: Some(made) })
}
