//! The use case: a viewer asks what there is of an image, in the words of the IIIF Image API 3.0
//! (<https://iiif.io/api/image/3.0/#5-image-information>).

use customer::Record;
use resizer::{Limits, Size};
use serde_json::{Value, json};

use crate::{
    app::App,
    error::Error,
    path::{Resource, Target},
    resolve::{Seen, see, upright},
    timings::Timings,
    viewer::Asker,
};

const CONTEXT: &str = "http://iiif.io/api/image/3/context.json";
const PROTOCOL: &str = "http://iiif.io/api/image";
/// The profile that is kept to, as a link.
const PROFILE: &str = "http://iiif.io/api/image/3/level2.json";
/// Edge of the tiles that viewers are told to ask for.
const TILE_PX: u32 = 512;

/// What there is of an image.
#[derive(Debug)]
pub(crate) struct Info {
    pub(crate) record: Record,
    pub(crate) document: Value,
}

/// Reads the record, and nothing of the image.
pub(crate) async fn info(
    app: &App,
    asker: &Asker,
    target: &Target,
    spent: &mut Timings,
) -> Result<Info, Error> {
    let Seen { customer, record, .. } = see(app, asker, target, spent).await?;
    let document = document(&id(app, target), upright(&record), &app.bounds(&customer).limits);
    Ok(Info { record, document })
}

/// The URL that all others of an image begin with, the credential of who asks in it.
pub(crate) fn id(app: &App, target: &Target) -> String {
    let base = Target { resource: Resource::IiifBase, ..target.clone() };
    format!("{}{base}", app.public_url)
}

/// `Link`: what is kept to, and the one spelling of what was asked for.
pub(crate) fn links(app: &App, target: &Target, canonical: &str) -> String {
    format!("<{PROFILE}>;rel=\"profile\", <{}/{canonical}>;rel=\"canonical\"", id(app, target))
}

fn document(id: &str, upright: Size, limits: &Limits) -> Value {
    let Size { width, height } = upright;
    let factors: Vec<u32> = factors(upright).collect();
    let sizes = factors
        .iter()
        .rev()
        .map(|factor| Size { width: width.div_ceil(*factor), height: height.div_ceil(*factor) });
    let is_allowed = |size: &Size| limits.check_result(*size, 1).is_ok();
    let sizes = sizes.filter(is_allowed);
    let sizes = sizes.map(|Size { width, height }| json!({"width": width, "height": height}));
    json!({
        "@context": CONTEXT,
        "id": id,
        "type": "ImageService3",
        "protocol": PROTOCOL,
        "profile": "level2",
        "width": width,
        "height": height,
        "maxWidth": limits.result_edge_max_px,
        "maxHeight": limits.result_edge_max_px,
        "maxArea": limits.result_pixels_max,
        "sizes": sizes.collect::<Vec<_>>(),
        "tiles": [{"width": TILE_PX, "height": TILE_PX, "scaleFactors": factors}],
        "extraFormats": ["avif", "gif", "webp"],
        "extraQualities": ["bitonal", "color", "gray"],
        "extraFeatures": [
            "canonicalLinkHeader",
            "mirroring",
            "profileLinkHeader",
            "sizeUpscaling",
        ],
    })
}

/// 1, 2, 4 and so on, until one tile holds the whole image.
fn factors(Size { width, height }: Size) -> impl Iterator<Item = u32> {
    let longer = width.max(height);
    let is_needed = move |factor: &u32| *factor == 1 || longer.div_ceil(*factor / 2) > TILE_PX;
    (0..u32::BITS).map(|power| 1 << power).take_while(is_needed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_go_on_until_one_holds_the_image() {
        let factors = |width, height| factors(Size { width, height }).collect::<Vec<_>>();
        assert_eq!(factors(512, 300), [1]);
        assert_eq!(factors(300, 513), [1, 2]);
        assert_eq!(factors(1024, 1024), [1, 2]);
        assert_eq!(factors(4928, 3264), [1, 2, 4, 8, 16]);
    }

    #[test]
    fn sizes_are_those_that_may_be_rendered_smallest_first() {
        let limits = Limits { result_edge_max_px: 3000, ..Limits::default() };
        let document = document("x", Size { width: 4001, height: 1000 }, &limits);
        let expected = [(501, 125), (1001, 250), (2001, 500)];
        let expected = expected.map(|(width, height)| json!({"width": width, "height": height}));
        assert_eq!(document["sizes"], json!(expected));
        assert_eq!(document["tiles"][0]["scaleFactors"], json!([1, 2, 4, 8]));
        assert_eq!(
            (&document["maxWidth"], &document["maxArea"]),
            (&3000.into(), &40_000_000.into())
        );
    }
}
