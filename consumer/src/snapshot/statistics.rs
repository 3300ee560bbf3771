//! What a snapshot holds, in numbers: `stats.json`, and what the dataset card tells of.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{index::IndexRow, published::Publication, split::Split};

/// Of each split, how many there are of each class by its name; those of none, or of several, under the empty one.
pub(crate) type Counts = BTreeMap<&'static str, BTreeMap<String, usize>>;

/// Counts images by split and by the name of their class.
pub(crate) fn counts<'a>(images: impl Iterator<Item = (Split, &'a str)>) -> Counts {
    let mut counts = Counts::new();
    for (split, class) in images {
        *counts.entry(split.as_str()).or_default().entry(class.to_owned()).or_insert(0) += 1;
    }
    counts
}

/// `stats.json`.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Statistics {
    pub(crate) images: usize,
    /// Of the images, without tar and descriptions.
    pub(crate) bytes: usize,
    pub(crate) by_split: BTreeMap<&'static str, usize>,
    /// By the name of the class; what has none, or several, is under the empty name.
    pub(crate) by_class: BTreeMap<String, usize>,
    /// By split, and there by the name of the class.
    pub(crate) by_split_and_class: Counts,
    pub(crate) by_type: BTreeMap<String, usize>,
    pub(crate) by_customer: BTreeMap<String, usize>,
    /// Least and most, in pixels.
    pub(crate) width: Option<(u32, u32)>,
    pub(crate) height: Option<(u32, u32)>,
    /// First and last, RFC 3339.
    pub(crate) uploaded_at: Option<(String, String)>,
    pub(crate) left_out: BTreeMap<&'static str, usize>,
}

impl Statistics {
    pub(crate) fn of(publication: &Publication) -> Self {
        let rows = &publication.rows;
        let by_split_and_class =
            counts(rows.iter().map(|row| (row.split, publication.class_of(row))));
        let left_out = publication.reasons();
        let mut statistics = Self { by_split_and_class, left_out, ..Self::default() };
        for (split, classes) in &statistics.by_split_and_class {
            for (class, images) in classes {
                *statistics.by_split.entry(*split).or_default() += images;
                *statistics.by_class.entry(class.clone()).or_default() += images;
            }
        }
        for row in rows {
            statistics.images += 1;
            statistics.bytes += row.image_at.bytes;
            *statistics.by_type.entry(row.image_at.media_type.clone()).or_default() += 1;
            *statistics.by_customer.entry(row.customer.to_string()).or_default() += 1;
        }
        let range = |of: fn(&IndexRow) -> u32| {
            let all = || rows.iter().map(of);
            all().min().zip(all().max())
        };
        statistics.width = range(|row| row.image_at.width);
        statistics.height = range(|row| row.image_at.height);
        let moments = || rows.iter().map(|row| row.uploaded_at);
        let ends = moments().min().zip(moments().max());
        statistics.uploaded_at = ends.map(|(first, last)| (first.to_string(), last.to_string()));
        statistics
    }
}
