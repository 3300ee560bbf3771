//! The validator of a rendition is of image, transform and engine, so that it is known before anything
//! but the record is read, and changes when the pixels would.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use customer::ImageId;
use data_encoding::BASE64URL_NOPAD;
use http::{HeaderMap, header};
use resizer::Transform;

/// A strong entity tag, with its quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ETag(String);

impl ETag {
    pub(crate) fn of_rendition(image: ImageId, transform: &Transform) -> Self {
        Self::of(&format!("{image}/{}/{transform}", resizer::ENGINE))
    }

    /// The validator of a text.
    pub(crate) fn of(text: &str) -> Self {
        let digest = digest(&SHA256, text.as_bytes());
        Self(format!("\"{}\"", BASE64URL_NOPAD.encode(&digest.as_ref()[..18])))
    }
}

/// The tags that a client has already (RFC 9110, 13.1.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IfNoneMatch(Vec<String>);

impl IfNoneMatch {
    pub fn of(headers: &HeaderMap) -> Self {
        let values = headers.get_all(header::IF_NONE_MATCH).iter();
        let tags = values.filter_map(|value| value.to_str().ok()).flat_map(|v| v.split(','));
        Self(tags.map(|tag| tag.trim().to_owned()).collect())
    }

    /// Whether `etag`, with its quotes, is among them; weakly compared.
    pub fn names(&self, etag: &str) -> bool {
        let opaque = |tag: &str| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag;
        self.0.iter().any(|tag| opaque(tag))
    }
}

impl fmt::Display for ETag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(image: &[u8], width: u32) -> ETag {
        let transform = Transform { width: Some(width), ..Transform::default() };
        ETag::of_rendition(ImageId::of(image).0, &transform)
    }

    #[test]
    fn another_image_or_transform_has_another_tag() {
        assert_eq!(tag(b"abc", 4), tag(b"abc", 4));
        assert_ne!(tag(b"abc", 4), tag(b"abc", 5));
        assert_ne!(tag(b"abc", 4), tag(b"abd", 4));
    }

    #[test]
    fn if_none_match_is_a_list() {
        let tag = tag(b"abc", 4).to_string();
        for (header, named) in [
            (tag.clone(), true),
            (format!("W/{tag}"), true),
            (format!("\"a\" , {tag}"), true),
            ("*".to_owned(), true),
            ("\"x\"".to_owned(), false),
            (tag.replace('"', ""), false),
            (String::new(), false),
        ] {
            let headers = [(header::IF_NONE_MATCH, header.parse().unwrap())].into_iter().collect();
            assert_eq!(IfNoneMatch::of(&headers).names(&tag), named, "{header}");
        }
        assert!(!IfNoneMatch::default().names(&tag));
    }
}
