//! One range of a whole answer (RFC 9110, 14). Several at a time are answered with everything, as
//! the standard allows.

use std::ops::Range;

use http::{HeaderMap, header};

/// What of an answer is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Whole,
    Part(Range<usize>),
    /// It begins behind the end.
    Unsatisfiable,
}

impl Wanted {
    /// Reads `Range` and `If-Range` of a GET for `bytes` bytes that have `etag`.
    pub(super) fn of(headers: &HeaderMap, etag: Option<&str>, bytes: usize) -> Self {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let Some(range) = text(header::RANGE) else { return Self::Whole };
        let another = text(header::IF_RANGE).is_some_and(|condition| Some(condition) != etag);
        let Some(range) = s3s::dto::Range::parse(range).ok().filter(|_| !another) else {
            return Self::Whole;
        };
        match range.check(bytes as u64) {
            #[expect(clippy::cast_possible_truncation, reason = "both ends are within `bytes`")]
            Ok(within) => Self::Part(within.start as usize..within.end as usize),
            Err(_) => Self::Unsatisfiable,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(range: &str, if_range: Option<&str>) -> Wanted {
        let mut headers = HeaderMap::from_iter([(header::RANGE, range.parse().unwrap())]);
        headers.extend(if_range.map(|etag| (header::IF_RANGE, etag.parse().unwrap())));
        Wanted::of(&headers, Some("\"a\""), 100)
    }

    #[test]
    fn one_range_is_a_part_and_everything_else_is_the_whole() {
        for (range, expected) in [
            ("bytes=0-0", Wanted::Part(0..1)),
            ("bytes=10-19", Wanted::Part(10..20)),
            ("bytes=90-", Wanted::Part(90..100)),
            ("bytes=-5", Wanted::Part(95..100)),
            ("bytes=90-1000", Wanted::Part(90..100)),
            ("bytes=-1000", Wanted::Part(0..100)),
            ("bytes=100-", Wanted::Unsatisfiable),
            ("bytes=0-1,5-6", Wanted::Whole),
            ("bytes=5-1", Wanted::Whole),
            ("bytes=x", Wanted::Whole),
            ("pages=1-2", Wanted::Whole),
        ] {
            assert_eq!(wanted(range, None), expected, "{range}");
        }
    }

    #[test]
    fn a_range_of_another_version_is_the_whole() {
        assert_eq!(wanted("bytes=0-9", Some("\"a\"")), Wanted::Part(0..10));
        assert_eq!(wanted("bytes=0-9", Some("\"b\"")), Wanted::Whole);
    }
}
