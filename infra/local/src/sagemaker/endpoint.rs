//! An endpoint as it is configured: `NAME=URL`.

use std::str::FromStr;

use http::Uri;
use http::uri::InvalidUri;

const NAME_CHARACTERS_MAX: usize = 63;

/// A name, and the container that answers for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// SageMaker's rule: 1 to 63 letters, digits and hyphens.
    pub name: String,
    /// `http://HOST:PORT`, to which `/ping` and `/invocations` are added.
    pub container: String,
}

/// Why a text is not an [`Endpoint`].
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// There is no `=`.
    #[error("expected NAME=URL, as in classifier=http://127.0.0.1:9000")]
    Form,
    /// The name is not one that SageMaker takes.
    #[error("an endpoint's name has 1 to 63 letters, digits and hyphens")]
    Name,
    /// The URL does not parse.
    #[error("the container's URL is not one")]
    Url(#[from] InvalidUri),
    /// The URL lacks its scheme or host.
    #[error("the container's URL begins with http:// or https:// and has a host")]
    Scheme,
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, EndpointError> {
        let (name, url) = text.split_once('=').ok_or(EndpointError::Form)?;
        let is_name = !name.is_empty()
            && name.len() <= NAME_CHARACTERS_MAX
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if !is_name {
            return Err(EndpointError::Name);
        }
        let uri: Uri = url.parse()?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) || uri.host().is_none() {
            return Err(EndpointError::Scheme);
        }
        Ok(Self { name: name.to_owned(), container: url.trim_end_matches('/').to_owned() })
    }
}

#[cfg(test)]
mod tests {

    use super::*;

    #[test]
    fn reads_name_and_url() {
        let endpoint: Endpoint = "mean-colour=http://127.0.0.1:9000/".parse().unwrap();
        assert_eq!(endpoint.name, "mean-colour");
        assert_eq!(endpoint.container, "http://127.0.0.1:9000");
    }

    #[test]
    fn says_what_is_wrong() {
        let cases = [
            ("mean-colour", "NAME=URL"),
            ("=http://a", "letters"),
            ("mean_colour=http://a", "letters"),
            ("m=", "not one"),
            ("m=127.0.0.1:9000", "http://"),
            ("m=ftp://127.0.0.1", "http://"),
        ];
        for (text, told) in cases {
            let error = text.parse::<Endpoint>().unwrap_err().to_string();
            assert!(error.contains(told), "{text}: {error}");
        }
    }
}
