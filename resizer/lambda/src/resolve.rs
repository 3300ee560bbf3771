//! What a URL comes to: whose image, in which transform, under which validator. Nothing but records is read for it.

use std::sync::Arc;

use customer::{Bucket, Customer, Record};
use resizer::{Format, Size, Transform, result_size};

use crate::{
    app::App,
    dialect::{
        iiif::ImageRequest,
        query::{self, Asked, preset},
    },
    error::Error,
    etag::ETag,
    negotiate::Accepts,
    path::Target,
    query_string::Pairs,
    timings::Timings,
    url_rules,
    viewer::Asker,
};

/// How a client says what it wants.
#[derive(Debug)]
pub(crate) enum Wanted<'a> {
    Query { pairs: &'a Pairs, accepts: Accepts },
    Iiif(ImageRequest),
}

/// An image that may be shown.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) customer: Arc<Customer>,
    pub(crate) bucket: Bucket,
    pub(crate) record: Record,
}

/// An image that may be shown, and how.
#[derive(Debug)]
pub(crate) struct Resolved {
    pub(crate) customer: Arc<Customer>,
    pub(crate) bucket: Bucket,
    pub(crate) record: Record,
    /// Its watermark's.
    pub(crate) mark: Option<Record>,
    pub(crate) query: Query,
    /// The one spelling of what was asked for, where that is IIIF's.
    pub(crate) canonical: Option<String>,
    pub(crate) transform: Transform,
    pub(crate) etag: ETag,
}

/// A query, understood.
#[derive(Debug, Default)]
pub(crate) struct Query {
    /// The parameters, a preset's among them.
    pub(crate) pairs: Pairs,
    pub(crate) asked: Asked,
    /// Whether the edge went by other presets than there are, so that the answer must not be kept for long.
    pub(crate) is_outdated: bool,
}

/// Authorises.
///
/// The record is read before anything else is believed, so what is deleted or has become private
/// is refused whatever lies in the store.
pub(crate) async fn see(
    app: &App,
    asker: &Asker,
    target: &Target,
    spent: &mut Timings,
) -> Result<Seen, Error> {
    let (customer, bucket) = app.open(&target.customer, asker).await?;
    let record = spent.wait("record", app.fetch.record(&bucket, target.image)).await?;
    let record = record.filter(|record| asker.may_see(record)).ok_or_else(|| asker.refusal())?;
    if target.resource.is_iiif() {
        url_rules::check_iiif(&customer.url_rules, asker)?;
    }
    Ok(Seen { customer, bucket, record })
}

/// Authorises, then reads what the URL means for this image.
pub(crate) async fn resolve(
    app: &App,
    asker: &Asker,
    target: &Target,
    wanted: Wanted<'_>,
    spent: &mut Timings,
) -> Result<Resolved, Error> {
    let Seen { mut customer, bucket, record } = see(app, asker, target, spent).await?;
    let (mut query, mut canonical) = (Query::default(), None);
    let transform = match wanted {
        Wanted::Query { pairs, accepts } => {
            (customer, query) = read(app, asker, customer, pairs).await?;
            transform(&query.asked, accepts, &record)
        }
        Wanted::Iiif(request) => {
            let exact = request.exact(upright(&record), &app.bounds(&customer).limits)?;
            canonical = Some(exact.to_string());
            exact.transform(upright(&record))
        }
    };
    let mark = mark(app, &bucket, &transform, spent).await?;
    let etag = ETag::of_rendition(target.image, &transform);
    Ok(Resolved { customer, bucket, record, mark, query, canonical, transform, etag })
}

/// The size of the original as it is seen.
pub(crate) fn upright(record: &Record) -> Size {
    Size { width: record.width, height: record.height }
}

/// The query under the customer's presets and rules.
async fn read(
    app: &App,
    asker: &Asker,
    mut customer: Arc<Customer>,
    pairs: &Pairs,
) -> Result<(Arc<Customer>, Query), Error> {
    let named = preset::named(pairs);
    let is_outdated = |customer: &Customer| {
        let version = named.and_then(|(_, version)| version);
        version.is_some_and(|version| version != customer.presets.version())
    };
    // A name that is not there may have been given a moment ago.
    let is_unknown = named.is_some_and(|(name, _)| !customer.presets.0.contains_key(name));
    if is_unknown || is_outdated(&customer) {
        customer = app.renewed(customer).await?;
    }
    url_rules::check(&customer.url_rules, asker, pairs)?;
    let pairs = preset::expand(pairs, &customer.presets)?;
    let (asked, is_outdated) = (query::parse(&pairs)?, is_outdated(&customer));
    Ok((customer, Query { pairs, asked, is_outdated }))
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
fn transform(asked: &Asked, accepts: Accepts, record: &Record) -> Transform {
    let upright = upright(record);
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
