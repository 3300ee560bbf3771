//! What URLs of a customer's images may say: presets by name, and what is refused.

use std::collections::{BTreeMap, BTreeSet};

use aws_lc_rs::digest::{Context, SHA256};
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

/// Bytes of the digest that a version of presets shows.
const VERSION_BYTES: usize = 4;
/// The version where there are no presets.
const NO_PRESETS: &str = "0";

/// What stands among allowed parameters for all of IIIF's URLs.
pub const IIIF: &str = "iiif";

/// Query strings by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Presets(pub BTreeMap<String, String>);

impl Presets {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Another one whenever any preset is another. The edge puts it behind a preset's name, so that what was kept
    /// under the old meaning is not found any more.
    pub fn version(&self) -> String {
        if self.is_empty() {
            return NO_PRESETS.to_owned();
        }
        let mut digest = Context::new(&SHA256);
        for (name, query) in &self.0 {
            digest.update(format!("{name}={query}\n").as_bytes());
        }
        HEXLOWER.encode(&digest.finish().as_ref()[..VERSION_BYTES])
    }
}

/// What is refused in URLs of a customer's images.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UrlRules {
    /// Whether parameters that mean nothing are refused, and not only ignored.
    #[serde(default)]
    pub strict: bool,
    /// Whether whoever has not signed in has to name a preset, and nothing else.
    #[serde(default)]
    pub presets_only: bool,
    /// The parameters that whoever has not signed in may give; all where none is named.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub allowed: BTreeSet<String>,
}

impl UrlRules {
    /// Whether nothing is refused.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_change_is_another_version() {
        let of = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter().map(|(name, query)| ((*name).to_owned(), (*query).to_owned()));
            Presets(pairs.collect()).version()
        };
        assert_eq!(of(&[]), "0");
        // printf 'card=w=400\n' | sha256sum
        assert_eq!(of(&[("card", "w=400")]), "093bce08");
        let versions = [
            of(&[("card", "w=400")]),
            of(&[("card", "w=401")]),
            of(&[("cart", "w=400")]),
            of(&[("card", "w=400"), ("hero", "")]),
        ];
        let different: BTreeSet<_> = versions.iter().collect();
        assert_eq!(different.len(), versions.len());
    }
}
