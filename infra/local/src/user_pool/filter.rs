//! The filter of ListUsers: `email = "ada@example.com"` or `given_name ^= "A"`.

use super::error::Error;
use super::user::{Status, User};

/// One condition on one attribute.
pub(super) struct Filter {
    attribute: String,
    prefix: bool,
    value: String,
}

impl Filter {
    /// An empty filter is none.
    pub(super) fn parse(text: &str) -> Result<Option<Self>, Error> {
        if text.trim().is_empty() {
            return Ok(None);
        }
        let malformed = || {
            Error::InvalidParameter(format!(
                "Filter {text}: expected attribute = \"value\" or attribute ^= \"prefix\""
            ))
        };
        let (left, right) = text.split_once('=').ok_or_else(malformed)?;
        let (attribute, prefix) =
            left.strip_suffix('^').map_or((left, false), |attribute| (attribute, true));
        let quoted = right
            .trim()
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'))
            .ok_or_else(malformed)?;
        let attribute = attribute.trim().trim_matches('"').to_owned();
        if attribute.starts_with("custom:") {
            return Err(Error::InvalidParameter(format!(
                "Filter {text}: custom attributes are not searchable"
            )));
        }
        Ok(Some(Self { attribute, prefix, value: quoted.replace("\\\"", "\"") }))
    }

    /// User name, e-mail address and states are compared without case.
    pub(super) fn matches(&self, user: &User) -> bool {
        let exactly = |actual: &str| {
            if self.prefix { actual.starts_with(&self.value) } else { actual == self.value }
        };
        let folded = |actual: &str| {
            let (actual, value) = (actual.to_lowercase(), self.value.to_lowercase());
            if self.prefix { actual.starts_with(&value) } else { actual == value }
        };
        match self.attribute.as_str() {
            "sub" => folded(&user.sub.to_string()),
            "username" | "email" => folded(&user.username),
            "status" => folded(if user.enabled { "Enabled" } else { "Disabled" }),
            "cognito:user_status" => folded(match user.status {
                Status::Confirmed => "CONFIRMED",
                Status::ForceChangePassword => "FORCE_CHANGE_PASSWORD",
                Status::ResetRequired => "RESET_REQUIRED",
            }),
            name => user.attributes.get(name).is_some_and(|actual| exactly(actual)),
        }
    }
}
