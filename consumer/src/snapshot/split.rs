//! Which split an image belongs to, and where in it: by hash, so that it stays in its split in every snapshot and a
//! rebuild is the same to the byte.

use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

/// A part of a dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Split {
    Train,
    Validation,
    Test,
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

impl Default for Shares {
    fn default() -> Self {
        Self { train: 0.8, validation: 0.1, group: Group::Original }
    }
}

impl Split {
    pub(crate) const ALL: [Self; 3] = [Self::Train, Self::Validation, Self::Test];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
        }
    }
}

impl Shares {
    /// Whether the shares are shares of one whole.
    pub(crate) fn are_sound(&self) -> bool {
        let Self { train, validation, .. } = *self;
        train >= 0.0 && validation >= 0.0 && train + validation <= 1.0
    }

    /// The split of a group: where the first 64 bits of SHA-256("split-v1:" + group) lie between 0 and 2^64.
    pub(crate) fn of(&self, group: &str) -> Split {
        let at = fraction(&format!("split-v1:{group}"));
        if at < self.train {
            Split::Train
        } else if at < self.train + self.validation {
            Split::Validation
        } else {
            Split::Test
        }
    }
}

/// What samples of a split are sorted by: as good as shuffled, and the same everywhere.
pub(crate) fn order(dataset: &str, key: &str) -> [u8; 32] {
    let hash = digest(&SHA256, format!("order-v1:{dataset}:{key}").as_bytes());
    hash.as_ref().try_into().expect("a SHA-256 has 32 bytes")
}

#[expect(clippy::cast_precision_loss, reason = "53 bits of 64 tell splits apart")]
fn fraction(text: &str) -> f64 {
    let hash = digest(&SHA256, text.as_bytes());
    let (first, _) = hash.as_ref().split_first_chunk().expect("a SHA-256 has 32 bytes");
    u64::from_be_bytes(*first) as f64 / 2_f64.powi(64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expected splits were computed with Python's hashlib.
    #[test]
    fn splits_are_those_of_the_documented_hash() {
        let shares = Shares::default();
        for (group, fraction_of_it, split) in EXPECTED {
            assert!((fraction(&format!("split-v1:{group}")) - fraction_of_it).abs() < 1e-11);
            assert_eq!(shares.of(group), split, "{group}");
        }
    }

    #[test]
    fn shares_are_kept_over_many_groups() {
        let shares = Shares { train: 0.6, validation: 0.3, group: Group::Original };
        let mut counts = [0; 3];
        for number in 0..10_000 {
            counts[shares.of(&number.to_string()) as usize] += 1;
        }
        for (count, expected) in counts.into_iter().zip([6_000_i32, 3_000, 1_000]) {
            assert!((count - expected).abs() < 200, "{counts:?}");
        }
    }

    #[test]
    fn shares_over_the_whole_are_refused() {
        let of = |train, validation| Shares { train, validation, group: Group::Original };
        assert!(of(0.9, 0.1).are_sound() && of(0.0, 0.0).are_sound());
        assert!(![of(0.9, 0.2), of(-0.1, 0.2), of(f64::NAN, 0.1)].iter().any(Shares::are_sound));
    }

    const EXPECTED: [(&str, f64, Split); 4] = [
        ("group 0", 0.530_956_068_520, Split::Train),
        ("group 1", 0.132_280_403_054, Split::Train),
        ("group 2", 0.924_943_234_132, Split::Test),
        ("group 16", 0.864_880_954_038, Split::Validation),
    ];
}
