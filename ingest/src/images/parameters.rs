//! What clients say about an image, checked.

use customer::{Consent, Patch, Visibility};
use serde::de::DeserializeOwned;

use crate::{accept::Declared, error::ApiError, extract::Object};

const LABELS_MAX: usize = 100;
const LABEL_CHARACTERS_MAX: usize = 128;
const NAME_CHARACTERS_MAX: usize = 255;
const ANNOTATIONS_BYTES_MAX: usize = 16 * 1024;

/// Reads `?label=…&label=…&consent=…&visibility=…&name=…`.
pub(super) fn declared(query: &[(String, String)], subject: &str) -> Result<Declared, ApiError> {
    let mut declared = Declared { uploaded_by: subject.to_owned(), ..Declared::default() };
    for (at, (name, value)) in query.iter().enumerate() {
        if name != "label" && query[..at].iter().any(|(earlier, _)| earlier == name) {
            return Err(ApiError::Invalid(format!("{name} is given twice; give it once")));
        }
        match name.as_str() {
            "label" => declared.labels.push(value.clone()),
            "consent" => declared.consent = Some(consent(value)?),
            "visibility" => declared.visibility = Some(visibility(value)?),
            "name" => declared.name = Some(value.clone()),
            other => {
                return Err(ApiError::Invalid(format!(
                    "there is no parameter '{other}'; label, consent, visibility and name are read"
                )));
            }
        }
    }
    check(&declared)?;
    Ok(declared)
}

/// Bounds on what is kept about an image.
pub(crate) fn check(declared: &Declared) -> Result<(), ApiError> {
    check_labels(&declared.labels)?;
    let name = declared.name.as_deref().unwrap_or_default();
    if name.chars().count() > NAME_CHARACTERS_MAX || name.chars().any(char::is_control) {
        let rule = format!("a name is at most {NAME_CHARACTERS_MAX} printable characters");
        return Err(ApiError::Invalid(rule));
    }
    Ok(())
}

pub(super) fn check_patch(patch: &Patch) -> Result<(), ApiError> {
    check_labels(patch.labels.as_deref().unwrap_or_default())?;
    let bytes = serde_json::to_vec(&patch.annotations).map_or(usize::MAX, |json| json.len());
    if bytes > ANNOTATIONS_BYTES_MAX {
        let rule = format!("annotations are at most {ANNOTATIONS_BYTES_MAX} bytes of JSON");
        return Err(ApiError::Invalid(rule));
    }
    Ok(())
}

/// Reads a JSON body that may be absent.
pub(crate) fn json_or_default<T: DeserializeOwned + Default>(body: &[u8]) -> Result<T, ApiError> {
    if body.is_empty() {
        return Ok(T::default());
    }
    serde_json::from_slice(body)
        .map(|Object(read)| read)
        .map_err(|error| ApiError::Invalid(format!("the body is not as expected: {error}")))
}

fn check_labels(labels: &[String]) -> Result<(), ApiError> {
    let sound = |label: &String| {
        (1..=LABEL_CHARACTERS_MAX).contains(&label.chars().count())
            && !label.chars().any(char::is_control)
    };
    if labels.len() <= LABELS_MAX && labels.iter().all(sound) {
        return Ok(());
    }
    Err(ApiError::Invalid(format!(
        "an image has at most {LABELS_MAX} labels of 1 to {LABEL_CHARACTERS_MAX} printable characters"
    )))
}

fn consent(value: &str) -> Result<Consent, ApiError> {
    match value {
        "training" => Ok(Consent::Training),
        "none" => Ok(Consent::None),
        _ => Err(ApiError::Invalid(format!("consent is 'training' or 'none', not '{value}'"))),
    }
}

fn visibility(value: &str) -> Result<Visibility, ApiError> {
    match value {
        "public" => Ok(Visibility::Public),
        "private" => Ok(Visibility::Private),
        _ => Err(ApiError::Invalid(format!("visibility is 'public' or 'private', not '{value}'"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &[(&str, &str)]) -> Result<Declared, ApiError> {
        let owned: Vec<_> =
            query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        declared(&owned, "subject")
    }

    #[test]
    fn labels_repeat_and_the_rest_is_given_once() {
        let declared =
            read(&[("label", "cat"), ("consent", "training"), ("label", "cat")]).unwrap();
        assert_eq!(declared.labels, ["cat", "cat"]);
        assert_eq!(declared.consent, Some(Consent::Training));
        assert_eq!(declared.visibility, None);
        let twice = read(&[("consent", "none"), ("label", "cat"), ("consent", "training")]);
        assert_eq!(twice.unwrap_err().to_string(), "consent is given twice; give it once");
    }

    #[test]
    fn each_wrong_parameter_is_told_what_would_be_right() {
        let long = "x".repeat(129);
        for (query, sentence) in [
            (("consent", "yes"), "consent is 'training' or 'none', not 'yes'"),
            (("visibility", "all"), "visibility is 'public' or 'private', not 'all'"),
            (
                ("colour", "red"),
                "there is no parameter 'colour'; label, consent, visibility and name are read",
            ),
            (
                ("label", long.as_str()),
                "an image has at most 100 labels of 1 to 128 printable characters",
            ),
            (("label", ""), "an image has at most 100 labels of 1 to 128 printable characters"),
            (("name", "a\nb"), "a name is at most 255 printable characters"),
        ] {
            assert_eq!(read(&[query]).unwrap_err().to_string(), sentence);
        }
    }
}
