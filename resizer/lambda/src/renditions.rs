//! Renditions of live images: the stored one, or one rendered now and stored.
//!
//! Whoever calls has read the record.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use customer::{Bucket, CustomerId, ImageId, ObjectKey, Record};
use moka::future::Cache;
use resizer::{Format, Limits, Plan, RenderError, Rendition, Transform, result_size};

use crate::{
    avif_pace::{avif_takes, avif_took},
    bounds::Bounds,
    error::Error,
    fetch::Fetch,
    originals::Originals,
    render_queue::RenderQueue,
    storage::Storage,
    time_left::TimeLeft,
    timings::Timings,
};

/// One flight serves all who ask for a rendition within this time, so that a burst renders once
/// and the time between having answered and having stored is bridged.
const SHARED_FOR: Duration = Duration::from_secs(5);
const SHARED_BYTES_MAX: u64 = 32 << 20;

#[derive(Clone, Debug)]
pub(crate) struct Renditions {
    fetch: Fetch,
    originals: Originals,
    queue: RenderQueue,
    shared: Cache<(CustomerId, ObjectKey), Arc<Made>>,
    storage: Storage,
}

/// The live images that a rendition is made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sources<'a> {
    pub(crate) record: &'a Record,
    pub(crate) mark: Option<&'a Record>,
}

impl Sources<'_> {
    /// Whether the rendition is kept in the bucket. What shows a watermark is not: an erasure of the watermark's
    /// image would have to search all other images for it.
    fn is_stored(self) -> bool {
        self.mark.is_none()
    }
}

/// An encoded rendition and what it cost.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) bytes: Bytes,
    pub(crate) format: Format,
    pub(crate) spent: Timings,
}

impl Renditions {
    pub(crate) fn new(fetch: Fetch, queue: RenderQueue) -> Self {
        let shared = Cache::builder()
            .max_capacity(SHARED_BYTES_MAX)
            .weigher(|_, made: &Arc<Made>| made.bytes.len().try_into().unwrap_or(u32::MAX))
            .time_to_live(SHARED_FOR)
            .build();
        let (originals, storage) = (Originals::new(fetch), Storage::new(fetch));
        Self { fetch, originals, queue, shared, storage }
    }

    /// The rendition that `transform` names.
    pub(crate) async fn get(
        &self,
        bucket: &Bucket,
        sources: Sources<'_>,
        transform: Transform,
        bounds: Bounds,
        time: TimeLeft,
    ) -> Result<Arc<Made>, Error> {
        let record = sources.record;
        let key = rendition_key(record.image, &transform);
        let mut is_new = false;
        let flight = async {
            let is_likely = self.storage.may_hold(record, &key).await;
            if is_likely && let Some(stored) = self.stored(bucket, sources, &key).await? {
                return Ok::<_, Error>(Arc::new(stored));
            }
            match self.render(bucket, sources, transform, bounds.limits, time).await {
                Ok(made) => {
                    is_new = true;
                    Ok(Arc::new(made))
                }
                Err(error) if is_likely => Err(error),
                // Another machine may have stored it all the same.
                Err(error) => {
                    let stored = self.stored(bucket, sources, &key).await?;
                    stored.map(Arc::new).ok_or(error)
                }
            }
        };
        let name = (record.customer.clone(), key.clone());
        let made = self.shared.try_get_with(name, Box::pin(flight)).await?;
        if is_new && sources.is_stored() {
            let (most, bytes) = (bounds.renditions_max, made.bytes.clone());
            self.storage.store(bucket, record, most, key, bytes).await;
        }
        Ok(made)
    }

    async fn stored(
        &self,
        bucket: &Bucket,
        sources: Sources<'_>,
        key: &ObjectKey,
    ) -> Result<Option<Made>, Error> {
        if !sources.is_stored() {
            return Ok(None);
        }
        let mut spent = Timings::default();
        let found = spent.wait("stored", self.fetch.stored(bucket, key)).await?;
        let known = found.and_then(|bytes| Some((Format::sniff(&bytes).ok()?, bytes)));
        Ok(known.map(|(format, bytes)| Made { bytes, format, spent }))
    }

    async fn render(
        &self,
        bucket: &Bucket,
        sources: Sources<'_>,
        transform: Transform,
        limits: Limits,
        time: TimeLeft,
    ) -> Result<Made, Error> {
        let place = self.queue.enter(&sources.record.customer)?;
        let mut spent = Timings::default();
        let original = spent.wait("fetch", self.originals.get(bucket, sources.record)).await?;
        let mark = match sources.mark {
            None => None,
            Some(mark) => Some(spent.wait("mark", self.originals.get(bucket, mark)).await?),
        };
        let work = move || render(&original, mark.as_deref(), &transform, &limits, time);
        let (rendition, steps) = place.run(work).await??;
        spent.extend(&steps);
        Ok(Made { bytes: rendition.bytes.into(), format: rendition.format, spent })
    }
}

/// The object that holds a rendition.
pub(crate) fn rendition_key(image: ImageId, transform: &Transform) -> ObjectKey {
    // What becomes of a TIFF or a BMP only the render itself finds out.
    let extension = transform.format.map_or("auto", Format::extension);
    let transform = transform.to_string();
    ObjectKey::Rendition { image, engine: resizer::ENGINE, transform, extension }
}

/// [`resizer::render`], stage by stage for the sake of the timings, and as long as there is time: nobody waits for what
/// comes later.
fn render(
    original: &[u8],
    mark: Option<&[u8]>,
    transform: &Transform,
    limits: &Limits,
    time: TimeLeft,
) -> Result<(Rendition, Timings), Error> {
    let mut spent = Timings::default();
    let probe = resizer::probe(original, limits).map_err(RenderError::from)?;
    let plan = resizer::plan(&probe, transform, limits)?.with_mark(mark.map(Arc::from));
    time.is_enough_for(encoding_takes(&plan))?;
    let picture = spent.run("decode", || resizer::decode(original, &plan))?;
    time.is_enough_for(encoding_takes(&plan))?;
    let picture = spent.run("resize", || resizer::apply(picture, &plan))?;
    time.is_enough_for(encoding_takes(&plan))?;
    let begun = Instant::now();
    let rendition = spent.run("encode", || resizer::encode(picture, &plan))?;
    if plan.format == Format::Avif {
        avif_took(result_pixels(&plan), begun.elapsed());
    }
    Ok((rendition, spent))
}

/// Of formats other than AVIF nothing is asked beforehand: the largest takes a second or two.
fn encoding_takes(plan: &Plan) -> Duration {
    let is_avif = plan.format == Format::Avif;
    if is_avif { avif_takes(result_pixels(plan)) } else { Duration::ZERO }
}

fn result_pixels(plan: &Plan) -> u64 {
    result_size(plan.probe.upright(), &plan.transform).pixels()
}
