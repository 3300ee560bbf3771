//! What the edge was told to forget.
//!
//! An answer counts the purges that there had been when the origin was asked for it. Whoever is
//! about to use it looks at those that came later, so that a purge holds from the moment it returns,
//! for what lies in memory and on disk and for what is still on its way.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        PoisonError, RwLock, RwLockReadGuard,
        atomic::{AtomicU64, Ordering},
    },
};

use customer::CustomerId;

use super::{answer::Answer, key::Key};

/// An answer that is older than this many purges has to be asked for again.
const REMEMBERED_MAX: usize = 10_000;

/// What is forgotten: an item of CloudFront's invalidation batches.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Forgotten {
    /// `#tag`: every answer with this tag.
    Tag(String),
    /// `/acme/*`: every path that begins like this.
    Beginning(String),
    /// `/acme/image`: this path, with any query.
    Path(String),
}

impl Forgotten {
    /// Reads an item; `None` where it is neither a tag nor a path.
    pub fn parse(item: &str) -> Option<Self> {
        if let Some(tag) = item.strip_prefix('#') {
            return (!tag.is_empty()).then(|| Self::Tag(tag.to_owned()));
        }
        let path = item.strip_prefix('/').map(|_| item)?;
        Some(match path.strip_suffix('*') {
            Some(beginning) => Self::Beginning(beginning.to_owned()),
            None => Self::Path(path.to_owned()),
        })
    }

    /// The customer of whom everything is forgotten.
    pub(super) fn customer(&self) -> Option<CustomerId> {
        match self {
            Self::Tag(tag) => tag.strip_prefix("c:")?.parse().ok(),
            Self::Beginning(_) | Self::Path(_) => None,
        }
    }

    pub(super) fn concerns(
        &self,
        path: &str,
        mut tags: impl Iterator<Item = impl AsRef<str>>,
    ) -> bool {
        match self {
            Self::Tag(tag) => tags.any(|own| own.as_ref().eq_ignore_ascii_case(tag)),
            Self::Beginning(beginning) => path.starts_with(beginning),
            Self::Path(own) => own == path,
        }
    }
}

/// Purges of which answers may still lie about, with how many there had been with each.
#[derive(Debug, Default)]
pub(super) struct Untidied(HashMap<Forgotten, u64>);

impl Untidied {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn add(&mut self, forgotten: Forgotten, count: u64) {
        self.0.insert(forgotten, count);
    }

    /// Whether one of them concerns an answer that was asked for before it.
    pub(super) fn concern(&self, path: &str, tags: &[impl AsRef<str>], asked_after: u64) -> bool {
        let mut came_later = self.0.iter().filter(|(_, count)| asked_after < **count);
        came_later.any(|(forgotten, _)| forgotten.concerns(path, tags.iter()))
    }
}

/// The purges, the latest last.
#[derive(Debug, Default)]
pub(super) struct Purges {
    count: AtomicU64,
    latest: RwLock<VecDeque<Forgotten>>,
}

impl Purges {
    /// How many there have been.
    pub(super) fn count(&self) -> u64 {
        self.count.load(Ordering::SeqCst)
    }

    /// Adds one; returns how many there have been with it.
    pub(super) fn add(&self, forgotten: Forgotten) -> u64 {
        let mut latest = self.latest.write().unwrap_or_else(PoisonError::into_inner);
        if latest.len() == REMEMBERED_MAX {
            latest.pop_front();
        }
        latest.push_back(forgotten);
        self.count.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// Whether a purge after the first `since` concerns an answer, or may do so.
    pub(super) fn concern(&self, key: &Key, answer: &Answer, since: u64) -> bool {
        let later = self.count().saturating_sub(since);
        if later == 0 {
            return false;
        }
        let latest = self.latest();
        // Purges may have come meanwhile: one too many is looked at, never one too few.
        let later = usize::try_from(self.count().saturating_sub(since)).unwrap_or(usize::MAX);
        later > latest.len()
            || latest
                .iter()
                .rev()
                .take(later)
                .any(|forgotten| forgotten.concerns(key.path(), answer.tags()))
    }

    fn latest(&self) -> RwLockReadGuard<'_, VecDeque<Forgotten>> {
        self.latest.read().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_tags_beginnings_and_paths() {
        let concerns = |item: &str| {
            Forgotten::parse(item).map(|f| f.concerns("/acme/x", ["c:acme", "i:x"].iter()))
        };
        for (item, expected) in [
            ("#i:x", Some(true)),
            ("#I:X", Some(true)),
            ("#i:xy", Some(false)),
            ("/*", Some(true)),
            ("/acme/*", Some(true)),
            ("/beta/*", Some(false)),
            ("/acme/x", Some(true)),
            ("/acme/xy", Some(false)),
            ("#", None),
            ("", None),
            ("acme/x", None),
        ] {
            assert_eq!(concerns(item), expected, "{item}");
        }
    }
}
