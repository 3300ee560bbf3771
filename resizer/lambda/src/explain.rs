//! The use case: whoever works for the customer asks what a URL comes to, and why.

use resizer::{Plan, Rect, Size};
use serde_json::{Map, Value, json};

use crate::{
    app::App,
    dialect::query::{self, preset},
    error::Error,
    query_string::Pairs,
    renditions::rendition_key,
    resolve::Resolved,
    viewer::Asker,
};

/// What was understood, what will be done, and under which name the result is stored. `given` are the parameters of
/// the URL. Reads the original's header, and renders nothing.
pub(crate) async fn explain(
    app: &App,
    asker: &Asker,
    resolved: &Resolved,
    given: &Pairs,
) -> Result<Value, Error> {
    if !asker.has_signed_in() {
        return Err(Error::NotExplained);
    }
    let Resolved { customer, bucket, record, mark, query, transform, etag, .. } = resolved;
    let bytes = app.fetch.original(bucket, record).await?;
    let bounds = app.bounds(customer);
    let probe = resizer::probe(&bytes, &bounds.limits).map_err(resizer::RenderError::from)?;
    let plan = resizer::plan(&probe, transform, &bounds.limits)?;
    let key = rendition_key(record.image, transform);
    let is_stored = mark.is_none() && bucket.head(&key).await?.is_some();
    let presets = &customer.presets;
    let preset = preset::named(given).map(|(name, _)| {
        json!({"name": name, "query": presets.0.get(name), "version": presets.version()})
    });
    Ok(json!({
        "given": object(given),
        "ignored": query::ignored(given),
        "preset": preset,
        "parameters": object(&query.pairs),
        "negotiated": query.asked.negotiated,
        "original": {
            "type": record.media_type,
            "width": record.width,
            "height": record.height,
            "bytes": record.bytes,
            "frames": probe.frames,
            "has_alpha": probe.has_alpha,
            "orientation": probe.orientation.exif(),
        },
        "transform": transform.to_string(),
        "plan": planned(&plan),
        "watermark": mark.as_ref().map(|mark| mark.image.to_string()),
        "rendition": {
            "key": mark.is_none().then(|| key.to_string()),
            "etag": etag.to_string(),
            "stored": is_stored,
        },
    }))
}

fn object(pairs: &Pairs) -> Value {
    let pairs = pairs.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str())));
    Value::Object(pairs.collect::<Map<_, _>>())
}

/// The steps with their sizes. Where the image is trimmed, only its pixels tell: the sizes are those without.
fn planned(plan: &Plan) -> Value {
    json!({
        "decoded_eighths": plan.eighths,
        "area": rect(plan.area),
        "scaled": size(plan.geometry.scaled),
        "crop": rect(plan.geometry.crop),
        "result": size(plan.geometry.canvas),
        "type": plan.format.media_type(),
        "quality": plan.format.is_lossy().then_some(plan.quality),
        "animated": plan.animated,
    })
}

fn size(Size { width, height }: Size) -> Value {
    json!({"width": width, "height": height})
}

fn rect(Rect { x, y, width, height }: Rect) -> Value {
    json!({"x": x, "y": y, "width": width, "height": height})
}
