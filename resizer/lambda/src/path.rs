//! The grammar of delivery paths, the same at the edge and at the origin.
//!
//! It is stricter than RFC 3986 on purpose: what is one resource has one spelling, so that no two
//! readers of a path (edge, gateway, origin) can disagree about whose image it names. Only for IIIF there are two: its
//! grammar has characters that browsers and gateways escape on their way.

use std::{borrow::Cow, fmt};

use customer::{CustomerId, ImageId};

/// What a path names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub customer: CustomerId,
    pub image: ImageId,
    pub resource: Resource,
    /// What stands where viewers of IIIF, which write nothing behind a question mark, can carry a credential:
    /// `/{customer}/iiif/3/{credential}/{image}/…`.
    pub credential: Option<String>,
}

/// What of an image is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource {
    /// `/{customer}/{image}`, with the transform in the query.
    Rendition,
    /// `/{customer}/{image}/original`: the bytes as uploaded.
    Original,
    /// `/{customer}/iiif/3/{image}`: leads to its `info.json`.
    IiifBase,
    /// `/{customer}/iiif/3/{image}/info.json`: what there is of it.
    IiifInfo,
    /// `/{customer}/iiif/3/{image}/{region}/{size}/{rotation}/{quality}.{format}`, of which this is what follows the image.
    Iiif(String),
}

impl Resource {
    /// Whether it is IIIF's, where nothing is said by a query.
    pub fn is_iiif(&self) -> bool {
        matches!(self, Self::IiifBase | Self::IiifInfo | Self::Iiif(_))
    }
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

/// The characters of IIIF's grammar that are escaped on their way, and their escapes.
const IIIF_ESCAPES: [(&str, &str); 4] = [("%21", "!"), ("%2C", ","), ("%3A", ":"), ("%5E", "^")];

/// The path as IIIF writes it, where it is one of IIIF's: browsers escape `^`, and gateways what they like.
pub(crate) fn plain(path: &str) -> Cow<'_, str> {
    if !is_iiif(path) || !path.contains('%') {
        return Cow::Borrowed(path);
    }
    let replace = |path: String, (escape, character): &(&str, &str)| {
        path.replace(escape, character).replace(&escape.to_lowercase(), character)
    };
    Cow::Owned(IIIF_ESCAPES.iter().fold(path.to_owned(), replace))
}

/// The path as logs may have it: without a credential, which opens an image to whoever reads it. What is no path is not
/// logged.
pub(crate) fn logged(path: &str) -> String {
    let target = Target::parse(path).map(|target| Target { credential: None, ..target });
    target.map(|target| target.to_string()).unwrap_or_default()
}

fn is_iiif(path: &str) -> bool {
    let behind_customer = path.get(1..).and_then(|path| path.split_once('/'));
    behind_customer.is_some_and(|(_, rest)| rest.starts_with("iiif/3/"))
}

impl Target {
    /// Reads the path of a URL as it came, before any decoding.
    pub fn parse(path: &str) -> Result<Self, PathError> {
        let path = &*plain(path);
        let mut segments: Vec<&str> = path.strip_prefix('/').unwrap_or(path).split('/').collect();
        let credential = credential(path, &mut segments);
        for segment in &segments {
            check(segment, is_iiif(path))?;
        }
        Self::named(&segments, credential.map(str::to_owned)).ok_or(PathError::NoSuchResource)
    }

    fn named(segments: &[&str], credential: Option<String>) -> Option<Self> {
        let (customer, image, resource) = match segments {
            [customer, image] => (customer, image, Resource::Rendition),
            [customer, image, "original"] => (customer, image, Resource::Original),
            [customer, "iiif", "3", image] => (customer, image, Resource::IiifBase),
            [customer, "iiif", "3", image, "info.json"] => (customer, image, Resource::IiifInfo),
            [customer, "iiif", "3", image, parts @ ..] if parts.len() == 4 => {
                (customer, image, Resource::Iiif(parts.join("/")))
            }
            _ => return None,
        };
        Some(Self {
            customer: customer.parse().ok()?,
            image: image.parse().ok()?,
            resource,
            credential,
        })
    }
}

/// The one spelling of the path.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { customer, image, resource, credential } = self;
        write!(f, "/{customer}")?;
        if resource.is_iiif() {
            f.write_str("/iiif/3")?;
        }
        if let Some(credential) = credential {
            write!(f, "/{credential}")?;
        }
        write!(f, "/{image}")?;
        match resource {
            Resource::Rendition | Resource::IiifBase => Ok(()),
            Resource::Original => f.write_str("/original"),
            Resource::IiifInfo => f.write_str("/info.json"),
            Resource::Iiif(parts) => write!(f, "/{parts}"),
        }
    }
}

