//! IAM policy documents, as far as they decide about S3 and STS. Pure.
//!
//! A document allows what a statement with `Allow` matches and none with `Deny` does. What this file does not
//! understand never widens a right: an unknown field is refused when the document is read, an unknown condition makes
//! an `Allow` not apply and a `Deny` apply. Wildcards and letter case as in the IAM reference ("IAM JSON policy
//! elements"): `*` and `?` in actions and resources, actions without regard to case.

use std::collections::BTreeMap;

use serde::Deserialize;
use thiserror::Error;

/// What a request wants to do.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// For example `s3:GetObject`.
    pub action: &'a str,
    /// An ARN, for example `arn:aws:s3:::bucket/key`.
    pub resource: &'a str,
    /// The condition key `s3:prefix`: present on listings that name a prefix.
    pub prefix: Option<&'a str>,
}

/// A policy document.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub struct Policy {
    version: Version,
    #[serde(default)]
    id: Option<String>,
    statement: OneOrMany<Statement>,
}

/// Why a document is not accepted.
#[derive(Debug, Error)]
pub enum PolicyError {
    /// Not JSON of the right shape.
    #[error(
        "the policy is not a document of Version, Statement, Effect, Action, Resource and Condition"
    )]
    Shape(#[from] serde_json::Error),
    /// Would be compared as text, so a `Deny` with it would not deny.
    #[error(
        "policy variables such as ${{aws:PrincipalTag/customer}} are not substituted here; write the value"
    )]
    Variable,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
enum Version {
    #[serde(rename = "2012-10-17")]
    Current,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Statement {
    #[serde(default)]
    sid: Option<String>,
    effect: Effect,
    action: OneOrMany<String>,
    resource: OneOrMany<String>,
    /// Operator → condition key → values.
    #[serde(default)]
    condition: BTreeMap<String, BTreeMap<String, OneOrMany<String>>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
enum Effect {
    Allow,
    Deny,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

impl Policy {
    /// Reads a document.
    pub fn parse(json: &str) -> Result<Self, PolicyError> {
        if json.contains("${") {
            return Err(PolicyError::Variable);
        }
        Ok(serde_json::from_str(json)?)
    }

    /// The right to everything: the operator's.
    pub fn everything() -> Self {
        Self::allowing("*", vec!["*".to_owned()])
    }

    /// The right to do `action` with `resources`, and to nothing else.
    pub fn allowing(action: &str, resources: Vec<String>) -> Self {
        let statement = Statement {
            sid: None,
            effect: Effect::Allow,
            action: OneOrMany::One(action.to_owned()),
            resource: OneOrMany::Many(resources),
            condition: BTreeMap::new(),
        };
        Self { version: Version::Current, id: None, statement: OneOrMany::One(statement) }
    }

    /// Whether the document alone gives the right.
    pub fn allows(&self, request: Request<'_>) -> bool {
        let applies = |effect| {
            self.statement.as_slice().iter().any(|statement| statement.applies(effect, request))
        };
        applies(Effect::Allow) && !applies(Effect::Deny)
    }
}

impl Statement {
    fn applies(&self, effect: Effect, request: Request<'_>) -> bool {
        let action = request.action.to_ascii_lowercase();
        self.effect == effect
            && self
                .action
                .as_slice()
                .iter()
                .any(|pattern| matches(&pattern.to_ascii_lowercase(), &action))
            && self.resource.as_slice().iter().any(|pattern| matches(pattern, request.resource))
            && self.condition.iter().all(|(operator, keys)| {
                keys.iter().all(|(key, values)| {
                    holds(operator, key, values.as_slice(), request)
                        .unwrap_or(effect == Effect::Deny)
                })
            })
    }
}

/// `None` for a condition that is not known here. A key that the request lacks meets a positive condition only with
/// `…IfExists`.
fn holds(operator: &str, key: &str, values: &[String], request: Request<'_>) -> Option<bool> {
    if !key.eq_ignore_ascii_case("s3:prefix") {
        return None;
    }
    let any = |test: fn(&str, &str) -> bool| {
        request.prefix.is_some_and(|prefix| values.iter().any(|value| test(value, prefix)))
    };
    let (operator, absent) = match operator.strip_suffix("IfExists") {
        Some(operator) => (operator, request.prefix.is_none()),
        None => (operator, false),
    };
    match operator {
        "StringLike" => Some(absent || any(matches)),
        "StringEquals" => Some(absent || any(|value, prefix| value == prefix)),
        _ => None,
    }
}

impl<T> OneOrMany<T> {
    fn as_slice(&self) -> &[T] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

/// Matches `*` (any characters, also none and also `/`) and `?` (one character) without recursion: only the last star is tried again.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    let mut star = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(&c) if c == '?' || c == text[t] => (p, t) = (p + 1, t + 1),
            _ => match star {
                // Let the last star take one character more.
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    (p, t) = (at + 1, taken + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests;
