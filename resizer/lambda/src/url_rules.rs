//! What a customer lets URLs say.

use customer::{IIIF, UrlRules};

use crate::{
    dialect::query::{self, EXPLAIN, PARAMETERS, PRESET, QueryError},
    query_string::Pairs,
    viewer::Asker,
};

/// Refuses what the customer's rules refuse. Strictness holds for everybody; what may be asked for only for those who
/// have not signed in, so that the customer's own pages show what they like.
pub(crate) fn check(rules: &UrlRules, asker: &Asker, pairs: &Pairs) -> Result<(), QueryError> {
    if rules.strict
        && let Some(name) = query::ignored(pairs).into_iter().next()
    {
        return Err(QueryError::Unknown { name });
    }
    if asker.has_signed_in() {
        return Ok(());
    }
    let mut known = pairs.iter().map(|(name, _)| name).filter(|name| is_asking(name));
    if rules.presets_only {
        let has_preset = pairs.iter().any(|(name, _)| name == PRESET);
        return match known.find(|name| *name != PRESET) {
            None if has_preset => Ok(()),
            _ => Err(QueryError::PresetsOnly),
        };
    }
    if rules.allowed.is_empty() {
        return Ok(());
    }
    match known.find(|name| !rules.allowed.contains(*name)) {
        None => Ok(()),
        Some(name) => Err(not_allowed(rules, name)),
    }
}

/// What IIIF asks for names no preset, and is allowed as a whole or not at all: its word among the parameters is
/// [`IIIF`].
pub(crate) fn check_iiif(rules: &UrlRules, asker: &Asker) -> Result<(), QueryError> {
    if asker.has_signed_in() {
        return Ok(());
    }
    if rules.presets_only {
        return Err(QueryError::PresetsOnly);
    }
    if rules.allowed.is_empty() || rules.allowed.contains(IIIF) {
        return Ok(());
    }
    Err(not_allowed(rules, IIIF))
}

fn not_allowed(rules: &UrlRules, name: &str) -> QueryError {
    let allowed: Vec<_> = rules.allowed.iter().map(String::as_str).collect();
    QueryError::NotAllowed { name: name.to_owned(), allowed: allowed.join(", ") }
}

/// Whether a parameter says something of the image. Who may have a URL explained is decided elsewhere.
fn is_asking(name: &str) -> bool {
    name != EXPLAIN && PARAMETERS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query_string;

    fn refused(rules: &UrlRules, asker: &Asker, query: &str) -> Option<QueryError> {
        check(rules, asker, &query_string::read(query)).err()
    }

    #[test]
    fn strict_refuses_what_would_be_ignored() {
        let rules = UrlRules { strict: true, ..UrlRules::default() };
        let unknown = |name: &str| Some(QueryError::Unknown { name: name.to_owned() });
        for asker in [Asker::Anon, Asker::Signed, Asker::Customer] {
            assert_eq!(refused(&rules, &asker, "w=4&ixlib=js&preset=card"), None);
            assert_eq!(refused(&rules, &asker, "w=4&width=4"), unknown("width"));
            assert_eq!(refused(&rules, &asker, "auto=format,compress"), unknown("auto=compress"));
            assert_eq!(refused(&UrlRules::default(), &asker, "w=4&width=4"), None);
        }
    }

    #[test]
    fn presets_only_wants_a_preset_and_nothing_else() {
        let rules = UrlRules { presets_only: true, ..UrlRules::default() };
        for (query, wrong) in [
            ("preset=card", None),
            ("preset=card&utm_source=x", None),
            ("preset=card&w=4", Some(QueryError::PresetsOnly)),
            ("w=4", Some(QueryError::PresetsOnly)),
            ("", Some(QueryError::PresetsOnly)),
        ] {
            for asker in [Asker::Anon, Asker::Signed] {
                assert_eq!(refused(&rules, &asker, query), wrong, "{query}");
            }
            assert_eq!(refused(&rules, &Asker::Customer, query), None, "{query}");
        }
    }

    #[test]
    fn only_what_is_allowed_may_be_given() {
        let allowed = ["preset", "w"].map(str::to_owned).into();
        let rules = UrlRules { allowed, ..UrlRules::default() };
        let not_allowed = QueryError::NotAllowed { name: "h".into(), allowed: "preset, w".into() };
        for (query, wrong) in
            [("", None), ("w=4&preset=card&utm=x", None), ("w=4&h=5", Some(not_allowed))]
        {
            assert_eq!(refused(&rules, &Asker::Anon, query), wrong, "{query}");
            assert_eq!(refused(&rules, &Asker::Customer, query), None, "{query}");
        }
    }

    #[test]
    fn iiif_is_allowed_as_a_whole() {
        let allowing = |allowed: &[&str]| UrlRules {
            allowed: allowed.iter().map(|&name| name.to_owned()).collect(),
            ..UrlRules::default()
        };
        let presets_only = UrlRules { presets_only: true, ..allowing(&["iiif"]) };
        let refused = QueryError::NotAllowed { name: "iiif".into(), allowed: "w".into() };
        for (rules, wrong) in [
            (allowing(&[]), None),
            (allowing(&["w", "iiif"]), None),
            (allowing(&["w"]), Some(refused)),
            (presets_only, Some(QueryError::PresetsOnly)),
        ] {
            assert_eq!(check_iiif(&rules, &Asker::Signed).err(), wrong, "{rules:?}");
            assert_eq!(check_iiif(&rules, &Asker::Customer), Ok(()), "{rules:?}");
        }
    }
}
