//! What is known about a user: OpenID's standard attributes and the customer they belong to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::error::Error;

/// OpenID Connect Core 1.0 section 5.1, less what the pool itself decides.
const STANDARD: [&str; 17] = [
    "address",
    "birthdate",
    "email",
    "email_verified",
    "family_name",
    "gender",
    "given_name",
    "locale",
    "middle_name",
    "name",
    "nickname",
    "phone_number",
    "phone_number_verified",
    "picture",
    "preferred_username",
    "website",
    "zoneinfo",
];
/// The customer whose images the user works with.
const CUSTOM: [&str; 1] = ["custom:customer"];
const VALUE_BYTES_MAX: usize = 2048;

/// By name, without `sub`.
pub(super) type Attributes = BTreeMap<String, String>;

/// One attribute on the wire.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Attribute {
    pub(super) name: String,
    #[serde(default)]
    pub(super) value: String,
}

/// A user name is an e-mail address in lower case: sign-in does not depend on how it is typed.
pub(super) fn username(text: &str) -> Result<String, Error> {
    let is_email =
        text.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty())
            && text.matches('@').count() == 1
            && text.len() <= 128
            && !text.contains(|c: char| c.is_whitespace() || c.is_control());
    is_email
        .then(|| text.to_lowercase())
        .ok_or_else(|| Error::InvalidParameter("Username should be an email.".to_owned()))
}

/// Applies `changes` to the attributes of `username`; an empty value removes one. `email` is the user name.
pub(super) fn change(
    attributes: &mut Attributes,
    username: &str,
    changes: Vec<Attribute>,
) -> Result<(), Error> {
    for Attribute { name, value } in changes {
        check(username, &name, &value)?;
        if value.is_empty() {
            attributes.remove(&name);
        } else {
            attributes.insert(name, value);
        }
    }
    attributes.insert("email".to_owned(), username.to_owned());
    attributes.entry("email_verified".to_owned()).or_insert_with(|| "false".to_owned());
    Ok(())
}

fn check(username: &str, name: &str, value: &str) -> Result<(), Error> {
    let refuse = |reason: &str| {
        Err(Error::InvalidParameter(format!(
            "Attributes did not conform to the schema: {name}: {reason}"
        )))
    };
    if !STANDARD.contains(&name) && !CUSTOM.contains(&name) {
        return refuse("Attribute does not exist in the schema.");
    }
    if value.len() > VALUE_BYTES_MAX {
        return refuse("the value is longer than 2048 bytes.");
    }
    if name.ends_with("_verified") && !matches!(value, "true" | "false" | "") {
        return refuse("the value is true or false.");
    }
    if name == "email" && value.to_lowercase() != username {
        return refuse("the e-mail address is the user name and cannot be another.");
    }
    Ok(())
}

#[cfg(test)]
mod tests {

    use super::*;

    fn changed(name: &str, value: &str) -> Result<Attributes, Error> {
        let mut attributes = Attributes::from([("name".to_owned(), "Ada".to_owned())]);
        let changes = vec![Attribute { name: name.to_owned(), value: value.to_owned() }];
        change(&mut attributes, "ada@example.com", changes).map(|()| attributes)
    }

    #[test]
    fn a_user_name_is_a_lower_case_address() {
        assert_eq!(username("Ada@Example.com").unwrap(), "ada@example.com");
        for bad in [
            "",
            "ada",
            "@example.com",
            "ada@",
            "a@b@c",
            "a da@b.c",
            &format!("{}@b.c", "a".repeat(125)),
        ] {
            assert!(username(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn changes_keep_to_the_schema() {
        assert_eq!(changed("custom:customer", "acme").unwrap()["custom:customer"], "acme");
        assert_eq!(changed("email", "ADA@example.com").unwrap()["email"], "ada@example.com");
        assert!(!changed("name", "").unwrap().contains_key("name"));
        assert_eq!(changed("locale", "en").unwrap()["email_verified"], "false");
        for (name, value) in [
            ("sub", "1"),
            ("iss", "x"),
            ("custom:other", "x"),
            ("email", "b@c.d"),
            ("email_verified", "yes"),
        ] {
            assert!(changed(name, value).is_err(), "{name}={value}");
        }
    }
}
