//! The name of an image: its content.

use std::{fmt, str::FromStr};

use data_encoding::{BASE32_NOPAD, BASE32_NOPAD_NOCASE, HEXLOWER};
use serde::{Deserialize, Serialize};

/// The first 160 bits of the SHA-256 of the original's bytes, printed as RFC 4648 base32 in lower
/// case: 32 characters. The same bytes have the same name, so a retried upload is harmless and an
/// original never changes under its name.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ImageId([u8; 20]);

/// A text that is no [`ImageId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an image's id is 32 characters of a to z and 2 to 7")]
pub struct ImageIdError;

impl ImageId {
    /// The id of an original, and the SHA-256 that it was cut from, in lower-case hex.
    pub fn of(original: &[u8]) -> (Self, String) {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, original);
        let mut id = [0; 20];
        id.copy_from_slice(&digest.as_ref()[..20]);
        (Self(id), HEXLOWER.encode(digest.as_ref()))
    }

    /// Whether it was cut from this SHA-256 in lower-case hex.
    pub fn begins(self, sha256: &str) -> bool {
        let bytes = HEXLOWER.decode(sha256.as_bytes());
        bytes.is_ok_and(|bytes| bytes.len() == 32 && bytes.starts_with(&self.0))
    }
}

impl FromStr for ImageId {
    type Err = ImageIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() != 32 || text.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(ImageIdError);
        }
        let mut id = [0; 20];
        BASE32_NOPAD_NOCASE.decode_mut(text.as_bytes(), &mut id).map_err(|_| ImageIdError)?;
        Ok(Self(id))
    }
}

impl TryFrom<String> for ImageId {
    type Error = ImageIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ImageId> for String {
    fn from(id: ImageId) -> Self {
        id.to_string()
    }
}

impl fmt::Display for ImageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE32_NOPAD.encode(&self.0).to_ascii_lowercase())
    }
}

impl fmt::Debug for ImageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SHA-256 of "abc" (FIPS 180-2, appendix B.1); base32 of its first 20 bytes by coreutils.
    #[test]
    fn known_answer() {
        let (id, sha256) = ImageId::of(b"abc");
        assert_eq!(sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(id.to_string(), "xj4bnp4pahh6uqkbidpf3lrceoyagynd");
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn only_the_printed_form_parses() {
        for bad in [
            "",
            "xj4bnp4pahh6uqkbidpf3lrceoyagyn",
            "xj4bnp4pahh6uqkbidpf3lrceoyagyndd",
            "XJ4BNP4PAHH6UQKBIDPF3LRCEOYAGYND",
            "xj4bnp4pahh6uqkbidpf3lrceoyagyn1",
            "../bnp4pahh6uqkbidpf3lrceoyagynd",
        ] {
            assert_eq!(bad.parse::<ImageId>(), Err(ImageIdError), "{bad}");
        }
    }
}
