//! The query as the edge reads it: what is known, decoded; everything else dropped.
//!
//! Stricter than a form decoder where it matters, so that edge, function and origin cannot read one
//! spelling in two ways: a known name comes once, and its value is percent-encoded UTF-8. Unknown
//! names may hold anything: mailers and ad networks append what they like.

use customer::Presets;
use data_encoding::HEXLOWER_PERMISSIVE;
use resizer_lambda::{
    dialect::query::{self, PARAMETERS, QueryError},
    query_string::Pairs,
};

/// The parameter that carries a credential.
const SIG: &str = "sig";

/// What a query says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Parameters {
    /// Those that mean something at the origin.
    pub(super) known: Pairs,
    /// The credential of a signed URL.
    pub(super) sig: Option<String>,
    /// The first that means nothing, as it is spelled.
    pub(super) unknown: Option<String>,
}

impl Parameters {
    /// Reads what follows the question mark, as it came.
    pub(super) fn read(text: &str) -> Result<Self, QueryError> {
        let mut read = Self::default();
        for piece in text.split('&').filter(|piece| !piece.is_empty()) {
            let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
            let Some(name) = decode(name).filter(|name| is_known(name)) else {
                if name != query::NEVER_REPORTED {
                    read.unknown.get_or_insert_with(|| name.to_owned());
                }
                continue;
            };
            let Some(value) = decode(value) else {
                return Err(QueryError::Undecodable { name });
            };
            read.add(name, value)?;
        }
        Ok(read)
    }

    /// Says which meaning of a preset is meant: the one that the name has now.
    pub(super) fn fix_preset(&mut self, presets: &Presets) {
        for (_, preset) in self.known.iter_mut().filter(|(name, _)| name == query::PRESET) {
            *preset = format!("{preset}.{}", presets.version());
        }
    }

    /// Takes a credential from elsewhere than the query.
    pub(super) fn add_sig(&mut self, credential: String) -> Result<(), QueryError> {
        self.add(SIG.to_owned(), credential)
    }

    fn add(&mut self, name: String, value: String) -> Result<(), QueryError> {
        let given = match name.as_str() {
            SIG => self.sig.is_some(),
            _ => self.known.iter().any(|(known, _)| *known == name),
        };
        match name.as_str() {
            _ if given => return Err(QueryError::Repeated { name }),
            SIG => self.sig = Some(value),
            _ => self.known.push((name, value)),
        }
        Ok(())
    }
}

/// Whether it means something to the edge or to the origin.
pub(super) fn is_known(name: &str) -> bool {
    name == SIG || PARAMETERS.contains(&name)
}

/// The text that a name or value of a query stands for, or `None` where it is not printable ASCII
/// with whole escapes that make UTF-8.
fn decode(encoded: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = match (first, tail) {
            (b'%', [high, low, after @ ..]) => {
                bytes.extend(HEXLOWER_PERMISSIVE.decode(&[*high, *low]).ok()?);
                after
            }
            (b'+', after) => {
                bytes.push(b' ');
                after
            }
            (b'!'..=b'~', after) if *first != b'%' => {
                bytes.push(*first);
                after
            }
            _ => return None,
        };
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_decoded_or_refused_and_never_guessed() {
        for (encoded, decoded) in [
            ("", Some("")),
            ("a+b%20c", Some("a b c")),
            ("%C3%A9%2c", Some("é,")),
            ("%", None),
            ("%4", None),
            ("%4g", None),
            ("%+1", None),
            ("%E9", None),
            ("%ED%A0%80", None),
            ("é", None),
            ("a b", None),
        ] {
            assert_eq!(decode(encoded).as_deref(), decoded, "{encoded}");
        }
    }

    #[test]
    fn what_is_unknown_is_dropped_whatever_it_holds() {
        let read = Parameters::read("utm=%E9&%E9=1&&w=4&=&W=5&sig=a&%zz").unwrap();
        assert_eq!(read.known, [("w".to_owned(), "4".to_owned())]);
        assert_eq!(read.sig.as_deref(), Some("a"));
        assert_eq!(read.unknown.as_deref(), Some("utm"));
        for nothing in ["", "&&", "w=4&", "ixlib=js-3.8.0"] {
            assert_eq!(Parameters::read(nothing).unwrap().unknown, None, "{nothing}");
        }
    }

    #[test]
    fn what_is_known_comes_once_and_whole() {
        for (query, refused) in [
            ("w=1&w=2", QueryError::Repeated { name: "w".into() }),
            ("w=1&%77=1", QueryError::Repeated { name: "w".into() }),
            ("sig=a&sig=a", QueryError::Repeated { name: "sig".into() }),
            ("w=%E9", QueryError::Undecodable { name: "w".into() }),
        ] {
            assert_eq!(Parameters::read(query), Err(refused), "{query}");
        }
    }
}
