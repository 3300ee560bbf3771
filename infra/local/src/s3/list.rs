//! One page of a listing, from the keys of a bucket in order. Pure.

use std::collections::BTreeMap;
use std::ops::Bound;

/// What a listing says about an object; all of it stays in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) size: u64,
    pub(super) etag: Box<str>,
    pub(super) modified_ms: i64,
}

/// The keys of one bucket. `String` orders by UTF-8 bytes, which is S3's order.
pub(super) type Index = BTreeMap<String, Entry>;

/// What to list.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Query<'a> {
    pub(super) prefix: &'a str,
    /// Keys that contain it after the prefix are folded into one common prefix; empty folds nothing.
    pub(super) delimiter: &'a str,
    /// Keys and common prefixes up to and including this one are left out.
    pub(super) after: &'a str,
    pub(super) keys_max: usize,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) contents: Vec<(String, Entry)>,
    pub(super) common_prefixes: Vec<String>,
    /// The last name on this page, when there are more.
    pub(super) next_after: Option<String>,
}

/// Lists at most `keys_max` keys and common prefixes. A folded prefix costs one look-up, however many keys it has.
pub(super) fn page(index: &Index, query: Query<'_>) -> Page {
    let mut page = Page::default();
    let mut last = String::new();
    let mut from = start(query);
    while let Some((key, entry)) = index.range::<str, _>((bound(&from), Bound::Unbounded)).next() {
        if !key.starts_with(query.prefix) || query.keys_max == 0 {
            break;
        }
        let folded = common_prefix(key, query);
        let name = folded.unwrap_or(key);
        let past = folded.map(after_all_under).filter(|past| past > key);
        from = Bound::Excluded(past.unwrap_or_else(|| key.clone()));
        if folded.is_some() && (name <= query.after || name == last) {
            continue;
        }
        if page.contents.len() + page.common_prefixes.len() == query.keys_max {
            page.next_after = Some(last);
            break;
        }
        name.clone_into(&mut last);
        match folded {
            Some(prefix) => page.common_prefixes.push(prefix.to_owned()),
            None => page.contents.push((key.clone(), entry.clone())),
        }
    }
    page
}

fn start(query: Query<'_>) -> Bound<String> {
    if query.after >= query.prefix && !query.after.is_empty() {
        Bound::Excluded(query.after.to_owned())
    } else {
        Bound::Included(query.prefix.to_owned())
    }
}

fn bound(from: &Bound<String>) -> Bound<&str> {
    match from {
        Bound::Included(key) => Bound::Included(key),
        Bound::Excluded(key) => Bound::Excluded(key),
        Bound::Unbounded => Bound::Unbounded,
    }
}

fn common_prefix<'a>(key: &'a str, query: Query<'_>) -> Option<&'a str> {
    if query.delimiter.is_empty() {
        return None;
    }
    let rest = key.get(query.prefix.len()..)?;
    let end = query.prefix.len() + rest.find(query.delimiter)? + query.delimiter.len();
    key.get(..end)
}

/// Past every key under `prefix`, but for those that go on with the last character of Unicode; they fold one by one.
fn after_all_under(prefix: &str) -> String {
    format!("{prefix}{}", char::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(keys: &[&str]) -> Index {
        let entry = Entry { size: 1, etag: "e".into(), modified_ms: 0 };
        keys.iter().map(|key| ((*key).to_owned(), entry.clone())).collect()
    }

    /// All names of all pages, in order, with `/` kept on common prefixes.
    fn pages(index: &Index, query: Query<'_>) -> Vec<Vec<String>> {
        let mut pages = Vec::new();
        let mut after = query.after.to_owned();
        loop {
            let page = page(index, Query { after: &after, ..query });
            let mut names: Vec<_> = page.contents.into_iter().map(|(key, _)| key).collect();
            names.extend(page.common_prefixes);
            names.sort_unstable();
            pages.push(names);
            match page.next_after {
                Some(next) => after = next,
                None => return pages,
            }
        }
    }

    const KEYS: [&str; 9] = ["a", "a/", "a/b", "a/c/d", "a/\u{10FFFF}x", "ab", "b/1", "b/2", "c"];

    #[test]
    fn without_a_delimiter_every_key_once_in_order() {
        let index = index(&KEYS);
        for keys_max in 1..=10 {
            let listed = pages(&index, Query { keys_max, ..Query::default() });
            assert!(listed.iter().all(|page| page.len() <= keys_max));
            assert_eq!(listed.concat(), KEYS.map(str::to_owned), "pages of {keys_max}");
        }
    }

    #[test]
    fn with_a_delimiter_each_common_prefix_once_however_pages_fall() {
        let index = index(&KEYS);
        for keys_max in 1..=10 {
            let query = Query { delimiter: "/", keys_max, ..Query::default() };
            assert_eq!(
                pages(&index, query).concat(),
                ["a", "a/", "ab", "b/", "c"],
                "pages of {keys_max}"
            );
            let query = Query { prefix: "a/", ..query };
            assert_eq!(
                pages(&index, query).concat(),
                ["a/", "a/b", "a/c/", "a/\u{10FFFF}x"],
                "pages of {keys_max}"
            );
        }
    }

    #[test]
    fn where_a_listing_starts() {
        let index = index(&KEYS);
        let all = Query { keys_max: 100, ..Query::default() };
        let after = |after| pages(&index, Query { after, ..all }).concat();
        assert_eq!(after("ab"), ["b/1", "b/2", "c"]);
        assert_eq!(after("aa"), ["ab", "b/1", "b/2", "c"]);
        assert_eq!(after("c"), [""; 0]);
        let b = Query { prefix: "b/", after: "a", ..all };
        assert_eq!(pages(&index, b).concat(), ["b/1", "b/2"]);
        let past = Query { prefix: "b/", after: "c", ..all };
        assert_eq!(pages(&index, past).concat(), [""; 0]);
        assert_eq!(pages(&index, Query { keys_max: 0, ..all }), [[""; 0]]);
    }
}
