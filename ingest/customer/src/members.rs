//! Which images of a customer a snapshot holds: names in order, a line each, so that one is found by a few range reads
//! however many there are.

use crate::{Bucket, ImageId, StoreError};

/// Of a line: an id and its end.
const LINE_BYTES: usize = 33;
/// What is no longer than this is read at once.
const LINES_READ: usize = 2_000;

/// `members/{customer}/{dataset}/{number}` in the feed bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Members(String);

impl Members {
    pub fn new(images: impl IntoIterator<Item = ImageId>) -> Self {
        let mut lines: Vec<_> = images.into_iter().map(|image| format!("{image}\n")).collect();
        lines.sort_unstable();
        Self(lines.concat())
    }

    /// Reads the object. What is no text of names holds nothing.
    pub fn read(bytes: &[u8]) -> Self {
        Self(String::from_utf8_lossy(bytes).into_owned())
    }

    pub fn contains(&self, image: ImageId) -> bool {
        let wanted = format!("{image}\n");
        self.0.as_bytes().chunks(LINE_BYTES).any(|line| line == wanted.as_bytes())
    }

    pub fn text(self) -> String {
        self.0
    }

    /// Whether the object `name` of `bytes` bytes has the image.
    pub async fn hold(
        feed: &Bucket,
        name: &str,
        bytes: u64,
        image: ImageId,
    ) -> Result<bool, StoreError> {
        let wanted = format!("{image}\n");
        let mut lines = 0..usize::try_from(bytes).unwrap_or(usize::MAX) / LINE_BYTES;
        while lines.len() > LINES_READ {
            let middle = lines.start + lines.len() / 2;
            let line = read(feed, name, middle..middle + 1).await?;
            if line.as_ref() <= wanted.as_bytes() {
                lines.start = middle;
            } else {
                lines.end = middle;
            }
        }
        if lines.is_empty() {
            return Ok(false);
        }
        let found = read(feed, name, lines).await?;
        Ok(found.chunks(LINE_BYTES).any(|line| line == wanted.as_bytes()))
    }
}

async fn read(
    feed: &Bucket,
    name: &str,
    lines: std::ops::Range<usize>,
) -> Result<bytes::Bytes, StoreError> {
    feed.range(name, lines.start * LINE_BYTES..lines.end * LINE_BYTES).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_order_and_of_one_length() {
        let (one, _) = ImageId::of(b"one");
        let (other, _) = ImageId::of(b"other");
        let text = Members::new([one, other]).text();
        assert_eq!(text, Members::new([other, one]).text());
        let lines: Vec<_> = text.lines().collect();
        assert!(lines[0] < lines[1] && lines.iter().all(|line| line.len() + 1 == LINE_BYTES));
    }
}
