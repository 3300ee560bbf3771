//! `contact_sheet.svg`: a row of small pictures for each class, so that whoever trains sees what on.

use bytes::Bytes;
use customer::Bucket;
use futures::{StreamExt, TryStreamExt, stream};
use resizer::{Fit, Format, Limits, Metadata, Transform};
use tokio::task::spawn_blocking;

use super::{SnapshotError, index::IndexRow, published::Publication, shards::Row, svg::Svg};

pub(crate) const FILE: &str = "contact_sheet.svg";

/// Rows; the classes after these are told of in a line.
const CLASSES_MAX: usize = 24;
const IMAGES_OF_A_CLASS: usize = 8;
const EDGE: u32 = 112;
const QUALITY: u8 = 75;
const MARGIN: usize = 12;
const GAP: usize = 6;
const HEADING: usize = 26;
/// Fills the place of a picture that cannot be rendered.
const NO_PICTURE: &str = "#d0d0d0";
/// Samples on their way from shards at a time.
const CONCURRENT: usize = 16;

/// A class and the first of its samples, whatever their split.
struct Class<'a> {
    name: &'a str,
    images: usize,
    shown: Vec<&'a IndexRow>,
}

/// The sheet of all classes in their order, what has none at the end.
pub(crate) async fn draw(
    feed: &Bucket,
    publication: &Publication,
) -> Result<String, SnapshotError> {
    let classes = classes(publication);
    let pitch = EDGE as usize + GAP;
    let mut svg = Svg::new(2 * MARGIN + IMAGES_OF_A_CLASS * pitch - GAP);
    let mut y = MARGIN;
    for class in classes.iter().take(CLASSES_MAX) {
        let name = if class.name.is_empty() { "none, or several" } else { class.name };
        svg.text((MARGIN, y + HEADING - 10), &format!("{name} · {}", class.images));
        y += HEADING;
        let pictures: Vec<_> = class.shown.iter().map(|row| picture(feed, row)).collect();
        let pictures = stream::iter(pictures).buffered(CONCURRENT);
        let pictures: Vec<_> = pictures.try_collect().await?;
        for (row, (picture, x)) in
            class.shown.iter().zip(pictures.iter().zip((MARGIN..).step_by(pitch)))
        {
            match picture {
                Some(picture) => svg.image((x, y), EDGE as usize, picture, &row.key),
                None => svg.bar((x, y), (EDGE as usize, EDGE as usize), NO_PICTURE, &row.key),
            }
        }
        y += pitch;
    }
    if let Some(more) = classes.len().checked_sub(CLASSES_MAX).filter(|more| *more > 0) {
        svg.text((MARGIN, y + HEADING - 10), &format!("and {more} classes more"));
    }
    Ok(svg.finish(MARGIN))
}

fn classes(publication: &Publication) -> Vec<Class<'_>> {
    let names = publication.classes.iter().map(String::as_str).chain([""]);
    let mut classes: Vec<_> =
        names.map(|name| Class { name, images: 0, shown: Vec::new() }).collect();
    for row in &publication.rows {
        let class = row.class.unwrap_or(publication.classes.len());
        let Some(class) = classes.get_mut(class) else { continue };
        class.images += 1;
        if class.shown.len() < IMAGES_OF_A_CLASS {
            class.shown.push(row);
        }
    }
    classes.retain(|class| class.images > 0);
    classes
}

/// `None` where it cannot be rendered: a dataset is none the worse for it.
async fn picture(feed: &Bucket, row: &IndexRow) -> Result<Option<Bytes>, SnapshotError> {
    let Row { offset, bytes, .. } = row.image_at;
    let image = feed.range(&row.shard, offset..offset + bytes).await?;
    let transform = Transform {
        width: Some(EDGE),
        height: Some(EDGE),
        fit: Fit::Cover,
        enlarge: true,
        format: Some(Format::Jpeg),
        quality: Some(QUALITY),
        metadata: Metadata::None,
        ..Transform::default()
    };
    let render = move || resizer::render(&image, &transform, &Limits::default());
    let rendered = spawn_blocking(render).await?;
    Ok(rendered.ok().map(|rendition| rendition.bytes.into()))
}
