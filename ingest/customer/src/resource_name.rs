//! The name of a training job, model or endpoint at SageMaker.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// SageMaker's rule, `[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}`: 1 to 63 letters, digits and hyphens, these not at an end.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ResourceName(String);

/// Why a text is no [`ResourceName`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a name of SageMaker's is 1 to 63 letters, digits and hyphens and neither begins nor ends with a hyphen; '{0}' is \
     not such a name"
)]
pub struct ResourceNameError(String);

impl ResourceName {
    /// The longest name, in characters.
    pub const CHARACTERS_MAX: usize = 63;

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ResourceName {
    type Err = ResourceNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        let sound = (1..=Self::CHARACTERS_MAX).contains(&text.len())
            && text.bytes().all(known)
            && !text.starts_with('-')
            && !text.ends_with('-');
        if sound { Ok(Self(text.to_owned())) } else { Err(ResourceNameError(text.to_owned())) }
    }
}

impl TryFrom<String> for ResourceName {
    type Error = ResourceNameError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ResourceName> for String {
    fn from(name: ResourceName) -> Self {
        name.0
    }
}

impl fmt::Display for ResourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_that_sagemaker_takes() {
        for name in ["a", "9", "Pets-3", "a--b", &"a".repeat(63)] {
            assert_eq!(name.parse::<ResourceName>().unwrap().as_str(), name);
        }
        for name in ["", "-a", "a-", "a/b", "a_b", "é", "..", &"a".repeat(64)] {
            assert_eq!(name.parse::<ResourceName>(), Err(ResourceNameError(name.to_owned())));
        }
    }
}
