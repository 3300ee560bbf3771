//! The name of an upload that is not yet an image.

use std::{fmt, str::FromStr};

use data_encoding::BASE32_NOPAD;
use serde::{Deserialize, Serialize};

use crate::image_id::{ImageId, ImageIdError};

/// 160 random bits in the printed form of an [`ImageId`]: nobody guesses another's upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UploadId(ImageId);

/// A text that is no [`UploadId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an upload's id is 32 characters of a to z and 2 to 7")]
pub struct UploadIdError(#[from] ImageIdError);

impl UploadId {
    /// A new one from the system's random source.
    ///
    /// # Panics
    /// Where the system has no random source: nothing that signs or encrypts works there either.
    pub fn random() -> Self {
        let mut bits = [0; 20];
        aws_lc_rs::rand::fill(&mut bits).expect("the system has a random source");
        let text = BASE32_NOPAD.encode(&bits).to_ascii_lowercase();
        Self(text.parse().expect("20 bytes are 32 characters of base32"))
    }
}

impl FromStr for UploadId {
    type Err = UploadIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.parse()?))
    }
}

impl fmt::Display for UploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_are_never_the_same_and_each_prints_as_it_parses() {
        let (one, other) = (UploadId::random(), UploadId::random());
        assert_ne!(one, other);
        assert_eq!(one.to_string().parse(), Ok(one));
    }
}
