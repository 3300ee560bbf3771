//! The cache key: everything that may change an answer, in one spelling, and nothing else.

use customer::Viewer;
use http::{Uri, request::Parts};
use resizer_lambda::{dialect::query, negotiate::Accepts, query_string};

/// Syntactic: several keys may come to one rendition at the origin.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) viewer: Viewer,
    /// The path, with the known parameters sorted and the others dropped.
    pub(super) uri: Uri,
    /// Only where `Accept` matters.
    accepts: Option<Accepts>,
}

impl Key {
    pub(super) fn new(viewer: Viewer, viewed: &Parts) -> Self {
        let mut pairs = query_string::pairs(&viewed.uri);
        pairs.retain(|(name, _)| query::PARAMETERS.contains(&name.as_str()));
        let accepts = query::is_negotiated(&pairs).then(|| Accepts::of(&viewed.headers));
        let uri = format!("{}{}", viewed.uri.path(), query_string::canonical(pairs));
        // What was a path and is followed by escaped text is a URI again.
        Self { viewer, uri: uri.parse().unwrap_or_default(), accepts }
    }

    /// The `Accept` header for the origin.
    pub(super) fn accept(&self) -> &'static str {
        self.accepts.unwrap_or(Accepts::Other).header()
    }
}

#[cfg(test)]
mod tests {
    use http::Request;
    use proptest::prelude::*;

    use super::*;

    fn key(uri: &str, accept: &str) -> Key {
        let request = Request::get(uri).header("accept", accept).body(()).unwrap();
        Key::new(Viewer::Anon, &request.into_parts().0)
    }

    #[test]
    fn what_asks_the_same_has_one_key() {
        let canonical = key("/acme/x?fit=crop&h=30&w=40", "*/*");
        assert_eq!(canonical.uri, "/acme/x?fit=crop&h=30&w=40");
        for uri in [
            "/acme/x?w=40&h=30&fit=crop",
            "/acme/x?w=40&h=30&fit=crop&utm_source=mail",
            "/acme/x?w=40&h=30&fit=crop&sig=a.b.c.d&ixlib=js",
            "/acme/x?w=40&h=30&f%69t=cro%70",
        ] {
            assert_eq!(key(uri, "image/webp"), canonical, "{uri}");
        }
    }

    #[test]
    fn what_asks_something_else_has_another() {
        let uris = ["/acme/x", "/acme/y", "/acme/x?w=4", "/acme/x?w=4&w=4", "/acme/x?w=4%26h=4"];
        let mut keys: Vec<_> = uris.iter().map(|uri| key(uri, "*/*").uri.to_string()).collect();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), uris.len());
        assert_ne!(
            Key { viewer: Viewer::Customer, ..key("/acme/x", "*/*") },
            key("/acme/x", "*/*")
        );
    }

    #[test]
    fn accept_counts_folded_and_only_where_it_matters() {
        let [chrome, safari] = ["image/avif,image/webp,*/*", "image/webp;q=0.9"];
        assert_ne!(key("/a/x?auto=format", chrome), key("/a/x?auto=format", safari));
        assert_eq!(key("/a/x?auto=format", chrome), key("/a/x?auto=format", "image/avif"));
        assert_eq!(key("/a/x?auto=format&fm=png", chrome), key("/a/x?auto=format&fm=png", safari));
        assert_eq!(key("/a/x?auto=format", chrome).accept(), "image/avif");
    }

    proptest! {
        #[test]
        fn a_key_of_a_key_is_itself(query in "([a-z]{1,4}=[a-z0-9%,+]{0,5}&?){0,5}", accept in "[a-z/,*]{0,12}") {
            let once = key(&format!("/acme/x?{query}"), &accept);
            prop_assert_eq!(key(&once.uri.to_string(), once.accept()), once);
        }
    }
}
