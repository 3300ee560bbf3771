//! Query strings as lists of decoded pairs, and their one canonical spelling.
//!
//! A gateway between edge and origin may reorder and respell a query. Whatever both ends have to
//! agree on (the edge's proof, the edge's cache key) is therefore written in this spelling.

use data_encoding::HEXUPPER;
use http::Uri;

use crate::path;

/// Names and values, decoded, in the order of the URL.
pub type Pairs = Vec<(String, String)>;

/// The pairs of a URL's query.
pub fn pairs(uri: &Uri) -> Pairs {
    read(uri.query().unwrap_or_default())
}

/// The pairs of what follows a question mark.
pub fn read(query: &str) -> Pairs {
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

/// `?name=value&…` with the pairs sorted and escaped as ECMAScript's `encodeURIComponent` does, or
/// nothing where there are none.
pub fn canonical(mut pairs: Pairs) -> String {
    pairs.sort();
    let mut query = String::new();
    for (name, value) in &pairs {
        query.push(if query.is_empty() { '?' } else { '&' });
        push_escaped(&mut query, name);
        query.push('=');
        push_escaped(&mut query, value);
    }
    query
}

/// Path and query of a URL in the spelling that the edge's proof is made over.
pub fn canonical_target(uri: &Uri) -> String {
    format!("{}{}", path::plain(uri.path()), canonical(pairs(uri)))
}

pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::new();
    push_escaped(&mut escaped, text);
    escaped
}

fn push_escaped(to: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'-' | b'_' | b'.' | b'!' | b'~' | b'*' | b'\'' | b'(' | b')' => to.push(byte.into()),
            _ if byte.is_ascii_alphanumeric() => to.push(byte.into()),
            _ => {
                to.push('%');
                HEXUPPER.encode_append(&[byte], to);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn spelled(uri: &str) -> String {
        canonical_target(&uri.parse().unwrap())
    }

    #[test]
    fn order_and_escapes_make_no_difference() {
        let canonical = "/a/b?auto=format%2Ccompress&w=400";
        for uri in [
            "/a/b?w=400&auto=format,compress",
            "/a/b?auto=format%2ccompress&w=400",
            "/a/b?%77=400&auto=format%2Ccompress",
            canonical,
        ] {
            assert_eq!(spelled(uri), canonical, "{uri}");
        }
        assert_eq!(spelled("/a/b?"), "/a/b");
        assert_eq!(spelled("/a/b"), "/a/b");
    }

    proptest! {
        #[test]
        fn the_canonical_spelling_says_the_same(pairs in proptest::collection::vec(("[^\\x00]{1,4}", ".{0,6}"), 0..4)) {
            let mut sorted: Pairs = pairs.clone();
            sorted.sort();
            let uri: Uri = format!("/a{}", canonical(pairs)).parse().unwrap();
            prop_assert_eq!(super::pairs(&uri), sorted);
        }
    }
}
