//! The checksums that S3 knows beside MD5: one a request, verified when sent and given back when asked for.

use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Crc32, Crc32c, Crc64Nvme, Sha1, Sha256};
use s3s::{S3Error, S3Result, dto, s3_error};
use serde::{Deserialize, Serialize};

/// Names as in `x-amz-checksum-algorithm`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum Algorithm {
    Crc32,
    Crc32c,
    Crc64nvme,
    Sha1,
    Sha256,
}

/// A stored checksum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Checksum {
    pub(super) algorithm: Algorithm,
    /// Base64; of a multipart object's part checksums it ends in `-` and the number of parts.
    pub(super) value: String,
}

/// The one checksum among the five fields of an operation's input.
macro_rules! checksum_of {
    ($input:expr) => {{
        use $crate::s3::checksum::{Algorithm, Checksum};
        Checksum::only([
            (Algorithm::Crc32, &$input.checksum_crc32),
            (Algorithm::Crc32c, &$input.checksum_crc32c),
            (Algorithm::Crc64nvme, &$input.checksum_crc64nvme),
            (Algorithm::Sha1, &$input.checksum_sha1),
            (Algorithm::Sha256, &$input.checksum_sha256),
        ])
    }};
}
pub(super) use checksum_of;

/// Writes a stored checksum into the five fields of an operation's output.
macro_rules! set_checksum {
    ($output:expr, $checksum:expr) => {
        if let Some(checksum) = $checksum {
            use $crate::s3::checksum::Algorithm;
            let field = match checksum.algorithm {
                Algorithm::Crc32 => &mut $output.checksum_crc32,
                Algorithm::Crc32c => &mut $output.checksum_crc32c,
                Algorithm::Crc64nvme => &mut $output.checksum_crc64nvme,
                Algorithm::Sha1 => &mut $output.checksum_sha1,
                Algorithm::Sha256 => &mut $output.checksum_sha256,
            };
            *field = Some(checksum.value.clone());
        }
    };
}
pub(super) use set_checksum;

impl Algorithm {
    const ALL: [Self; 5] = [Self::Crc32, Self::Crc32c, Self::Crc64nvme, Self::Sha1, Self::Sha256];

    /// Reads `x-amz-checksum-algorithm`.
    pub(super) fn parse(name: &str) -> S3Result<Self> {
        let found = Self::ALL.into_iter().find(|known| known.name() == name);
        found.ok_or_else(|| {
            s3_error!(
                InvalidRequest,
                "checksum algorithm {name:?}; known are CRC32, CRC32C, CRC64NVME, SHA1, SHA256"
            )
        })
    }

    /// The algorithm of a header such as `x-amz-checksum-crc32`, also as named by `x-amz-trailer`.
    pub(super) fn of_header(name: &str) -> Option<Self> {
        let suffix = name.strip_prefix("x-amz-checksum-")?;
        Self::ALL.into_iter().find(|known| known.name().eq_ignore_ascii_case(suffix))
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    pub(super) fn hasher(self) -> ChecksumHasher {
        let mut hasher = ChecksumHasher::default();
        match self {
            Self::Crc32 => hasher.crc32 = Some(Crc32::default()),
            Self::Crc32c => hasher.crc32c = Some(Crc32c::default()),
            Self::Crc64nvme => hasher.crc64nvme = Some(Crc64Nvme::default()),
            Self::Sha1 => hasher.sha1 = Some(Sha1::default()),
            Self::Sha256 => hasher.sha256 = Some(Sha256::default()),
        }
        hasher
    }
}

impl Checksum {
    /// The one value that was sent, if any.
    pub(super) fn only(sent: [(Algorithm, &Option<String>); 5]) -> S3Result<Option<Self>> {
        let mut sent = sent
            .into_iter()
            .filter_map(|(algorithm, value)| Some(Self { algorithm, value: value.clone()? }));
        let first = sent.next();
        match sent.next() {
            Some(_) => Err(s3_error!(InvalidRequest, "Expecting a single x-amz-checksum- header")),
            None => Ok(first),
        }
    }

    /// The result of a hasher made by [`Algorithm::hasher`].
    pub(super) fn finish(hasher: ChecksumHasher) -> Option<Self> {
        let sums: dto::Checksum = hasher.finalize();
        checksum_of!(sums).ok().flatten()
    }

    /// S3's checksum of a multipart object: the checksum of the parts' checksums.
    pub(super) fn composite(parts: &[Self]) -> Option<Self> {
        let algorithm = parts.first()?.algorithm;
        let mut hasher = algorithm.hasher();
        for part in parts.iter().filter(|part| part.algorithm == algorithm) {
            hasher.update(&data_encoding::BASE64.decode(part.value.as_bytes()).ok()?);
        }
        let whole = Self::finish(hasher)?;
        Some(Self { algorithm, value: format!("{}-{}", whole.value, parts.len()) })
    }

    /// Whether a client's value is this one. A composite may be sent with or without its number of parts.
    pub(super) fn agrees_with(&self, sent: &str) -> bool {
        sent == self.value
            || self.is_composite() && self.value.split_once('-').is_some_and(|(sum, _)| sum == sent)
    }

    /// `COMPOSITE` or `FULL_OBJECT`.
    pub(super) fn kind(&self) -> dto::ChecksumType {
        let kind = if self.is_composite() {
            dto::ChecksumType::COMPOSITE
        } else {
            dto::ChecksumType::FULL_OBJECT
        };
        dto::ChecksumType::from_static(kind)
    }

    fn is_composite(&self) -> bool {
        self.value.contains('-')
    }

    /// The refusal of a body that is not what its checksum says.
    pub(super) fn mismatch(algorithm: Algorithm) -> S3Error {
        s3_error!(
            BadDigest,
            "The {} you specified did not match the calculated checksum.",
            algorithm.name()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_values_of_the_algorithms() {
        // "123456789", the catalogue's check input.
        let expected = [
            (Algorithm::Crc32, "y/Q5Jg=="),
            (Algorithm::Crc32c, "4waSgw=="),
            (Algorithm::Crc64nvme, "rosUhgp5mIg="),
            (Algorithm::Sha1, "98O8HYCOBHMq32eZZczDTKeuNEE="),
            (Algorithm::Sha256, "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="),
        ];
        for (algorithm, value) in expected {
            let mut hasher = algorithm.hasher();
            hasher.update(b"1234");
            hasher.update(b"56789");
            assert_eq!(
                Checksum::finish(hasher).unwrap(),
                Checksum { algorithm, value: value.to_owned() }
            );
        }
    }

    #[test]
    fn names_are_read_from_headers_and_parameters() {
        assert_eq!(Algorithm::of_header("x-amz-checksum-crc64nvme"), Some(Algorithm::Crc64nvme));
        assert_eq!(Algorithm::of_header("x-amz-checksum-algorithm"), None);
        assert_eq!(Algorithm::parse("SHA256").unwrap(), Algorithm::Sha256);
        assert!(Algorithm::parse("MD4").unwrap_err().message().unwrap().contains("MD4"));
    }
}
