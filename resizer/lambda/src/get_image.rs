//! The use case: a viewer asks for a rendition.

use customer::{Bucket, Record};
use resizer::{Format, Size, Transform, result_size};

use crate::{
    app::App,
    dialect::query::Asked,
    error::Error,
    etag::{ETag, IfNoneMatch},
    negotiate::Accepts,
    path::Target,
    renditions::{Flown, Sources},
    timings::Timings,
    viewer::Asker,
};

/// What a client wants and what it has already.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) target: Target,
    pub(crate) asked: Asked,
    pub(crate) accepts: Accepts,
    pub(crate) if_none_match: IfNoneMatch,
}

/// An image that may be shown.
#[derive(Debug)]
pub(crate) struct Image {
    pub(crate) record: Record,
    /// Its watermark's.
    pub(crate) mark: Option<Record>,
    pub(crate) etag: ETag,
    /// `None` where the client has it already.
    pub(crate) flown: Option<Flown>,
}

/// Authorises, then answers from the client's own copy, the store, or by rendering; in this order.
///
/// The record is read before anything else is believed, so what is deleted or has become private
/// is refused whatever lies in the store.
pub(crate) async fn get_image(
    app: &App,
    asker: &Asker,
    wanted: Wanted,
    spent: &mut Timings,
) -> Result<Image, Error> {
    let Target { customer, image, .. } = wanted.target;
    let (customer, bucket) = app.open(&customer, asker).await?;
    let record = spent.wait("record", app.fetch.record(&bucket, image)).await?;
    let record = record.filter(|record| asker.may_see(record)).ok_or_else(|| asker.refusal())?;
    let transform = resolve(&wanted.asked, wanted.accepts, &record);
    let mark = mark(app, &bucket, &transform, spent).await?;
    let etag = ETag::of_rendition(image, &transform);
    if wanted.if_none_match.names(&etag.to_string()) {
        return Ok(Image { record, mark, etag, flown: None });
    }
    let sources = Sources { record: &record, mark: mark.as_ref() };
    let flown = app.renditions.get(&bucket, sources, transform, app.bounds(&customer)).await?;
    spent.extend(&flown.made.spent);
    Ok(Image { record, mark, etag, flown: Some(flown) })
}

/// The record of the watermark, which has to be a public image: it is seen in whatever it is laid over, and
/// a URL that was signed for one image must not show another.
async fn mark(
    app: &App,
    bucket: &Bucket,
    transform: &Transform,
    spent: &mut Timings,
) -> Result<Option<Record>, Error> {
    let Some(mark) = transform.mark else { return Ok(None) };
    let image = mark.name.to_string().parse().map_err(|_| Error::NoSuchMark)?;
    let record = spent.wait("mark", app.fetch.record(bucket, image)).await?;
    let record = record.filter(|record| Asker::Anon.may_see(record)).ok_or(Error::NoSuchMark)?;
    Ok(Some(record))
}

/// The transform with nothing left open that can be known before the original is read: requests
/// with one result share one rendition.
fn resolve(asked: &Asked, accepts: Accepts, record: &Record) -> Transform {
    let upright = Size { width: record.width, height: record.height };
    let mut transform = asked.transform(upright);
    let own = own_format(record);
    let negotiated = || accepts.format(result_size(upright, &transform), may_move(own));
    let negotiated = asked.negotiated.then(negotiated).flatten();
    transform.format = transform.format.or(negotiated).or(own);
    transform.simplified()
}

/// A record does not say whether its image is an animation; only these formats have them.
fn may_move(original: Option<Format>) -> bool {
    matches!(original, Some(Format::Gif | Format::WebP))
}

/// The original's format, where browsers show it.
fn own_format(record: &Record) -> Option<Format> {
    let shown = [Format::Jpeg, Format::Png, Format::WebP, Format::Gif, Format::Avif];
    shown.into_iter().find(|format| format.media_type() == record.media_type)
}
