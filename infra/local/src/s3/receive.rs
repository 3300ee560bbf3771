//! A request's body on its way to disk: hashed as it passes, refused if it is not what its sender said.
//!
//! A large one is written as it comes. A small one is collected until it is known to be whole, and then written with its
//! description, in one turn of another thread.

use std::io::{self, Write};

use bytes::Bytes;
use data_encoding::{BASE64, HEXLOWER};
use futures::StreamExt;
use http::HeaderMap;
use md5::{Digest, Md5};
use s3s::checksum::ChecksumHasher;
use s3s::dto::StreamingBlob;
use s3s::{S3Error, S3ErrorCode, S3Result, TrailingHeaders, s3_error};

use super::broken;
use super::checksum::{Algorithm, Checksum};
use super::store::blocking;
use super::temp::Temp;

/// As much is collected before it is written.
const WRITTEN_AT_ONCE_BYTES: usize = 256 << 10;

/// The sums of a body, made as its bytes pass.
pub(super) struct Sums {
    size: u64,
    md5: Md5,
    checksum: Option<ChecksumHasher>,
}

/// What was found out about a body.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) size: u64,
    pub(super) md5: [u8; 16],
    pub(super) checksum: Option<Checksum>,
}

/// What the sender said about a body.
#[derive(Debug, Default)]
pub(super) struct Declared {
    pub(super) length: Option<i64>,
    /// `Content-MD5`, base64.
    pub(super) md5: Option<String>,
    pub(super) checksum: Option<Checksum>,
    /// Where the checksum will be that follows the body.
    pub(super) trailers: Option<TrailingHeaders>,
    /// Which checksum to make: the sender's, else one that the upload wants.
    pub(super) algorithm: Option<Algorithm>,
}

impl Sums {
    pub(super) fn new(algorithm: Option<Algorithm>) -> Self {
        Self { size: 0, md5: Md5::new(), checksum: algorithm.map(Algorithm::hasher) }
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.size += bytes.len() as u64;
        self.md5.update(bytes);
        if let Some(checksum) = &mut self.checksum {
            checksum.update(bytes);
        }
    }

    pub(super) fn finish(self) -> Received {
        let checksum = self.checksum.and_then(Checksum::finish);
        Received { size: self.size, md5: self.md5.finalize().into(), checksum }
    }
}

impl Received {
    /// The `ETag` of a body that came in one piece.
    pub(super) fn etag(&self) -> String {
        HEXLOWER.encode(&self.md5)
    }
}

/// Takes `body` into `temp`.
pub(super) async fn receive(
    body: Option<StreamingBlob>,
    temp: &mut Temp,
    declared: Declared,
) -> S3Result<Received> {
    let mut sums = Sums::new(declared.algorithm);
    if let Some(mut body) = body {
        while let Some(bytes) = body.next().await {
            let bytes = bytes
                .map_err(|source| S3Error::with_source(S3ErrorCode::IncompleteBody, source))?;
            sums.update(&bytes);
            if temp.unwritten.len() + bytes.len() < WRITTEN_AT_ONCE_BYTES {
                temp.unwritten.extend_from_slice(&bytes);
            } else {
                write_out(temp, bytes).await?;
            }
        }
    }
    let received = sums.finish();
    declared.check(&received)?;
    Ok(received)
}

/// Writes what was collected, and `bytes` behind it.
async fn write_out(temp: &mut Temp, bytes: Bytes) -> S3Result {
    let mut file = temp.file.try_clone().map_err(broken)?;
    let collected = std::mem::take(&mut temp.unwritten);
    let mut write = move || file.write_all(&collected).and_then(|()| file.write_all(&bytes));
    blocking(move || write().map_err(broken)).await
}

impl Declared {
    /// Adds what the request's headers say beside the operation's input.
    pub(super) fn with_trailer(
        mut self,
        headers: &HeaderMap,
        trailers: Option<TrailingHeaders>,
    ) -> Self {
        let sent = self.checksum.as_ref().map(|checksum| checksum.algorithm);
        let announced = headers
            .get("x-amz-trailer")
            .and_then(|name| Algorithm::of_header(name.to_str().ok()?.trim()));
        self.algorithm = sent.or(announced).or(self.algorithm);
        self.trailers = announced.and(trailers);
        self
    }

    fn check(&self, received: &Received) -> S3Result {
        if self.length.is_some_and(|length| u64::try_from(length) != Ok(received.size)) {
            return Err(s3_error!(IncompleteBody));
        }
        if let Some(md5) = &self.md5 {
            check_md5(md5, received.md5)?;
        }
        let sent = self.checksum.as_ref().map(|checksum| checksum.value.clone());
        match (sent.or_else(|| self.trailing_value(received)), &received.checksum) {
            (Some(sent), Some(made)) if !made.agrees_with(&sent) => {
                Err(Checksum::mismatch(made.algorithm))
            }
            (None, Some(_)) if self.trailers.is_some() => Err(s3_error!(
                InvalidRequest,
                "the checksum that x-amz-trailer announces did not follow the body"
            )),
            _ => Ok(()),
        }
    }

    fn trailing_value(&self, received: &Received) -> Option<String> {
        let name = format!(
            "x-amz-checksum-{}",
            received.checksum.as_ref()?.algorithm.name().to_lowercase()
        );
        self.trailers
            .as_ref()?
            .read(|headers| Some(headers.get(&name)?.to_str().ok()?.to_owned()))?
    }
}

fn check_md5(sent: &str, made: [u8; 16]) -> S3Result {
    match BASE64.decode(sent.as_bytes()) {
        Ok(md5) if md5 == made => Ok(()),
        Ok(md5) if md5.len() == made.len() => Err(s3_error!(
            BadDigest,
            "The Content-MD5 you specified did not match what we received."
        )),
        _ => Err(s3_error!(
            InvalidDigest,
            "The Content-MD5 you specified is not valid: it must be the base64 of 16 bytes."
        )),
    }
}

/// Copies `length` bytes of `from`, starting at `offset`, to the end of `temp`, through `sums`.
pub(super) fn transfer(
    from: &std::fs::File,
    offset: u64,
    length: u64,
    temp: &mut Temp,
    sums: &mut Sums,
) -> io::Result<()> {
    use std::os::unix::fs::FileExt;

    let mut buffer = vec![0; 1 << 20];
    let (mut at, end) = (offset, offset + length);
    while at < end {
        let want = usize::try_from(end - at).unwrap_or(usize::MAX).min(buffer.len());
        let chunk = &mut buffer[..want];
        from.read_exact_at(chunk, at)?;
        sums.update(chunk);
        temp.file.write_all(chunk)?;
        at += want as u64;
    }
    Ok(())
}
