//! One object in one file: its bytes, then what S3 knows about it.
//!
//! ```text
//! body | description (JSON) | length of the description (u32, little endian) | "DARKROOM"
//! ```
//!
//! The description comes last because size, `ETag` and checksums are known only when the last byte has arrived:
//! the file is written once, front to back, and a range of the object is the same range of the file.
//! A file without a whole description is not an object.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;

use s3s::dto::Timestamp;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::checksum::Checksum;

const MAGIC: &[u8; 8] = b"DARKROOM";
/// Length field and magic.
const FOOTER_BYTES: u64 = 12;
/// One read at the end of the file is enough for nearly every description.
const TAIL_BYTES: u64 = 2048;
/// Keys and metadata are bounded by S3 itself; anything longer is not a description.
const DESCRIPTION_BYTES_MAX: u64 = 1 << 20;

/// What S3 knows about an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Object {
    pub(super) key: String,
    pub(super) size: u64,
    /// Without quotes: MD5 of the body in hex, or of its parts' MD5s with `-` and their number.
    pub(super) etag: String,
    /// Milliseconds since 1970.
    pub(super) modified_ms: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) checksum: Option<Checksum>,
    #[serde(flatten)]
    pub(super) headers: Headers,
}

/// The headers that a client stores with an object and gets back with it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Headers {
    pub(super) content_type: Option<String>,
    pub(super) cache_control: Option<String>,
    pub(super) content_disposition: Option<String>,
    pub(super) content_encoding: Option<String>,
    pub(super) content_language: Option<String>,
    /// Seconds since 1970.
    pub(super) expires: Option<i64>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) metadata: BTreeMap<String, String>,
}

/// Collects [`Headers`] from the input of an operation that stores an object.
macro_rules! headers_of {
    ($input:expr) => {
        $crate::s3::object::Headers {
            content_type: $input.content_type.clone(),
            cache_control: $input.cache_control.clone(),
            content_disposition: $input.content_disposition.clone(),
            content_encoding: $input.content_encoding.clone(),
            content_language: $input.content_language.clone(),
            expires: $input
                .expires
                .clone()
                .map(|at| time::OffsetDateTime::from(at).unix_timestamp()),
            metadata: $input.metadata.clone().unwrap_or_default().into_iter().collect(),
        }
    };
}
pub(super) use headers_of;

impl Object {
    /// Writes the description, which ends a file after the body.
    pub(super) fn append_to(&self, mut file: impl Write) -> io::Result<()> {
        let mut footer = serde_json::to_vec(self)?;
        let length = u32::try_from(footer.len()).map_err(io::Error::other)?;
        footer.extend_from_slice(&length.to_le_bytes());
        footer.extend_from_slice(MAGIC);
        file.write_all(&footer)
    }

    /// Reads the description of a file without its body.
    pub(super) fn read_from(file: &File) -> io::Result<Self> {
        let end = file.metadata()?.len();
        let tail = read_tail(file, end, TAIL_BYTES)?;
        let length = description_length(&tail)?;
        let whole = if length + FOOTER_BYTES <= tail.len() as u64 {
            tail
        } else {
            read_tail(file, end, length + FOOTER_BYTES)?
        };
        let description = description_in(&whole, length)?;
        let object: Self = serde_json::from_slice(description)?;
        if object.size + length + FOOTER_BYTES != end {
            return Err(malformed("the body is not as long as the description says"));
        }
        Ok(object)
    }

    /// When the object was stored, as S3 tells it.
    pub(super) fn modified(&self) -> Timestamp {
        timestamp(self.modified_ms)
    }
}

/// Milliseconds since 1970 as S3's timestamp.
pub(super) fn timestamp(ms: i64) -> Timestamp {
    let nanos = i128::from(ms) * 1_000_000;
    OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap_or(OffsetDateTime::UNIX_EPOCH).into()
}

fn read_tail(file: &File, end: u64, length: u64) -> io::Result<Vec<u8>> {
    let length = length.min(end);
    let mut tail = vec![0; usize::try_from(length).map_err(io::Error::other)?];
    file.read_exact_at(&mut tail, end - length)?;
    Ok(tail)
}

fn description_length(tail: &[u8]) -> io::Result<u64> {
    let (rest, magic) = tail.split_last_chunk::<8>().ok_or_else(|| malformed("too short"))?;
    let (_, length) = rest.split_last_chunk::<4>().ok_or_else(|| malformed("too short"))?;
    let length = u64::from(u32::from_le_bytes(*length));
    if magic != MAGIC || length > DESCRIPTION_BYTES_MAX {
        return Err(malformed("no description at its end"));
    }
    Ok(length)
}

fn description_in(tail: &[u8], length: u64) -> io::Result<&[u8]> {
    let before_footer =
        tail.len().checked_sub(usize::try_from(FOOTER_BYTES).map_err(io::Error::other)?);
    let length = usize::try_from(length).map_err(io::Error::other)?;
    before_footer
        .and_then(|end| tail.get(end.checked_sub(length)?..end))
        .ok_or_else(|| malformed("the description is longer than the file"))
}

fn malformed(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("not an object file: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(key: &str, body: &[u8]) -> Object {
        Object {
            key: key.to_owned(),
            size: body.len() as u64,
            etag: "e".to_owned(),
            modified_ms: 1_700_000_000_123,
            checksum: None,
            headers: Headers { content_type: Some("image/png".to_owned()), ..Headers::default() },
        }
    }

    fn file_with(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    #[test]
    fn what_was_appended_is_read_back_however_long_it_is() {
        for key in ["a", &"k".repeat(900), &"\u{1}".repeat(1024)] {
            let mut file = file_with(b"body");
            let written = object(key, b"body");
            written.append_to(&mut file).unwrap();
            assert_eq!(Object::read_from(&file).unwrap(), written);
        }
    }

    #[test]
    fn a_file_cut_anywhere_is_not_an_object() {
        let mut whole = file_with(b"body");
        object("a", b"body").append_to(&mut whole).unwrap();
        let end = whole.metadata().unwrap().len();
        for kept in 0..end {
            whole.set_len(kept).unwrap();
            let mut cut = vec![0; usize::try_from(kept).unwrap()];
            whole.read_exact_at(&mut cut, 0).unwrap();
            Object::read_from(&file_with(&cut)).unwrap_err();
            whole.set_len(0).unwrap();
            whole = file_with(b"body");
            object("a", b"body").append_to(&mut whole).unwrap();
        }
    }

    #[test]
    fn a_body_that_lost_bytes_is_not_an_object() {
        let mut file = file_with(b"bod");
        object("a", b"body").append_to(&mut file).unwrap();
        let error = Object::read_from(&file).unwrap_err();
        assert_eq!(
            error.to_string(),
            "not an object file: the body is not as long as the description says"
        );
    }
}
