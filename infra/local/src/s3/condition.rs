//! `If-Match` and its relatives: what a request demands of the object that is there now.

use s3s::dto::{ETagCondition, Timestamp};
use s3s::{S3Result, s3_error};
use time::OffsetDateTime;

/// What a write demands. Decided under the key's lock, so of many writers with one condition exactly one wins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum WriteCondition {
    Always,
    /// `If-None-Match: *`
    Absent,
    /// `If-Match`
    Present(ETagCondition),
}

impl WriteCondition {
    pub(super) fn new(
        if_match: Option<ETagCondition>,
        if_none_match: Option<ETagCondition>,
    ) -> S3Result<Self> {
        match (if_match, if_none_match) {
            (None, None) => Ok(Self::Always),
            (None, Some(ETagCondition::Any)) => Ok(Self::Absent),
            (Some(etag), None) => Ok(Self::Present(etag)),
            (None, Some(ETagCondition::ETag(_))) => {
                Err(s3_error!(NotImplemented, "If-None-Match of a write accepts only *"))
            }
            (Some(_), Some(_)) => {
                Err(s3_error!(InvalidRequest, "If-Match and If-None-Match exclude each other"))
            }
        }
    }

    /// `current` is the `ETag` of the object that is there, without quotes.
    pub(super) fn check(&self, current: Option<&str>) -> S3Result {
        match (self, current) {
            (Self::Always, _) | (Self::Absent, None) => Ok(()),
            (Self::Present(_), None) => {
                Err(s3_error!(NoSuchKey, "If-Match names an ETag, but there is no such object"))
            }
            (Self::Present(wanted), Some(etag)) if names(wanted, etag) => Ok(()),
            (Self::Present(_), Some(_)) => {
                Err(s3_error!(PreconditionFailed, "If-Match does not hold"))
            }
            (Self::Absent, Some(_)) => {
                Err(s3_error!(PreconditionFailed, "If-None-Match does not hold: the object exists"))
            }
        }
    }
}

/// What a read, or a copy of its source, demands.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_field_names, reason = "the names of the headers")]
pub(super) struct ReadCondition {
    pub(super) if_match: Option<ETagCondition>,
    pub(super) if_none_match: Option<ETagCondition>,
    pub(super) if_modified_since: Option<Timestamp>,
    pub(super) if_unmodified_since: Option<Timestamp>,
}

/// How a [`ReadCondition`] was not met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unmet {
    /// Answered with 412.
    Precondition,
    /// Answered with 304 by a read and with 412 by a copy.
    NotModified,
}

impl ReadCondition {
    /// The order of RFC 9110 section 13.2.2: an `ETag` decides over a date beside it.
    pub(super) fn check(&self, etag: &str, modified: &Timestamp) -> Result<(), Unmet> {
        let modified = seconds(modified);
        let unchanged = match (&self.if_match, &self.if_unmodified_since) {
            (Some(wanted), _) => names(wanted, etag),
            (None, Some(since)) => modified <= seconds(since),
            (None, None) => true,
        };
        let changed = match (&self.if_none_match, &self.if_modified_since) {
            (Some(known), _) => !names(known, etag),
            (None, Some(since)) => modified > seconds(since),
            (None, None) => true,
        };
        match (unchanged, changed) {
            (false, _) => Err(Unmet::Precondition),
            (true, false) => Err(Unmet::NotModified),
            (true, true) => Ok(()),
        }
    }
}

fn names(condition: &ETagCondition, etag: &str) -> bool {
    match condition {
        ETagCondition::Any => true,
        ETagCondition::ETag(wanted) => wanted.value() == etag,
    }
}

/// HTTP dates have no fraction, so neither side of a comparison may have one.
fn seconds(at: &Timestamp) -> i64 {
    OffsetDateTime::from(at.clone()).unix_timestamp()
}

#[cfg(test)]
mod tests {
    use s3s::S3ErrorCode;

    use super::super::object::timestamp;
    use super::*;

    fn etag(value: &str) -> Option<ETagCondition> {
        value.parse().ok()
    }

    #[test]
    fn writes() {
        let cases = [
            (None, None, None, Ok(())),
            (None, etag("*"), None, Ok(())),
            (None, etag("*"), Some("a"), Err(S3ErrorCode::PreconditionFailed)),
            (etag("\"a\""), None, Some("a"), Ok(())),
            (etag("\"a\""), None, Some("b"), Err(S3ErrorCode::PreconditionFailed)),
            (etag("\"a\""), None, None, Err(S3ErrorCode::NoSuchKey)),
            (etag("*"), None, Some("b"), Ok(())),
            (etag("*"), None, None, Err(S3ErrorCode::NoSuchKey)),
        ];
        for (if_match, if_none_match, current, expected) in cases {
            let condition = WriteCondition::new(if_match, if_none_match).unwrap();
            let outcome = condition.check(current).map_err(|error| error.code().clone());
            assert_eq!(outcome, expected, "{condition:?} on {current:?}");
        }
        assert_eq!(
            WriteCondition::new(None, etag("\"a\"")).unwrap_err().code(),
            &S3ErrorCode::NotImplemented
        );
        assert_eq!(
            WriteCondition::new(etag("*"), etag("*")).unwrap_err().code(),
            &S3ErrorCode::InvalidRequest
        );
    }

    #[test]
    fn reads() {
        let (before, at, after) = (Some(9_000), Some(10_000), Some(11_000));
        // If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since
        let cases = [
            (etag("\"a\""), None, None, None, Ok(())),
            (etag("\"b\""), None, None, None, Err(Unmet::Precondition)),
            (etag("\"a\""), None, None, before, Ok(())),
            (None, None, None, before, Err(Unmet::Precondition)),
            (None, None, None, at, Ok(())),
            (None, None, at, None, Err(Unmet::NotModified)),
            (None, None, before, None, Ok(())),
            (None, etag("\"a\""), before, None, Err(Unmet::NotModified)),
            (None, etag("\"b\""), after, None, Ok(())),
            (None, etag("*"), None, None, Err(Unmet::NotModified)),
            (etag("\"b\""), etag("\"a\""), None, None, Err(Unmet::Precondition)),
        ];
        for (if_match, if_none_match, modified, unmodified, expected) in cases {
            let if_modified_since = modified.map(timestamp);
            let if_unmodified_since = unmodified.map(timestamp);
            let condition =
                ReadCondition { if_match, if_none_match, if_modified_since, if_unmodified_since };
            assert_eq!(condition.check("a", &timestamp(10_500)), expected, "{condition:?}");
        }
    }
}