/// Takes the credential out of the segments of one of IIIF's paths. Of all that may stand there only a credential has dots.
fn credential<'a>(path: &str, segments: &mut Vec<&'a str>) -> Option<&'a str> {
    let is_credential = |segment: &&str| {
        let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        segment.contains('.') && !is_dots(segment) && segment.chars().all(known)
    };
    segments.get(3).filter(|segment| is_iiif(path) && is_credential(segment))?;
    Some(segments.remove(3))
}

/// Refuses what no segment of a path may be.
fn check(segment: &str, of_iiif: bool) -> Result<(), PathError> {
    match segment.chars().find(|&c| !(is_allowed(c) || of_iiif && c == '^')) {
        Some('%') => Err(PathError::Escaped),
        Some('A'..='Z') => Err(PathError::UpperCase),
        Some(other) => Err(PathError::Character(other)),
        None if segment.is_empty() => Err(PathError::EmptySegment),
        None if is_dots(segment) => Err(PathError::DotSegment),
        None => Ok(()),
    }
}

fn is_dots(segment: &str) -> bool {
    matches!(segment, "." | "..")
}

fn is_allowed(c: char) -> bool {
    matches!(c, 'a'..='z' | '0'..='9' | '-' | '.' | '_' | '~' | '!' | ',' | ':')
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
    fn the_three_of_iiif_and_the_credential_before_them() {
        let base = format!("/acme/iiif/3/{IMAGE}");
        assert_eq!(parse(&base), Ok(Resource::IiifBase));
        assert_eq!(parse(&format!("{base}/info.json")), Ok(Resource::IiifInfo));
        let (asked, escaped) =
            ("1,2,3,4/^!4,4/!90/default.jpg", "1%2C2%2c3,4/%5E%214,4/!90/default.jpg");
        for path in [asked, escaped] {
            assert_eq!(parse(&format!("{base}/{path}")), Ok(Resource::Iiif(asked.to_owned())));
        }
        let credential =
            format!("k1.acme.1800000900.{IMAGE}.rnjwhazBXRmj_4mN165ZnTQA__6B2fg8l7AL-1JEkbs");
        let path = format!("/acme/iiif/3/{credential}/{IMAGE}/info.json");
        let target = Target::parse(&path).unwrap();
        assert_eq!(target.credential, Some(credential));
        assert_eq!(
            (target.resource.clone(), target.to_string()),
            (Resource::IiifInfo, path.clone())
        );
        assert_eq!(logged(&path), format!("{base}/info.json"), "logs open nothing");
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
            (format!("/acme/{IMAGE}^"), PathError::Character('^')),
            (format!("/acme%5E/{IMAGE}"), PathError::Escaped),
            (format!("/acme/iiif/3/{IMAGE}/full%2Fmax"), PathError::Escaped),
            (format!("/acme/iiif/3/{IMAGE}/info.JSON"), PathError::UpperCase),
            (format!("/acme/iiif/3/../{IMAGE}"), PathError::DotSegment),
            (format!("/acme/iiif/3//{IMAGE}"), PathError::EmptySegment),
            (format!("/acme/iiif/3/{IMAGE}/full/max/0"), PathError::NoSuchResource),
            (format!("/acme/iiif/2/{IMAGE}/info.json"), PathError::NoSuchResource),
            (format!("/acme/iiif/3/{IMAGE}.jpg/info.json"), PathError::NoSuchResource),
            (format!("/acme/a.b/{IMAGE}"), PathError::NoSuchResource),
            ("/acme/iiif/3/info.json".to_owned(), PathError::NoSuchResource),
        ] {
            assert_eq!(parse(&path), Err(reason), "{path}");
        }
    }

    proptest! {
        /// What parses is spelled in the one way that the parts print.
        #[test]
        fn one_resource_has_one_spelling(path in "/[a-c/.%]{2,5}/(iiif/3/)?([a.A]{1,3}/)?(xj4bnp4pahh6uqkbidpf3lrceoyagynd|[a-z/.]{0,34})(/original|/|/info.json|/[a^%]/b/c/d)?") {
            if let Ok(target) = Target::parse(&path) {
                prop_assert_eq!(plain(&path), target.to_string());
            }
        }
    }
}
