//! A moment to the millisecond.

use std::{fmt, ops::RangeInclusive};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

/// The beginning of the year 0 and the end of 9999: RFC 3339 has years of four digits.
const WRITTEN_MS: RangeInclusive<i64> = -62_167_219_200_000..=253_402_300_799_999;

/// Milliseconds since 1970-01-01 UTC, written as RFC 3339: `2026-11-21T07:29:00.123Z`. Every one can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// What RFC 3339 cannot write becomes the first or the last moment that it can.
    pub fn from_ms(ms: i64) -> Self {
        Self(ms.clamp(*WRITTEN_MS.start(), *WRITTEN_MS.end()))
    }

    pub fn ms(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970-01-01 UTC, as tokens and credentials count.
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The time of the machine. Business rules take `now` as an argument; loops, mains and request
    /// handlers ask here.
    pub fn now() -> Self {
        Self::from(OffsetDateTime::now_utc())
    }

    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        let ms = duration.whole_milliseconds().try_into().unwrap_or(i64::MAX);
        Self::from_ms(self.0.saturating_add(ms))
    }
}

impl From<OffsetDateTime> for Timestamp {
    fn from(moment: OffsetDateTime) -> Self {
        Self::from_ms((moment.unix_timestamp_nanos() / 1_000_000).try_into().unwrap_or(i64::MAX))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000)
            .map_err(|_| fmt::Error)?;
        f.write_str(&moment.format(&Rfc3339).map_err(|_| fmt::Error)?)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        OffsetDateTime::parse(&text, &Rfc3339).map(Self::from).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_keeps_the_millisecond() {
        let moment = Timestamp::from_ms(1_795_246_140_123);
        let json = serde_json::to_string(&moment).unwrap();
        assert_eq!(json, "\"2026-11-21T07:29:00.123Z\"");
        assert_eq!(serde_json::from_str::<Timestamp>(&json).unwrap(), moment);
    }

    #[test]
    fn every_moment_can_be_written_and_read() {
        let last = "9999-12-31T23:59:59.999Z";
        for (moment, text) in [
            (Timestamp::from_ms(i64::MAX), last),
            (Timestamp::from_ms(1).plus(Duration::MAX), last),
            (Timestamp::from_ms(i64::MIN), "0000-01-01T00:00:00Z"),
            (serde_json::from_value("9999-12-31T23:59:59-00:01".into()).unwrap(), last),
        ] {
            assert_eq!(moment.to_string(), text);
            assert_eq!(serde_json::from_value::<Timestamp>(text.into()).unwrap(), moment);
        }
    }
}
