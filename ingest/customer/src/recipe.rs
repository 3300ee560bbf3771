//! What a snapshot is made of, as data scientists write it: a small TOML, or the same as JSON, kept with the snapshot.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{CustomerId, Timestamp};

/// Shards of 128 MiB read fast from S3, one after another.
const SHARD_BYTES_DEFAULT: u64 = 128 << 20;
/// A shard is made in memory.
const SHARD_BYTES_MAX: u64 = 1 << 30;
/// No rendition is larger.
const EDGE_MAX_PX: u32 = 8_192;
/// Renditions of a recipe's own size are made anew at this quality.
const QUALITY_DEFAULT: u8 = 90;

/// Every part may be left out; the empty recipe takes everything that may be trained on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Recipe {
    #[serde(skip_serializing_if = "Filter::is_empty")]
    pub filter: Filter,
    /// The classes, in the order of their numbers. Without them every label that is found is one, in alphabetical order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transform: Option<Size>,
    pub balance: Balance,
    pub split: Shares,
    pub shards: Shards,
}

/// Which images are meant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Filter {
    /// With any of these; without, whatever the labels, and none.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub labels: BTreeSet<String>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub customers: BTreeSet<CustomerId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uploaded_from: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uploaded_before: Option<Timestamp>,
    /// Of the original, in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shorter_edge_min_px: Option<u32>,
}

/// Smaller pictures than those that were staged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Size {
    /// Of the longer edge; nothing is enlarged.
    pub edge_max_px: u32,
    #[serde(default = "Size::quality_default")]
    pub quality: u8,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Balance {
    /// At most so many samples of one class, chosen by hash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub images_of_a_class_max: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Shards {
    /// About how large; the last of a split is smaller.
    pub bytes: u64,
}

/// Which share of the groups goes where; what is left over is for the test.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Shares {
    pub train: f64,
    pub validation: f64,
    /// What is never parted.
    pub group: Group,
}

/// What is never parted between splits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Group {
    /// Equal bytes, wherever they come from.
    #[default]
    Original,
    /// All images of a customer: an honest test of what is learnt for customers that the model has never seen.
    Customer,
}

/// Why a text is no recipe.
#[derive(Debug, thiserror::Error)]
pub enum RecipeError {
    #[error("the recipe is no TOML of the documented form")]
    Toml(#[from] toml::de::Error),
    #[error("{0}")]
    Unsound(&'static str),
}

impl Default for Shares {
    fn default() -> Self {
        Self { train: 0.8, validation: 0.1, group: Group::Original }
    }
}

impl Shares {
    /// Whether the shares are shares of one whole.
    fn are_sound(&self) -> bool {
        let Self { train, validation, .. } = *self;
        train >= 0.0 && validation >= 0.0 && train + validation <= 1.0
    }
}

impl Default for Shards {
    fn default() -> Self {
        Self { bytes: SHARD_BYTES_DEFAULT }
    }
}

impl Size {
    fn quality_default() -> u8 {
        QUALITY_DEFAULT
    }
}

impl Recipe {
    pub fn parse(text: &str) -> Result<Self, RecipeError> {
        toml::from_str::<Self>(text)?.checked()
    }

    /// Itself, if what it asks for can be.
    pub fn checked(self) -> Result<Self, RecipeError> {
        self.check().map_err(RecipeError::Unsound)?;
        Ok(self)
    }

    fn check(&self) -> Result<(), &'static str> {
        if !self.split.are_sound() {
            return Err(
                "split.train and split.validation are shares: none below 0, together at most 1",
            );
        }
        if self.classes.iter().any(String::is_empty) {
            return Err("classes names one that is empty");
        }
        if self.classes.iter().collect::<BTreeSet<_>>().len() < self.classes.len() {
            return Err("classes names one of them twice");
        }
        if !(1..=SHARD_BYTES_MAX).contains(&self.shards.bytes) {
            return Err("shards.bytes is 1 to 1073741824");
        }
        if self.balance.images_of_a_class_max == Some(0) {
            return Err("balance.images_of_a_class_max is at least 1");
        }
        match self.transform {
            Some(Size { edge_max_px, quality })
                if !(1..=EDGE_MAX_PX).contains(&edge_max_px) || !(1..=100).contains(&quality) =>
            {
                Err("transform.edge_max_px is 1 to 8192 and transform.quality 1 to 100")
            }
            _ => Ok(()),
        }
    }

    /// As it is kept: the same recipe is the same text.
    ///
    /// # Panics
    /// Never for one that was checked: all that it can hold has a TOML form.
    pub fn text(&self) -> String {
        toml::to_string(self).expect("texts, numbers and lists have a TOML form")
    }
}

impl Filter {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: &str = r#"
classes = ["cat", "dog"]

[filter]
labels = ["cat", "dog"]
customers = ["acme"]
uploaded_from = "2026-01-01T00:00:00Z"
uploaded_before = "2026-12-01T00:00:00Z"
shorter_edge_min_px = 64

[transform]
edge_max_px = 256

[balance]
images_of_a_class_max = 1000

[split]
train = 0.7
validation = 0.2
group = "customer"

[shards]
bytes = 1000000
"#;

    #[test]
    fn a_recipe_is_read_and_kept_as_the_same() {
        let recipe = Recipe::parse(FULL).unwrap();
        assert_eq!(recipe.transform, Some(Size { edge_max_px: 256, quality: 90 }));
        assert_eq!(Recipe::parse(&recipe.text()).unwrap(), recipe);
        assert_eq!(Recipe::parse("").unwrap(), Recipe::default());
        assert_eq!(Recipe::parse(&Recipe::default().text()).unwrap(), Recipe::default());
    }

    #[test]
    fn what_cannot_be_is_refused_with_a_sentence() {
        for (text, part) in [
            ("labels = []", "documented form"),
            ("[split]\ntrain = 1.5", "shares"),
            ("classes = [\"a\", \"a\"]", "twice"),
            ("classes = [\"\"]", "empty"),
            ("[transform]\nedge_max_px = 8193", "1 to 8192"),
            ("[shards]\nbytes = 0", "shards.bytes is 1 to"),
            ("[shards]\nbytes = 1073741825", "shards.bytes is 1 to"),
            ("[balance]\nimages_of_a_class_max = 0", "at least 1"),
            ("[transform]\nedge_max_px = 0", "edge_max_px"),
            ("[filter]\ncustomers = [\"X\"]", "documented form"),
        ] {
            let error = Recipe::parse(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn shares_over_the_whole_are_refused() {
        let of = |train, validation| Shares { train, validation, group: Group::Original };
        assert!(of(0.9, 0.1).are_sound() && of(0.0, 0.0).are_sound());
        assert!(![of(0.9, 0.2), of(-0.1, 0.2), of(f64::NAN, 0.1)].iter().any(Shares::are_sound));
    }
}
