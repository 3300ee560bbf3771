//! How a snapshot is named where several datasets are meant: `pets/3`.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{DatasetName, DatasetNameError};

/// A dataset and the number of one of its snapshots.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SnapshotName {
    pub dataset: DatasetName,
    pub number: u32,
}

/// Why a text names no snapshot.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotNameError {
    #[error("a snapshot is named by its dataset and its number, as in pets/3")]
    NoNumber,
    #[error(transparent)]
    Dataset(#[from] DatasetNameError),
}

impl FromStr for SnapshotName {
    type Err = SnapshotNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (dataset, number) = text.split_once('/').ok_or(SnapshotNameError::NoNumber)?;
        let number = number.parse().map_err(|_| SnapshotNameError::NoNumber)?;
        Ok(Self { dataset: dataset.parse()?, number })
    }
}

impl TryFrom<String> for SnapshotName {
    type Error = SnapshotNameError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<SnapshotName> for String {
    fn from(name: SnapshotName) -> Self {
        name.to_string()
    }
}

impl fmt::Display for SnapshotName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.dataset, self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_is_named_by_dataset_and_number() {
        let name: SnapshotName = "pets/3".parse().unwrap();
        assert_eq!(
            (name.dataset.as_str(), name.number, name.to_string()),
            ("pets", 3, "pets/3".into())
        );
        for wrong in ["pets", "pets/", "pets/x", "pets/-1", "pets/3/4"] {
            assert_eq!(wrong.parse::<SnapshotName>(), Err(SnapshotNameError::NoNumber), "{wrong}");
        }
        assert!(matches!("Pets/3".parse::<SnapshotName>(), Err(SnapshotNameError::Dataset(_))));
    }
}
