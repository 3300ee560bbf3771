//! One record of a Kafka partition, read as far as it can be.
//!
//! Reading happens here, once, at the border: a message that is no event of ours is kept with the
//! reason why, so that the chain can reject it under its offset instead of stopping.

use customer::{Event, Record, Timestamp};
use telemetry::TraceParent;

use crate::Poison;

/// What Kafka said of an image, and where it stood.
#[derive(Debug)]
pub struct Incoming {
    pub offset: i64,
    /// When the producer or the broker says that it was sent.
    pub timestamp: Option<Timestamp>,
    pub event: Result<Record, Poison>,
    /// Where it was sent, if that was traced.
    pub(crate) trace: Option<TraceParent>,
    /// As it came, of what is no event.
    pub(crate) raw: Option<Raw>,
}

/// A message's headers and value.
#[derive(Clone, Debug)]
pub(crate) struct Raw {
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) payload: Vec<u8>,
}

impl Incoming {
    /// Reads a message by its headers and its value. A tombstone has an empty value.
    pub fn read<'a>(
        offset: i64,
        timestamp: Option<Timestamp>,
        headers: impl IntoIterator<Item = (&'a str, &'a [u8])>,
        payload: &[u8],
    ) -> Self {
        let headers: Vec<_> = headers.into_iter().collect();
        let event = Event::parse(headers.iter().copied(), payload).map(|event| event.record);
        let trace = headers.iter().find(|(name, _)| *name == TraceParent::HEADER);
        let trace = trace.and_then(|(_, value)| str::from_utf8(value).ok()).map(TraceParent::from);
        let raw = event.is_err().then(|| Raw::of(&headers, payload));
        Self { offset, timestamp, event: event.map_err(Poison::from), trace, raw }
    }

    /// What it holds in memory beside its record.
    pub(crate) fn raw_bytes(&self) -> usize {
        let raw = self.raw.iter();
        raw.map(|Raw { headers, payload }| {
            payload.len()
                + headers.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>()
        })
        .sum()
    }
}

impl Raw {
    fn of(headers: &[(&str, &[u8])], payload: &[u8]) -> Self {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), value.to_vec()));
        Self { headers: headers.collect(), payload: payload.to_vec() }
    }
}
