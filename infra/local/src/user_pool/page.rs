//! Listing in pages: at most 60 entries, and the place where the next page begins.

use serde::Deserialize;

use super::error::Error;

const ENTRIES_MAX: usize = 60;

/// How many entries the caller wants at most: 1 to 60, 60 unless told.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "usize")]
pub(super) struct Limit(usize);

impl Default for Limit {
    fn default() -> Self {
        Self(ENTRIES_MAX)
    }
}

impl TryFrom<usize> for Limit {
    type Error = Error;

    fn try_from(entries: usize) -> Result<Self, Error> {
        let refused = || Error::InvalidParameter(format!("Limit is from 1 to {ENTRIES_MAX}"));
        (1..=ENTRIES_MAX).contains(&entries).then_some(Self(entries)).ok_or_else(refused)
    }
}

/// The first entries, and the `key` of the last of them when more follow.
pub(super) fn page<T>(
    entries: impl Iterator<Item = T>,
    limit: Limit,
    key: impl Fn(&T) -> String,
) -> (Vec<T>, Option<String>) {
    let mut shown: Vec<T> = entries.take(limit.0 + 1).collect();
    let more = shown.len() > limit.0;
    shown.truncate(limit.0);
    let next = shown.last().filter(|_| more).map(key);
    (shown, next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_where_the_next_page_begins_only_when_there_is_one() {
        let numbers = |count: usize| page(0..count, Limit(3), usize::to_string);
        assert_eq!(numbers(2), (vec![0, 1], None));
        assert_eq!(numbers(3), (vec![0, 1, 2], None));
        assert_eq!(numbers(4), (vec![0, 1, 2], Some("2".to_owned())));
    }
}
