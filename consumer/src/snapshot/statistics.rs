//! What a snapshot holds, in numbers: `stats.json`, and what the dataset card tells of.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    choose::{Choice, Counts},
    index::Indexed,
};

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
    pub(crate) fn of(choice: &Choice, rows: &[Indexed<'_>]) -> Self {
        let (by_split_and_class, left_out) = (choice.counts(), choice.reasons());
        let mut statistics = Self { by_split_and_class, left_out, ..Self::default() };
        for (split, classes) in &statistics.by_split_and_class {
            for (class, images) in classes {
                *statistics.by_split.entry(*split).or_default() += images;
                *statistics.by_class.entry(class.clone()).or_default() += images;
            }
        }
        for row in rows {
            statistics.count(row);
        }
        let range = |of: fn(&Indexed<'_>) -> u32| {
            let all = || rows.iter().map(of);
            all().min().zip(all().max())
        };
        statistics.width = range(|row| row.row.width);
        statistics.height = range(|row| row.row.height);
        let moments = || rows.iter().map(|row| row.chosen.record.uploaded_at);
        let ends = moments().min().zip(moments().max());
        statistics.uploaded_at = ends.map(|(first, last)| (first.to_string(), last.to_string()));
        statistics
    }

    fn count(&mut self, row: &Indexed<'_>) {
        self.images += 1;
        self.bytes += row.row.bytes;
        *self.by_type.entry(row.row.media_type.clone()).or_default() += 1;
        *self.by_customer.entry(row.chosen.record.customer.to_string()).or_default() += 1;
    }
}
