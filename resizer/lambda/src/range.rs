//! One range of a whole answer (RFC 9110, 14). Several at a time are answered with everything, as
//! the standard allows.

use std::ops::Range;

use http::{HeaderMap, HeaderValue, header};

/// What of an answer is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    Whole,
    Part(Range<usize>),
    /// It begins behind the end.
    Unsatisfiable,
}

impl Wanted {
    /// Reads `Range` and `If-Range` of a request for `bytes` bytes that have `etag`.
    pub fn of(headers: &HeaderMap, etag: Option<&str>, bytes: usize) -> Self {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let another = text(header::IF_RANGE).is_some_and(|condition| Some(condition) != etag);
        let Some(given) = text(header::RANGE).filter(|_| !another).and_then(parse) else {
            return Self::Whole;
        };
        let within = match given {
            (Some(first), None) => first..bytes,
            (Some(first), Some(last)) => first..bytes.min(last.saturating_add(1)),
            (None, suffix) => bytes.saturating_sub(suffix.unwrap_or_default())..bytes,
        };
        if within.is_empty() { Self::Unsatisfiable } else { Self::Part(within) }
    }
}

/// First and last byte, or the last so many bytes, of a header that has one range. Not by `http-range-header`, which
/// refuses a suffix that is longer than the whole.
fn parse(header: &str) -> Option<(Option<usize>, Option<usize>)> {
    let (first, last) = header.strip_prefix("bytes=")?.trim().split_once('-')?;
    let number = |text: &str| match text {
        "" => Some(None),
        digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some(Some(digits.parse().unwrap_or(usize::MAX)))
        }
        _ => None,
    };
    let given = (number(first)?, number(last)?);
    match given {
        (None, None) => None,
        (Some(first), Some(last)) if last < first => None,
        given => Some(given),
    }
}

/// The headers of a part in place of those of the whole, which has `bytes` bytes.
pub fn describe(headers: &mut HeaderMap, part: &Range<usize>, bytes: usize) {
    let range = format!("bytes {}-{}/{bytes}", part.start, part.end - 1);
    headers.insert(header::CONTENT_LENGTH, part.len().into());
    headers.extend(HeaderValue::try_from(range).map(|range| (header::CONTENT_RANGE, range)));
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
            ("bytes=-0", Wanted::Unsatisfiable),
            ("bytes=9-99999999999999999999", Wanted::Part(9..100)),
            ("bytes=99999999999999999999-", Wanted::Unsatisfiable),
            ("bytes=-", Wanted::Whole),
            ("bytes=+1-2", Wanted::Whole),
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
