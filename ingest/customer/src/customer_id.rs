//! The name of a customer: first segment of every delivery path, tag of every session.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// `[a-z][a-z0-9-]{2,38}` and not a reserved word: 3 to 39 characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CustomerId(String);

/// Why a text is no [`CustomerId`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CustomerIdError {
    #[error(
        "a customer's name is 3 to 39 lower-case letters, digits and hyphens, and begins with a letter"
    )]
    Grammar,
    #[error("'{0}' is a reserved word; choose another name for the customer")]
    Reserved(String),
}

impl CustomerId {
    /// First path segments that belong to the service, or may one day.
    pub const RESERVED: &[&str] = &[
        "admin",
        "api",
        "assets",
        "console",
        "darkroom",
        "docs",
        "favicon",
        "health",
        "healthz",
        "iiif",
        "internal",
        "login",
        "logout",
        "metrics",
        "openapi",
        "original",
        "robots",
        "static",
        "status",
        "v1",
        "v2",
        "well-known",
        "www",
    ];

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CustomerId {
    type Err = CustomerIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let well_formed = (3..=39).contains(&text.len())
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !well_formed {
            return Err(CustomerIdError::Grammar);
        }
        if Self::RESERVED.contains(&text) {
            return Err(CustomerIdError::Reserved(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for CustomerId {
    type Error = CustomerIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<CustomerId> for String {
    fn from(id: CustomerId) -> Self {
        id.0
    }
}

impl fmt::Display for CustomerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grammar_at_its_edges() {
        for good in ["abc", "a-1", "acme", &"a".repeat(39), "a--"] {
            assert_eq!(good.parse::<CustomerId>().map(|id| id.to_string()), Ok(good.to_owned()));
        }
        for bad in
            ["", "ab", &"a".repeat(40), "1abc", "-abc", "Acme", "ac_me", "ac.me", "acmé", "a/b"]
        {
            assert_eq!(bad.parse::<CustomerId>(), Err(CustomerIdError::Grammar), "{bad}");
        }
    }

    #[test]
    fn every_reserved_word_that_the_grammar_allows_is_refused() {
        for word in CustomerId::RESERVED.iter().filter(|word| word.len() > 2) {
            assert_eq!(
                word.parse::<CustomerId>(),
                Err(CustomerIdError::Reserved((*word).to_owned()))
            );
        }
    }
}
