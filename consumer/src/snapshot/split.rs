//! Which split an image belongs to, and where in it: by hash, so that it stays in its split in every snapshot and a
//! rebuild is the same to the byte.

use aws_lc_rs::digest::{SHA256, digest};
use customer::recipe::Shares;
use serde::{Deserialize, Serialize};

/// A part of a dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Split {
    Train,
    Validation,
    Test,
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

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|split| split.as_str() == name)
    }

    /// The split of a group: where the first 64 bits of SHA-256("split-v1:" + group) lie between 0 and 2^64.
    pub(crate) fn of(shares: &Shares, group: &str) -> Self {
        let at = fraction(&format!("split-v1:{group}"));
        if at < shares.train {
            Self::Train
        } else if at < shares.train + shares.validation {
            Self::Validation
        } else {
            Self::Test
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
    use customer::recipe::Group;

    use super::*;

    /// The expected splits were computed with Python's hashlib.
    #[test]
    fn splits_are_those_of_the_documented_hash() {
        let shares = Shares::default();
        for (group, fraction_of_it, split) in EXPECTED {
            assert!((fraction(&format!("split-v1:{group}")) - fraction_of_it).abs() < 1e-11);
            assert_eq!(Split::of(&shares, group), split, "{group}");
        }
    }

    #[test]
    fn shares_are_kept_over_many_groups() {
        let shares = Shares { train: 0.6, validation: 0.3, group: Group::Original };
        let mut counts = [0; 3];
        for number in 0..10_000 {
            counts[Split::of(&shares, &number.to_string()) as usize] += 1;
        }
        for (count, expected) in counts.into_iter().zip([6_000_i32, 3_000, 1_000]) {
            assert!((count - expected).abs() < 200, "{counts:?}");
        }
    }

    const EXPECTED: [(&str, f64, Split); 4] = [
        ("group 0", 0.530_956_068_520, Split::Train),
        ("group 1", 0.132_280_403_054, Split::Train),
        ("group 2", 0.924_943_234_132, Split::Test),
        ("group 16", 0.864_880_954_038, Split::Validation),
    ];
}
