//! The body of an answer: a range of a file, read in chunks as the client takes them.
//!
//! The first chunk is read where the file is opened. Of most objects that is all, and a turn to another thread less.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::stream::{self, Stream, StreamExt, try_unfold};
use s3s::StdError;
use s3s::dto::StreamingBlob;
use s3s::stream::{ByteStream, RemainingLength};
use tokio::task::spawn_blocking;

/// How much of a body is in memory at a time.
const CHUNK_BYTES: u64 = 256 << 10;

type Chunks = Pin<Box<dyn Stream<Item = Result<Bytes, StdError>> + Send + Sync>>;

/// Chunks with the number of bytes still to come: what becomes `Content-Length`.
struct Body {
    chunks: Chunks,
    remaining: usize,
}

/// Streams `range` of `file`; an error if the file is shorter. Reads, so it may block.
pub(super) fn stream(file: File, range: Range<u64>) -> io::Result<StreamingBlob> {
    let remaining = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
    let (first, rest) = read_chunk(&file, range)?;
    let first = (!first.is_empty()).then_some(Ok(first));
    let chunks = stream::iter(first).chain(chunks(file, rest));
    Ok(StreamingBlob::new(Body { chunks: Box::pin(chunks), remaining }))
}

fn chunks(
    file: File,
    range: Range<u64>,
) -> impl Stream<Item = Result<Bytes, StdError>> + Send + Sync {
    try_unfold((Arc::new(file), range), |(file, range)| async move {
        if range.is_empty() {
            return Ok(None);
        }
        let reader = Arc::clone(&file);
        let (chunk, rest) = spawn_blocking(move || read_chunk(&reader, range)).await??;
        Ok(Some((chunk, (file, rest))))
    })
}

/// The first chunk of `range`, and what is left of it.
fn read_chunk(file: &File, range: Range<u64>) -> io::Result<(Bytes, Range<u64>)> {
    let end = range.end.min(range.start + CHUNK_BYTES);
    let mut chunk = vec![0; usize::try_from(end - range.start).map_err(io::Error::other)?];
    file.read_exact_at(&mut chunk, range.start)?;
    Ok((chunk.into(), end..range.end))
}

impl Stream for Body {
    type Item = Result<Bytes, StdError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = self.chunks.as_mut().poll_next(cx);
        if let Poll::Ready(Some(Ok(chunk))) = &polled {
            self.remaining -= chunk.len();
        }
        polled
    }
}

impl ByteStream for Body {
    fn remaining_length(&self) -> RemainingLength {
        RemainingLength::new_exact(self.remaining)
    }
}
