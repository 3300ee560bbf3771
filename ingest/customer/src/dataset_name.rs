//! The name of a dataset: one segment of the keys of its snapshots and shards.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// `[a-z0-9][a-z0-9-]{0,62}`: 1 to 63 characters, and not a verb of `snapshot`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DatasetName(String);

/// `snapshot diff` compares, and does not build.
const RESERVED: [&str; 2] = ["diff", "help"];

/// Why a text is no [`DatasetName`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a dataset's name is 1 to 63 lower-case letters, digits and hyphens, does not begin with a hyphen and is none of \
     'diff' and 'help'; '{0}' is not such a name"
)]
pub struct DatasetNameError(String);

impl DatasetName {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for DatasetName {
    type Err = DatasetNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let sound =
            (1..=63).contains(&text.len()) && text.bytes().all(known) && !text.starts_with('-');
        if sound && !RESERVED.contains(&text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(DatasetNameError(text.to_owned()))
        }
    }
}

impl TryFrom<String> for DatasetName {
    type Error = DatasetNameError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<DatasetName> for String {
    fn from(name: DatasetName) -> Self {
        name.0
    }
}

impl fmt::Display for DatasetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_segment_of_a_key() {
        for name in ["a", "9", "cats-and-dogs", &"a".repeat(63)] {
            assert_eq!(name.parse::<DatasetName>().unwrap().as_str(), name);
        }
        for name in ["", "-a", "a/b", "..", "A", "é", "a_b", "diff", &"a".repeat(64)] {
            assert_eq!(name.parse::<DatasetName>(), Err(DatasetNameError(name.to_owned())));
        }
    }
}
