//! One record of a Kafka partition, read as far as it can be.
//!
//! Reading happens here, once, at the border: a message that is no event of ours is kept with the
//! reason why, so that the chain can reject it under its offset instead of stopping.

use customer::{Event, Record, Timestamp};

use crate::Poison;

/// What Kafka said of an image, and where it stood.
#[derive(Debug)]
pub struct Incoming {
    pub offset: i64,
    /// When the producer or the broker says that it was sent.
    pub timestamp: Option<Timestamp>,
    pub event: Result<Record, Poison>,
}

impl Incoming {
    /// Reads a message by its headers and its value. A tombstone has an empty value.
    pub fn read<'a>(
        offset: i64,
        timestamp: Option<Timestamp>,
        headers: impl IntoIterator<Item = (&'a str, &'a [u8])>,
        payload: &[u8],
    ) -> Self {
        let event = Event::parse(headers, payload).map(|event| event.record).map_err(Poison::from);
        Self { offset, timestamp, event }
    }
}
