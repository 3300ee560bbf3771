//! The validator of a rendition: image, transform and engine, so that it is known before anything
//! but the record is read, and changes when the pixels would.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use customer::ImageId;
use data_encoding::BASE64URL_NOPAD;
use resizer::Transform;

/// A strong entity tag, with its quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ETag(String);

impl ETag {
    pub(crate) fn of_rendition(image: ImageId, transform: &Transform) -> Self {
        let named = format!("{image}/{}/{transform}", resizer::ENGINE);
        let digest = digest(&SHA256, named.as_bytes());
        Self(format!("\"{}\"", BASE64URL_NOPAD.encode(&digest.as_ref()[..18])))
    }

    /// Whether an `If-None-Match` header names this tag (RFC 9110, 13.1.2: weakly compared).
    pub(crate) fn is_among(&self, if_none_match: Option<&str>) -> bool {
        let mut tags = if_none_match.unwrap_or_default().split(',').map(str::trim);
        tags.any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == self.0)
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
        let tag = tag(b"abc", 4);
        for (header, among) in [
            (tag.to_string(), true),
            (format!("W/{tag}"), true),
            (format!("\"a\" , {tag}"), true),
            ("*".to_owned(), true),
            ("\"x\"".to_owned(), false),
            (tag.to_string().replace('"', ""), false),
            (String::new(), false),
        ] {
            assert_eq!(tag.is_among(Some(&header)), among, "{header}");
        }
        assert!(!tag.is_among(None));
    }
}
