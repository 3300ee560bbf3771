//! The cache key: everything that may change an answer, in one spelling, and nothing else.

use std::fmt;

use customer::Viewer;
use resizer_lambda::negotiate::Accepts;

/// Syntactic: several keys may come to one rendition at the origin.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) viewer: Viewer,
    /// The path, with the known parameters sorted and the others dropped.
    pub(super) path_and_query: String,
    /// Other than [`Accepts::Other`] only where `Accept` matters.
    pub(super) accepts: Accepts,
}

impl Key {
    /// The path, which is the same for all renditions of an image.
    pub(super) fn path(&self) -> &str {
        self.path_and_query.split('?').next().unwrap_or_default()
    }
}

/// One line, different for each key.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { viewer, path_and_query, accepts } = self;
        write!(f, "{} {} {path_and_query}", viewer.as_str(), accepts.header())
    }
}
