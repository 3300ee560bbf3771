//! A moment to the millisecond.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use time::{Duration, OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

/// Milliseconds since 1970-01-01 UTC, written as RFC 3339: `2026-11-21T07:29:00.123Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    pub fn from_ms(ms: i64) -> Self {
        Self(ms)
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
        Self(self.0.saturating_add(duration.whole_milliseconds().try_into().unwrap_or(i64::MAX)))
    }
}

impl From<OffsetDateTime> for Timestamp {
    fn from(moment: OffsetDateTime) -> Self {
        Self((moment.unix_timestamp_nanos() / 1_000_000).try_into().unwrap_or(i64::MAX))
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
        let moment = OffsetDateTime::parse(&text, &Rfc3339).map_err(D::Error::custom)?;
        let utc = moment.checked_to_offset(UtcOffset::UTC);
        // An offset may lead out of the years of four digits that RFC 3339 can write.
        utc.filter(|utc| (0..=9999).contains(&utc.year()))
            .map(Self::from)
            .ok_or_else(|| D::Error::custom("in UTC its year has not four digits"))
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
    fn what_could_not_be_written_again_is_not_read() {
        for text in ["9999-12-31T23:59:59-00:01", "0000-01-01T00:00:00+00:01"] {
            assert!(serde_json::from_value::<Timestamp>(text.into()).is_err(), "{text}");
        }
        for text in ["9999-12-31T23:59:59.999Z", "0000-01-01T00:00:00Z"] {
            let moment: Timestamp = serde_json::from_value(text.into()).unwrap();
            assert_eq!(moment.to_string(), text);
        }
    }
}
