//! Presets: a query string under a name that a customer has given it.

use customer::Presets;

use super::{PARAMETERS, PRESET, QueryError, ignored, is_about_the_url, parse};
use crate::query_string::{self, Pairs};

/// The preset that a query names, and the version of the customer's presets that the edge went by.
pub(crate) fn named(pairs: &Pairs) -> Option<(&str, Option<&str>)> {
    let (_, value) = pairs.iter().find(|(name, _)| name == PRESET)?;
    // No preset's name has a dot.
    Some(value.rsplit_once('.').map_or((value, None), |(name, version)| (name, Some(version))))
}

/// The query with the preset's parameters in place of its name. What the query itself says goes before.
pub(crate) fn expand(pairs: &Pairs, presets: &Presets) -> Result<Pairs, QueryError> {
    let Some((name, _)) = named(pairs) else { return Ok(pairs.clone()) };
    let unknown = || QueryError::NoSuchPreset { name: name.to_owned() };
    let query = presets.0.get(name).ok_or_else(unknown)?;
    let own = pairs.iter().filter(|(name, _)| name != PRESET).cloned();
    let is_given = |name: &str| pairs.iter().any(|(given, _)| given == name);
    let of_preset = query_string::read(query).into_iter().filter(|(name, _)| !is_given(name));
    Ok(of_preset.chain(own).collect())
}

/// Refuses a query string that would make no good preset.
pub fn check(query: &str) -> Result<(), QueryError> {
    let pairs = query_string::read(query);
    let no_transform =
        |name: &&String| is_about_the_url(name) || !PARAMETERS.contains(&name.as_str());
    if let Some(name) = pairs.iter().map(|(name, _)| name).find(no_transform) {
        return Err(QueryError::Unknown { name: name.clone() });
    }
    if let Some(name) = ignored(&pairs).into_iter().next() {
        return Err(QueryError::Unknown { name });
    }
    parse(&pairs).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn presets() -> Presets {
        let query = "w=400&fit=crop&crop=top%2Cleft&auto=format";
        Presets([("card".to_owned(), query.to_owned())].into())
    }

    fn expanded(query: &str) -> Result<String, QueryError> {
        expand(&query_string::read(query), &presets()).map(query_string::canonical)
    }

    #[test]
    fn a_preset_stands_for_its_parameters_and_the_url_goes_before() {
        for (query, whole) in [
            ("preset=card", "?auto=format&crop=top%2Cleft&fit=crop&w=400"),
            ("preset=card.1a2b3c4d", "?auto=format&crop=top%2Cleft&fit=crop&w=400"),
            ("w=200&preset=card&h=100", "?auto=format&crop=top%2Cleft&fit=crop&h=100&w=200"),
            ("preset=card&auto=", "?auto=&crop=top%2Cleft&fit=crop&w=400"),
            ("w=200", "?w=200"),
        ] {
            assert_eq!(expanded(query).as_deref(), Ok(whole), "{query}");
        }
    }

    #[test]
    fn a_name_that_stands_for_nothing_is_refused() {
        for (query, name) in [
            ("preset=cart", "cart"),
            ("preset=", ""),
            ("preset=.1a2b3c4d", ""),
            ("preset=card.1a2b3c4d.1a2b3c4d", "card.1a2b3c4d"),
        ] {
            let refused = QueryError::NoSuchPreset { name: name.to_owned() };
            assert_eq!(expanded(query), Err(refused), "{query}");
        }
    }

    #[test]
    fn what_would_make_no_good_preset_is_refused() {
        assert_eq!(check("w=400&auto=format&crop=top,left"), Ok(()));
        assert_eq!(check(""), Ok(()));
        for (query, name) in [
            ("w=4&preset=card", "preset"),
            ("explain=1", "explain"),
            ("sig=x", "sig"),
            ("utm_source=x", "utm_source"),
            ("ixlib=js", "ixlib"),
            ("auto=compress", "auto=compress"),
        ] {
            assert_eq!(check(query), Err(QueryError::Unknown { name: name.to_owned() }), "{query}");
        }
        assert!(matches!(check("w=0"), Err(QueryError::BadValue { .. })));
        assert!(matches!(check("w=1&w=2"), Err(QueryError::Repeated { .. })));
    }
}
