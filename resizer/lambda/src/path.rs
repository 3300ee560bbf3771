//! The grammar of delivery paths, the same at the edge and at the origin.
//!
//! It is stricter than RFC 3986 on purpose: what is one resource has one spelling, so that no two
//! readers of a path (edge, gateway, origin) can disagree about whose image it names.

use customer::{CustomerId, ImageId};

/// What a path names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub customer: CustomerId,
    pub image: ImageId,
    pub resource: Resource,
}

/// What of an image is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// `/{customer}/{image}`, with the transform in the query.
    Rendition,
    /// `/{customer}/{image}/original`: the bytes as uploaded.
    Original,
}

/// Why a path names nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    #[error("the path has a percent escape; names here need none, so write the path without")]
    Escaped,
    #[error("the path has an upper-case letter; customers and images are written in lower case")]
    UpperCase,
    #[error("the path has the character {0:?}; letters, digits and -._~!,: are what names are of")]
    Character(char),
    #[error("the path has an empty segment; write single slashes and none at the end")]
    EmptySegment,
    #[error("the path has a dot segment; write the path that it leads to")]
    DotSegment,
    /// Well-formed, but nothing can be there.
    #[error(
        "nothing is at this path; an image is at /CUSTOMER/IMAGE, where IMAGE has 32 characters"
    )]
    NoSuchResource,
}

impl Target {
    /// Reads the path of a URL as it came, before any decoding.
    pub fn parse(path: &str) -> Result<Self, PathError> {
        if let Some(wrong) = path.chars().find(|&c| !is_allowed(c)) {
            return Err(match wrong {
                '%' => PathError::Escaped,
                'A'..='Z' => PathError::UpperCase,
                other => PathError::Character(other),
            });
        }
        let segments: Vec<&str> = path.strip_prefix('/').unwrap_or(path).split('/').collect();
        if segments.contains(&"") {
            return Err(PathError::EmptySegment);
        }
        if segments.iter().any(|segment| matches!(*segment, "." | "..")) {
            return Err(PathError::DotSegment);
        }
        Self::named(&segments).ok_or(PathError::NoSuchResource)
    }

    fn named(segments: &[&str]) -> Option<Self> {
        let (customer, image, resource) = match segments {
            [customer, image] => (customer, image, Resource::Rendition),
            [customer, image, "original"] => (customer, image, Resource::Original),
            _ => return None,
        };
        Some(Self { customer: customer.parse().ok()?, image: image.parse().ok()?, resource })
    }
}

fn is_allowed(c: char) -> bool {
    matches!(c, 'a'..='z' | '0'..='9' | '/' | '-' | '.' | '_' | '~' | '!' | ',' | ':')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const IMAGE: &str = "xj4bnp4pahh6uqkbidpf3lrceoyagynd";

    fn parse(path: &str) -> Result<Resource, PathError> {
        Target::parse(path).map(|target| target.resource)
    }

    #[test]
    fn the_two_resources_of_an_image() {
        assert_eq!(parse(&format!("/acme/{IMAGE}")), Ok(Resource::Rendition));
        assert_eq!(parse(&format!("/acme/{IMAGE}/original")), Ok(Resource::Original));
    }

    #[test]
    fn every_other_spelling_is_refused_for_its_own_reason() {
        for (path, reason) in [
            (format!("/acme//{IMAGE}"), PathError::EmptySegment),
            (format!("//acme/{IMAGE}"), PathError::EmptySegment),
            (format!("/acme/{IMAGE}/"), PathError::EmptySegment),
            ("/".to_owned(), PathError::EmptySegment),
            (format!("/acme/./{IMAGE}"), PathError::DotSegment),
            (format!("/acme/../beta/{IMAGE}"), PathError::DotSegment),
            (format!("/acme%2F{IMAGE}"), PathError::Escaped),
            (format!("/acme/%2e%2e/{IMAGE}"), PathError::Escaped),
            (format!("/Acme/{IMAGE}"), PathError::UpperCase),
            (format!("/acme/{}", IMAGE.to_uppercase()), PathError::UpperCase),
            (format!("/acmé/{IMAGE}"), PathError::Character('é')),
            (format!("/acme\\{IMAGE}"), PathError::Character('\\')),
            (format!("/acme;a/{IMAGE}"), PathError::Character(';')),
            ("/acme".to_owned(), PathError::NoSuchResource),
            ("/acme/photo.jpg".to_owned(), PathError::NoSuchResource),
            (format!("/metrics/{IMAGE}"), PathError::NoSuchResource),
            (format!("/acme/{IMAGE}/original/x"), PathError::NoSuchResource),
        ] {
            assert_eq!(parse(&path), Err(reason), "{path}");
        }
    }

    proptest! {
        /// What parses is spelled in the one way that the parts print.
        #[test]
        fn one_resource_has_one_spelling(path in "/[a-c/.%]{2,5}/(xj4bnp4pahh6uqkbidpf3lrceoyagynd|[a-z/.]{0,34})(/original|/)?") {
            if let Ok(Target { customer, image, resource }) = Target::parse(&path) {
                let end = if resource == Resource::Original { "/original" } else { "" };
                prop_assert_eq!(path, format!("/{}/{image}{end}", customer.as_str()));
            }
        }
    }
}
